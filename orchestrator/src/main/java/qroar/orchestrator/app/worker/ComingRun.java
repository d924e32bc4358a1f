package qroar.orchestrator.app.worker;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.process.Listening;
import qroar.orchestrator.app.process.TerminationSignals;
import qroar.orchestrator.cluster.Endpoint;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.rundirectory.RunDirectory;

/**
 * A worker's wait for the run that it is to join on this machine: the certificates lie in the run's folder, and there is none
 * before the coordinator has begun.
 */
public final class ComingRun {
    private static final long LOOK_MILLIS = 500;

    private ComingRun() {}

    /**
     * The run, or how the process is to end without one.
     *
     * @param run null exactly where {@code end} is not
     */
    public record Found(
            @Nullable RunDirectory run, @Nullable ExitCode end) {}

    /**
     * Returns when a coordinator listens, a signal has come or patience is over; says on standard error what it waits for.
     *
     * @param patience null for ever
     */
    public static Found await(Endpoint coordinator, Path runs, @Nullable Duration patience) {
        long since = System.nanoTime();
        boolean told = false;
        try (TerminationSignals signals = new TerminationSignals()) {
            while (true) {
                RunDirectory run = Listening.runAt(coordinator, runs);
                if (run != null) {
                    return new Found(run, null);
                }
                if (!told) {
                    told = true;
                    say("no run in " + runs + " listens at " + coordinator + " yet; waiting for its coordinator");
                }
                String signal = signals.await(LOOK_MILLIS);
                if (signal != null) {
                    say("stopped by " + signal);
                    return new Found(null, ExitCode.INCOMPLETE);
                }
                if (patience != null && System.nanoTime() - since > patience.toNanos()) {
                    say("no coordinator at " + coordinator + " within " + patience.toSeconds() + " s");
                    return new Found(null, ExitCode.INCOMPLETE);
                }
            }
        }
    }

    private static void say(String line) {
        System.err.println("qroar: " + line);
    }
}
