package qroar.orchestrator.app.process;

/** What a failure comes down to: the outer ones only say that an actor failed. */
public final class InnermostCause {
    private InnermostCause() {}

    /** Its message, or its name where it has none. */
    public static String text(Throwable failure) {
        Throwable innermost = failure;
        while (innermost.getCause() != null) {
            innermost = innermost.getCause();
        }
        String message = innermost.getMessage();
        return message == null ? innermost.getClass().getSimpleName() : message;
    }
}
