package qroar.protocol.message;

/**
 * The right to measure one trial, or a run of its documents while other workers measure the others.
 *
 * @param trial number of the trial within its run
 * @param attempt rises by one each time the trial, or some documents of it, are handed out
 */
public record Lease(long trial, int attempt) {
    @Override
    public String toString() {
        return "trial " + trial + " attempt " + attempt;
    }
}
