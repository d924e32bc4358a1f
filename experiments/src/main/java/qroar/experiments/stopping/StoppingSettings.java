package qroar.experiments.stopping;

import qroar.experiments.stopping.StoppingRule.Rule;

/**
 * Which rule gives candidates up, and how often it may be wrong.
 *
 * @param rule which rule
 * @param alpha probability, over the whole race of one candidate, of stopping one that is better by {@code min-gain}
 */
public record StoppingSettings(Rule rule, double alpha) {
    /** Every candidate is evaluated in full. */
    public static final StoppingSettings NEVER = new StoppingSettings(Rule.NONE, 0.05);

    static void requireProbability(double alpha) {
        if (!(alpha > 0 && alpha <= 0.5)) {
            throw new IllegalArgumentException("alpha " + alpha + " must lie in (0, 0.5]");
        }
    }
}
