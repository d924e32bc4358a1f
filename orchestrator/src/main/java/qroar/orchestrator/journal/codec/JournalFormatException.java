package qroar.orchestrator.journal.codec;

/** A stored event or snapshot that this program cannot read; the message is one line that names manifest and cause. */
public final class JournalFormatException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public JournalFormatException(String message) {
        super(message);
    }

    public JournalFormatException(String message, Throwable cause) {
        super(message, cause);
    }
}
