package qroar.experiments.attribution;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ReferenceComparison.Stretch;

/**
 * What models say beside the unquantized model under the same interpolation, on held-out documents. Intervals are over
 * documents, as everywhere: tokens of one document are not independent.
 *
 * @param divergences by model, and rising length within it
 * @param longPerplexities likewise
 */
public record ReferenceEvidence(List<DivergenceFigures> divergences, List<LongPerplexity> longPerplexities) {
    public static final ReferenceEvidence NONE = new ReferenceEvidence(List.of(), List.of());

    public ReferenceEvidence {
        divergences = List.copyOf(divergences);
        longPerplexities = List.copyOf(longPerplexities);
    }

    /** Folds what trials measured. */
    public static final class Fold {
        private final EvaluationPlan plan;
        private final @Nullable List<ReferenceComparison> baseline;
        private final List<DivergenceFigures> divergences = new ArrayList<>();
        private final List<LongPerplexity> longPerplexities = new ArrayList<>();

        /** @param baseline of the quantized, unscaled model; null before it is measured */
        public Fold(EvaluationPlan plan, @Nullable List<ReferenceComparison> baseline) {
            this.plan = plan;
            this.baseline = baseline;
        }

        /** Adds a model's divergences. */
        public void divergence(String model, List<ReferenceComparison> found) {
            for (int l = 0; l < plan.lengths().size(); l++) {
                List<Stretch> own = below(found, l);
                List<Stretch> before = baseline == null || baseline.equals(found) ? null : below(baseline, l);
                divergences.add(figures(model, plan.lengths().get(l), own, before));
            }
        }

        /** Adds a model's perplexities over key tokens. */
        public void longPerplexity(String model, List<ReferenceComparison> found) {
            for (int l = 0; l < plan.lengths().size(); l++) {
                List<Stretch> own = below(found, l);
                List<Stretch> before = baseline == null || baseline.equals(found) ? null : below(baseline, l);
                Interval gain = before == null
                        ? null
                        : Interval.jackknife(own.size(), d -> meanKeyNll(before, d) - meanKeyNll(own, d));
                longPerplexities.add(new LongPerplexity(
                        model,
                        plan.lengths().get(l),
                        own.stream().mapToLong(Stretch::keyTokens).sum(),
                        Interval.jackknife(own.size(), d -> meanKeyNll(own, d)).exp(),
                        gain));
            }
        }

        /** By document, in the plan's order. */
        private List<Stretch> below(List<ReferenceComparison> found, int lengthIndex) {
            Map<Integer, ReferenceComparison> byDocument = new HashMap<>();
            found.forEach(comparison -> byDocument.put(comparison.document(), comparison));
            List<Stretch> all = new ArrayList<>();
            for (int document = 0; document < plan.documents().size(); document++) {
                ReferenceComparison comparison = byDocument.get(document);
                all.add(comparison == null ? Stretch.NONE : comparison.below(lengthIndex));
            }
            return all;
        }

        private static DivergenceFigures figures(
                String model, int length, List<Stretch> own, @Nullable List<Stretch> baseline) {
            Stretch all = own.stream().reduce(Stretch.NONE, Stretch::plus);
            return new DivergenceFigures(
                    model,
                    length,
                    all.tokens(),
                    Interval.jackknife(own.size(), d -> meanKl(own, d)),
                    baseline == null ? null : Interval.jackknife(own.size(), d -> meanKl(baseline, d) - meanKl(own, d)),
                    new DivergenceFigures.Percentiles(
                            all.kl().quantile(0.5),
                            all.kl().quantile(0.9),
                            all.kl().quantile(0.95),
                            all.kl().quantile(0.99),
                            all.kl().quantile(0.999),
                            all.maxKlNats()),
                    Interval.jackknife(own.size(), d -> ratio(own, d, Stretch::sameTop, Stretch::tokens)),
                    all.deltaP() / all.tokens(),
                    Math.sqrt(all.deltaPSquares() / all.tokens()));
        }

        private static double meanKl(List<Stretch> documents, int leftOut) {
            return ratio(documents, leftOut, Stretch::klNats, Stretch::tokens);
        }

        private static double meanKeyNll(List<Stretch> documents, int leftOut) {
            return ratio(documents, leftOut, Stretch::keyNllNats, Stretch::keyTokens);
        }

        /** NaN where nothing is counted. */
        private static double ratio(
                List<Stretch> documents, int leftOut, ToDoubleFunction<Stretch> of, ToDoubleFunction<Stretch> to) {
            double above = 0;
            double below = 0;
            for (int document = 0; document < documents.size(); document++) {
                if (document != leftOut) {
                    above += of.applyAsDouble(documents.get(document));
                    below += to.applyAsDouble(documents.get(document));
                }
            }
            return above / below;
        }

        public ReferenceEvidence evidence() {
            return new ReferenceEvidence(divergences, longPerplexities);
        }
    }
}
