package qroar.experiments.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.diagnosis.TailInflation;
import qroar.experiments.search.BandGrid;
import qroar.experiments.search.Incumbent;
import qroar.experiments.study.StudyOutcome.BandOutcome;
import qroar.experiments.study.StudyOutcome.LayerTails;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;

/**
 * Folds what is known of every cell, and the best scales so far, into what a report says of the bands.
 *
 * @param bands of every cell, group after group; none before the diagnostics are in
 * @param note for people: which winners lie on or beyond the edge of their search window; null where none does
 */
record BandFold(List<BandOutcome> bands, @Nullable String note) {
    private static final BandFold UNKNOWN = new BandFold(List.of(), null);

    /** @param scales the best so far */
    static BandFold of(StudyProgress progress, BandScales scales) {
        List<BandDiagnosis> diagnosed = progress.bands();
        if (diagnosed == null) {
            return UNKNOWN;
        }
        Study study = progress.study();
        TreeMap<Integer, TailInflation> layers = TailInflation.perLayer(
                study.partition(),
                study.search().window().quantile(),
                progress.activations(TrialLabel.UNQUANTIZED_LONG),
                progress.activations(TrialLabel.UNQUANTIZED_SHORT));
        List<BandOutcome> bands = new ArrayList<>();
        List<String> onEdges = new ArrayList<>();
        for (int cell = 0; cell < diagnosed.size(); cell++) {
            BandGrid grid = BandGrid.of(diagnosed.get(cell).window(), study.search());
            BandDiagnosis diagnosis = diagnosed.get(cell).around(progress.centre());
            boolean onEdge = isOnEdge(progress.incumbent(), cell, grid);
            if (onEdge) {
                onEdges.add(edge(study.partition().words(cell), scales.scale(cell), diagnosis));
            }
            bands.add(new BandOutcome(
                    cell,
                    diagnosis,
                    grid.scales().stream()
                            .map(scale -> progress.centre() * scale)
                            .toList(),
                    scales.scale(cell),
                    onEdge,
                    tails(study, cell, layers)));
        }
        return new BandFold(
                List.copyOf(bands),
                onEdges.isEmpty() ? null : edgeNote(onEdges, study.search().window()));
    }

    /** Positions are on the grid of the strategy, whose centre is 0 wherever the search began. */
    private static boolean isOnEdge(@Nullable Incumbent incumbent, int cell, BandGrid grid) {
        if (incumbent == null) {
            return false;
        }
        int position = incumbent.positions().get(cell);
        return position != 0 && grid.isEdge(position);
    }

    private static List<LayerTails> tails(Study study, int cell, TreeMap<Integer, TailInflation> layers) {
        int band = study.partition().bandOf(cell);
        int group = study.partition().groupOf(cell);
        List<LayerTails> tails = new ArrayList<>();
        layers.forEach((layer, tail) -> {
            if (study.partition().layers().groupOf(layer) == group) {
                tails.add(new LayerTails(layer, tail.beforeRotation()[band], tail.afterRotation()[band]));
            }
        });
        return tails;
    }

    private static String edge(String words, double scale, BandDiagnosis diagnosis) {
        return String.format(
                Locale.ROOT,
                "%s (%.4f of %.4f..%.4f)",
                words,
                scale,
                diagnosis.window().low(),
                diagnosis.window().high());
    }

    private static String edgeNote(List<String> edges, SearchWindowSettings settings) {
        return String.format(
                Locale.ROOT,
                "The winner lies on or beyond the edge of the search window in %s; a wider one (search.window.widest, hard"
                        + " bounds %.4g..%.4g) may hold better scales.",
                String.join(", ", edges),
                settings.lowestScale(),
                settings.highestScale());
    }
}
