package qroar.orchestrator.console;

/** There is no usable device or worker; the message is one line for a person. */
public final class NoDevice extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public NoDevice(String message) {
        super(message);
    }
}
