package qroar.orchestrator.app.live;

import java.io.Console;

/** What is known of the terminal that a command writes to. */
public final class Terminal {
    private static final int DEFAULT_COLUMNS = 80;
    private static final int MIN_COLUMNS = 20;
    private static final int DEFAULT_ROWS = 24;
    private static final int MIN_ROWS = 8;

    private Terminal() {}

    /** Whether input and output are one, and it moves its cursor. */
    public static boolean isThere() {
        Console console = System.console();
        return console != null && !"dumb".equals(System.getenv("TERM")) && isTerminal(console);
    }

    /** From Java 22 on there is a console where there is no terminal, and a method that tells. */
    private static boolean isTerminal(Console console) {
        try {
            return Boolean.TRUE.equals(Console.class.getMethod("isTerminal").invoke(console));
        } catch (NoSuchMethodException before22) {
            return true;
        } catch (ReflectiveOperationException unknown) {
            return false;
        }
    }

    /**
     * Told by the launcher. Not asked of the terminal: libraries that do so open it, and take the handlers of SIGINT and
     * others away from us.
     */
    public static int columns() {
        return Math.max(MIN_COLUMNS, Integer.getInteger("qroar.columns", DEFAULT_COLUMNS));
    }

    /** Told by the launcher too. */
    public static int rows() {
        return Math.max(MIN_ROWS, Integer.getInteger("qroar.rows", DEFAULT_ROWS));
    }
}
