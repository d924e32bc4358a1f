package qroar.experiments.stopping;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.WindowSpan;

/**
 * Pairs of loss streams with the troubles of real ones: differences are correlated between neighbouring windows, share a
 * document effect, drift with position, and may be heavy-tailed.
 *
 * @param documents number of documents
 * @param correlation of neighbouring windows' noise within a document (first-order autoregression)
 * @param documentEffect standard deviation of the document effect over that of a window's noise
 * @param drift change of the mean difference from the first to the last position, in standard deviations of a window
 * @param heavyTails whether noise is Student's t with 4 degrees of freedom (scaled to the same variance), not normal
 * @param noise standard deviation of a window's difference, nats per token
 * @param gain of the candidate, exactly
 */
record SyntheticPairs(
        int documents,
        double correlation,
        double documentEffect,
        double drift,
        Tails heavyTails,
        double noise,
        double gain) {
    /** Shape of the noise. */
    public enum Tails {
        NORMAL,
        HEAVY
    }

    private static final int WINDOW_TOKENS = 256;
    private static final List<Integer> LENGTHS = List.of(512, 1024, 2048, 4096);

    /** The plan that all draws share. */
    PlanWindows plan() {
        List<DocumentRef> references = IntStream.range(0, documents)
                .mapToObj(d -> new DocumentRef("document-" + d, "d" + d, LENGTHS.get(LENGTHS.size() - 1)))
                .toList();
        return new PlanWindows(new EvaluationPlan(references, LENGTHS, WINDOW_TOKENS));
    }

    LossPair draw(PlanWindows plan, Random random) {
        double[] reference = new double[plan.count()];
        double[] candidate = new double[plan.count()];
        double effect = 0;
        double chained = 0;
        int document = -1;
        for (WindowSpan window : plan.windows()) {
            double innovation = draw(random, heavyTails);
            if (window.document() != document) {
                document = window.document();
                effect = documentEffect * random.nextGaussian();
                chained = innovation;
            } else {
                chained = correlation * chained + Math.sqrt(1 - correlation * correlation) * innovation;
            }
            double position = (double) window.fromPosition() / plan.plan().maxLength();
            double difference = noise * (drift * position + effect + chained);
            double level = 2.5 - 0.5 * position + 0.4 * random.nextGaussian();
            reference[window.index()] = level * window.tokens();
            candidate[window.index()] = (level + difference) * window.tokens();
        }
        return new LossPair(plan, Objective.lengthWeighted(LENGTHS), reference, candidate).withGain(gain);
    }

    private static double draw(Random random, Tails tails) {
        if (tails == Tails.NORMAL) {
            return random.nextGaussian();
        }
        double chiSquared = 0;
        for (int i = 0; i < 4; i++) {
            double z = random.nextGaussian();
            chiSquared += z * z;
        }
        // t with 4 degrees of freedom has variance 2.
        return random.nextGaussian() / Math.sqrt(chiSquared / 4) / Math.sqrt(2);
    }
}
