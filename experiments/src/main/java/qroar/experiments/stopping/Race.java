package qroar.experiments.stopping;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;

/**
 * One candidate's windows paired with those of a fully evaluated reference, weighted as the objective weighs them
 * ({@link Objective#windowWeights}), and gathered into blocks: the windows of one document that start in the same of
 * {@value #STRATA} equal strata of positions. Blocks of one stratum are comparable between documents, which is how drift
 * with position is taken out; a block is long against the correlation between neighbouring windows.
 *
 * <p>Immutable.
 */
public final class Race {
    /** Strata of positions, or of a round of questions; fewer where the longest has fewer windows. */
    static final int STRATA = 8;

    /**
     * @param document index into the plan's documents
     * @param stratum of positions, from 0
     * @param toWindow number of windows of the plan up to the block's end
     * @param tokens scored tokens; of questions beside a text see {@link Strata#tokens}
     * @param weight sum of window weight times tokens; over all blocks 1
     */
    record Block(int document, int stratum, int fromWindow, int toWindow, int tokens, double weight) {}

    private final PlanWindows plan;
    private final double[] referenceNll;
    private final double[] windowWeights;
    private final List<Block> blocks;
    private final int strata;
    private final double requiredGain;
    private final Map<Looks.Every, Looks> looks;

    private Race(
            PlanWindows plan,
            double[] referenceNll,
            double[] windowWeights,
            List<Block> blocks,
            int strata,
            double requiredGain,
            Map<Looks.Every, Looks> looks) {
        this.plan = plan;
        this.referenceNll = referenceNll;
        this.windowWeights = windowWeights;
        this.blocks = blocks;
        this.strata = strata;
        this.requiredGain = requiredGain;
        this.looks = looks;
    }

    /**
     * @param referenceNll losses of a full evaluation of the reference
     * @param requiredGain the race is lost when the gain cannot reach this
     */
    public static Race of(PlanWindows plan, Objective objective, double[] referenceNll, double requiredGain) {
        double[] weights = objective.windowWeights(plan, referenceNll);
        Strata layout = Strata.of(plan, objective);
        int strata = layout.count();
        List<Block> blocks = new ArrayList<>();
        int from = 0;
        while (from < plan.count()) {
            int document = plan.groupOf(plan.windows().get(from));
            int stratum = layout.of(from);
            int to = from;
            int tokens = 0;
            double weight = 0;
            while (to < plan.count() && plan.groupOf(plan.windows().get(to)) == document && layout.of(to) == stratum) {
                int windowTokens = plan.windows().get(to).tokens();
                tokens += windowTokens;
                weight += weights[to] * windowTokens;
                to++;
            }
            blocks.add(new Block(document, stratum, from, to, layout.tokens(from, tokens), weight));
            from = to;
        }
        Map<Looks.Every, Looks> looks = new EnumMap<>(Looks.Every.class);
        for (Looks.Every every : Looks.Every.values()) {
            looks.put(every, Looks.of(blocks, strata, every));
        }
        return new Race(plan, referenceNll.clone(), weights, List.copyOf(blocks), strata, requiredGain, looks);
    }

    /** The same race with another target. */
    public Race requiring(double gain) {
        return gain == requiredGain ? this : new Race(plan, referenceNll, windowWeights, blocks, strata, gain, looks);
    }

    public double requiredGain() {
        return requiredGain;
    }

    public PlanWindows plan() {
        return plan;
    }

    /**
     * What the complete blocks of a prefix say of the gain over the whole plan, as the rule {@link PairedT} forecasts it,
     * with an interval of the level of reports; null while nothing can be said: before the end of the first document.
     */
    public @Nullable Interval forecast(double[] nllPrefix) {
        int seen = 0;
        while (seen < blocks.size() && blocks.get(seen).toWindow() <= nllPrefix.length) {
            seen++;
        }
        GainForecast forecast = seen == 0 ? null : GainForecast.of(this, nllPrefix, seen);
        if (forecast == null) {
            return null;
        }
        double upper = forecast.upperBound((1 - Interval.CONFIDENCE) / 2);
        return new Interval(forecast.estimate(), 2 * forecast.estimate() - upper, upper);
    }

    List<Block> blocks() {
        return blocks;
    }

    Looks looks(Looks.Every every) {
        return Objects.requireNonNull(looks.get(every));
    }

    int strata() {
        return strata;
    }

    /** Gain of windows [from, to) to first order; positive where the candidate is better. */
    double linearGain(double[] candidateNll, int from, int to) {
        double sum = 0;
        for (int w = from; w < to; w++) {
            sum += windowWeights[w] * (referenceNll[w] - candidateNll[w]);
        }
        return sum;
    }

    /** Gain to first order over a prefix, as a share of its weight: comparable between candidates of one round. */
    public double linearGainRate(double[] candidateNll, int windows) {
        double weight = 0;
        for (int w = 0; w < windows; w++) {
            weight += windowWeights[w] * plan.windows().get(w).tokens();
        }
        return weight > 0 ? linearGain(candidateNll, 0, windows) / weight : Double.NaN;
    }
}
