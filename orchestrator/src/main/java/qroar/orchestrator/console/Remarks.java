package qroar.orchestrator.console;

/**
 * What a command is at, one line each on standard error: nothing that is wrong and nothing that was asked for, so {@code --quiet}
 * withholds it. Errors, and what ends a run early, do not go through here.
 */
public final class Remarks {
    /** A property of the process, because how loud it is holds for all of it. */
    private static final String QUIET = "qroar.quiet";

    private Remarks() {}

    /** Whether nobody wants to hear. */
    public static boolean areUnwanted() {
        return Boolean.getBoolean(QUIET);
    }

    public static void want(boolean wanted) {
        System.setProperty(QUIET, String.valueOf(!wanted));
    }

    /** @param line without the name of the program, which goes before it */
    public static void tell(String line) {
        if (!areUnwanted()) {
            System.err.println("qroar: " + line);
        }
    }
}
