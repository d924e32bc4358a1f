package qroar.reports.takeaway;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.reports.model.BandReport;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.LengthRow;
import qroar.reports.model.StudyReport;
import qroar.reports.model.heldout.HeldOutDetail.PositionLoss;

/**
 * A study as named series of numbers, as trackers of experiments want it.
 *
 * @param tag name with slashes, which trackers fold by
 * @param step place in the series: a trial's number, a length or position in tokens, a band
 * @param value finite
 */
record Scalars(String tag, long step, double value) {
    /** In the order of their tags; steps rise within each. */
    static List<Scalars> of(StudyReport study) {
        List<Scalars> all = new ArrayList<>();
        addSearch(all, study);
        for (LengthRow row : study.lengths()) {
            add(all, "held-out/perplexity/quantized", row.lengthTokens(), row.baseline());
            add(all, "held-out/perplexity/quantized-scaled", row.lengthTokens(), row.tuned());
            add(all, "held-out/perplexity/unquantized", row.lengthTokens(), row.unquantized());
            add(all, "held-out/perplexity/control", row.lengthTokens(), row.control());
            add(all, "held-out/ppl-gain", row.lengthTokens(), estimate(row.tunedPplGain()));
        }
        addPositions(all, study, "quantized", PositionLoss::baseline);
        addPositions(all, study, "quantized-scaled", PositionLoss::tuned);
        addPositions(all, study, "unquantized", PositionLoss::unquantized);
        addPositions(all, study, "control", PositionLoss::control);
        for (int b = 0; b < study.bands().size(); b++) {
            BandReport band = study.bands().get(b);
            add(all, "bands/scale", b, band.scale());
        }
        addEnds(all, "held-out/gain", study.objective().heldOutGain());
        addEnds(all, "held-out/control-gain", study.objective().heldOutControlGain());
        return all;
    }

    /** Every candidate, and the best J so far, against the number of the trial. */
    private static void addSearch(List<Scalars> all, StudyReport study) {
        Double best = study.objective().searchBefore();
        List<CandidateRow> candidates = study.candidates().stream()
                .filter(candidate -> candidate.trial() != null)
                .sorted((a, b) -> Integer.compare(number(a), number(b)))
                .toList();
        for (CandidateRow candidate : candidates) {
            // J over fewer documents is another figure; its gain is over the same documents.
            CandidateRow.Figures figures =
                    candidate.windowsMeasured() == candidate.windowsPlanned() ? candidate.figures() : null;
            add(all, "search/candidate/gain", number(candidate), candidate.gainNats());
            add(all, "search/candidate/objective", number(candidate), figures == null ? null : figures.objective());
            if (figures != null && candidate.promoted()) {
                best = figures.objective();
            }
            add(all, "search/best-objective", number(candidate), best);
        }
    }

    private static int number(CandidateRow candidate) {
        Integer trial = candidate.trial();
        return trial == null ? 0 : trial;
    }

    private static void addPositions(
            List<Scalars> all, StudyReport study, String variant, Function<PositionLoss, @Nullable Double> loss) {
        for (PositionLoss position : study.heldOut().positions()) {
            add(all, "held-out/loss-by-position/" + variant, position.toPosition(), loss.apply(position));
        }
    }

    private static void addEnds(List<Scalars> all, String tag, @Nullable Interval gain) {
        if (gain != null) {
            add(all, tag, 0, gain.estimate());
            add(all, tag + "-low", 0, gain.lower());
            add(all, tag + "-high", 0, gain.upper());
        }
    }

    private static @Nullable Double estimate(@Nullable Interval gain) {
        return gain == null ? null : gain.estimate();
    }

    private static void add(List<Scalars> all, String tag, long step, @Nullable Double value) {
        if (value != null && Double.isFinite(value)) {
            all.add(new Scalars(tag, step, value));
        }
    }

    /** Settings of a study by name, in the words of an experiment file. */
    static List<String[]> settings(StudyReport study) {
        return List.of(
                new String[] {"rope", study.settings().rope()},
                new String[] {"quantizer", study.settings().quantizer()},
                new String[] {"bands", String.valueOf(study.settings().bands())},
                new String[] {"grid", String.valueOf(study.settings().grid())},
                new String[] {"mode", study.settings().mode().word()},
                new String[] {"objective", study.settings().objective()},
                new String[] {"strategy", study.settings().strategy()},
                new String[] {"stopping", study.settings().stopping()},
                new String[] {
                    "min-gain",
                    String.format(Locale.ROOT, "%s", study.settings().minGainNats())
                });
    }
}
