package qroar.orchestrator.app.process;

import qroar.orchestrator.console.Remarks;
import qroar.orchestrator.logging.ConsoleLevel;

/** How much this process says beside its results and its errors. */
public final class Loudness {
    private Loudness() {}

    /**
     * From now on, for the whole process.
     *
     * @param quiet results and errors only
     * @param verbose also what otherwise only a run's log has
     */
    public static void set(boolean quiet, boolean verbose) {
        boolean before = Remarks.areUnwanted();
        Remarks.want(!quiet);
        // Logging takes a tenth of a second to begin, which commands that log nothing do not pay.
        if (quiet || verbose || before) {
            (quiet ? ConsoleLevel.QUIET : verbose ? ConsoleLevel.VERBOSE : ConsoleLevel.NORMAL).set();
        }
    }
}
