package qroar.orchestrator.console;

/** What a script can tell from a command's end. */
public enum ExitCode {
    DONE(0),
    /** Anything that the others do not name; a run that is finished, but of which trials were given up. */
    FAILED(1),
    /** Bad usage or bad input; one line on standard error says which. */
    BAD_INPUT(2),
    /** The run stopped before it was complete and can be resumed. */
    INCOMPLETE(3),
    /** No usable device or worker. */
    NO_DEVICE(4);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    public int code() {
        return code;
    }
}
