package qroar.orchestrator.app.live;

/** What is known of the terminal that a command writes to. */
public final class Terminal {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 20;

    private Terminal() {}

    /**
     * Told by the launcher. Not asked of the terminal: libraries that do so open it, and take the handlers of SIGINT and
     * others away from us.
     */
    public static int columns() {
        return Math.max(MIN_COLUMNS, Integer.getInteger("qroar.columns", DEFAULT_COLUMNS));
    }
}
