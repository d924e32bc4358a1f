package qroar.workers.worker;

/** The forward pass was left because nobody wants its result any more. */
public final class CancelledTrialException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public CancelledTrialException() {
        super("cancelled", null, false, false);
    }
}
