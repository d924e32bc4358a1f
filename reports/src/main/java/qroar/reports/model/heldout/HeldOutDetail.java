package qroar.reports.model.heldout;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.HeldOutFigures.MeanLoss;
import qroar.experiments.attribution.Interval;
import qroar.experiments.attribution.ReferenceEvidence;
import qroar.experiments.trial.Setting;

/**
 * What a study's held-out means are made of.
 *
 * @param objectives J per variant, with its interval
 * @param documents mean losses per document, in the order in which they were read
 * @param positions mean losses over all documents per range of positions, rising
 * @param divergence from the unquantized model, per model and length; empty where nobody asks
 * @param longPpl perplexity over tokens that need the long context, per model and length; empty where nobody asks
 */
public record HeldOutDetail(
        List<VariantObjective> objectives,
        List<DocumentLoss> documents,
        List<PositionLoss> positions,
        List<DivergenceRow> divergence,
        List<LongPplRow> longPpl) {
    /** Before anything is measured, and of files from before the key was there. */
    public static final HeldOutDetail NONE = new HeldOutDetail(List.of(), List.of(), List.of());

    public HeldOutDetail {
        objectives = List.copyOf(objectives);
        documents = List.copyOf(documents);
        positions = List.copyOf(positions);
        divergence = List.copyOf(divergence);
        longPpl = List.copyOf(longPpl);
    }

    /** By perplexity alone. */
    public HeldOutDetail(
            List<VariantObjective> objectives, List<DocumentLoss> documents, List<PositionLoss> positions) {
        this(objectives, documents, positions, List.of(), List.of());
    }

    /** The same with what is measured beside the unquantized model. */
    public HeldOutDetail beside(ReferenceEvidence evidence) {
        return new HeldOutDetail(
                objectives,
                documents,
                positions,
                evidence.divergences().stream().map(DivergenceRow::of).toList(),
                evidence.longPerplexities().stream().map(LongPplRow::of).toList());
    }

    /**
     * @param variant which of the four models
     * @param objective J
     * @param low lower end of its interval; null where one document leaves nothing to estimate it from
     * @param high upper end
     */
    public record VariantObjective(
            Setting variant,
            double objective,
            @Nullable Double low,
            @Nullable Double high) {}

    /**
     * Mean losses in nats per token, of the variants that are measured.
     *
     * @param name file name
     * @param tokens scored
     */
    public record DocumentLoss(
            String name,
            long tokens,
            @Nullable Double baseline,
            @Nullable Double tuned,
            @Nullable Double unquantized,
            @Nullable Double control) {}

    /**
     * Mean losses in nats per token, of the variants that are measured.
     *
     * @param fromPosition first position of the range, in tokens from the start of a document
     * @param toPosition position behind the last
     * @param tokens scored
     */
    public record PositionLoss(
            int fromPosition,
            int toPosition,
            long tokens,
            @Nullable Double baseline,
            @Nullable Double tuned,
            @Nullable Double unquantized,
            @Nullable Double control) {}

    /** @param names of the held-out documents, in the order of the plan */
    public static HeldOutDetail of(Map<Setting, HeldOutFigures> figures, List<String> names) {
        if (figures.isEmpty()) {
            return NONE;
        }
        List<VariantObjective> objectives = new ArrayList<>();
        figures.forEach((setting, figure) -> {
            Interval j = figure.objective();
            objectives.add(new VariantObjective(
                    setting, j.estimate(), isBounded(j) ? j.lower() : null, isBounded(j) ? j.upper() : null));
        });
        HeldOutFigures any = figures.values().iterator().next();
        List<DocumentLoss> documents = new ArrayList<>();
        for (int d = 0; d < any.documents().size(); d++) {
            Losses at = new Losses(figures, HeldOutFigures::documents, d);
            documents.add(new DocumentLoss(
                    names.get(d),
                    any.documents().get(d).tokens(),
                    at.of(Setting.BASELINE),
                    at.of(Setting.TUNED),
                    at.of(Setting.UNQUANTIZED),
                    at.of(Setting.CONTROL)));
        }
        List<PositionLoss> positions = new ArrayList<>();
        for (int p = 0; p < any.positions().size(); p++) {
            MeanLoss range = any.positions().get(p);
            Losses at = new Losses(figures, HeldOutFigures::positions, p);
            positions.add(new PositionLoss(
                    range.from(),
                    range.to(),
                    range.tokens(),
                    at.of(Setting.BASELINE),
                    at.of(Setting.TUNED),
                    at.of(Setting.UNQUANTIZED),
                    at.of(Setting.CONTROL)));
        }
        return new HeldOutDetail(objectives, documents, positions);
    }

    /** The same place in the figures of every variant: all were measured on one plan. */
    private record Losses(
            Map<Setting, HeldOutFigures> figures, Function<HeldOutFigures, List<MeanLoss>> list, int index) {
        @Nullable Double of(Setting setting) {
            HeldOutFigures known = figures.get(setting);
            return known == null
                    ? null
                    : Finite.orNull(list.apply(known).get(index).nllNats());
        }
    }

    /** The lower end alone says nothing: it is the exponential of minus infinity where nothing is known. */
    private static boolean isBounded(Interval interval) {
        return Double.isFinite(interval.lower()) && Double.isFinite(interval.upper());
    }
}
