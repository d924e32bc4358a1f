package qroar.workers.worker;

/** This machine lacks a checkpoint or a document that a trial names; another may have it. One line for people. */
public final class NotHere extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NotHere(String message) {
        super(message);
    }
}
