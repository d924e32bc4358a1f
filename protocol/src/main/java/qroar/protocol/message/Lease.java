package qroar.protocol.message;

/**
 * The right to run one attempt of one trial.
 *
 * @param trial number of the trial within its run
 * @param attempt rises by one each time the trial is handed out
 */
public record Lease(long trial, int attempt) {
    @Override
    public String toString() {
        return "trial " + trial + " attempt " + attempt;
    }
}
