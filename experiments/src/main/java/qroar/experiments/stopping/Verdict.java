package qroar.experiments.stopping;

/**
 * What a stopping rule says after some windows of a candidate. Gains are relative falls of the objective, ln J(incumbent)
 * - ln J(candidate): positive is better.
 *
 * @param stop whether the candidate is given up
 * @param gainEstimate estimated gain over the incumbent on the full evaluation
 * @param gainUpperBound bound that the gain exceeds with probability at most the error spent so far
 * @param looks how often the rule has looked, this time included
 */
public record Verdict(boolean stop, double gainEstimate, double gainUpperBound, int looks) {
    /** Before anything can be said. */
    public static final Verdict UNDECIDED = new Verdict(false, Double.NaN, Double.POSITIVE_INFINITY, 0);
}
