package qroar.orchestrator.app.status;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;

/** The end of a run under way on this machine, asked for in order. */
public final class RunStop {
    /** The entry point, which knows this class and is not known by it. */
    private static final String MAIN = "qroar.orchestrator.cli.Main";

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    private RunStop() {}

    /** How a run stands afterwards. */
    public enum End {
        NOT_UNDER_WAY,
        STOPPED,
        /** It was asked to end and has not within the time. */
        STILL_ENDING
    }

    /** @param line for people */
    public record Result(End end, String line) {}

    /**
     * Asks the process that holds a run to end, and waits for that.
     *
     * @throws BadInput where there is no such run, or the process cannot be reached or is not known to be this program's
     */
    public static Result of(RunsFolder runs, String run, int waitSeconds) {
        RunDirectory directory = RunDirectory.find(runs.path(), run);
        RunLock.Holder holder = RunLock.holder(directory.lock());
        if (holder == null) {
            return new Result(End.NOT_UNDER_WAY, "run " + directory.name() + " is not under way");
        }
        processOf(directory, holder).destroy();
        return waitForEnd(directory, holder, waitSeconds);
    }

    /** A process number may have another meaning on another host, or by now. */
    private static ProcessHandle processOf(RunDirectory directory, RunLock.Holder holder) {
        String held = "run " + directory.name() + " is held by " + holder;
        if (!holder.isOnThisHost()) {
            throw new BadInput(held + "; stop it there");
        }
        ProcessHandle process = ProcessHandle.of(holder.pid())
                .orElseThrow(() -> new BadInput(held + ", which cannot be seen from here; stop it where it runs"));
        if (!commandLine(process).contains(MAIN)) {
            throw new BadInput(held + ", which is not known to be qroar ("
                    + process.info().command().orElse("hidden") + "); it was not touched");
        }
        return process;
    }

    /** Java itself sees only the first 4,096 bytes, which a class path may fill. */
    private static String commandLine(ProcessHandle process) {
        Path whole = Path.of("/proc", Long.toString(process.pid()), "cmdline");
        try {
            return Files.readString(whole, StandardCharsets.ISO_8859_1);
        } catch (IOException notOnThisSystem) {
            return process.info().commandLine().orElse("");
        }
    }

    private static Result waitForEnd(RunDirectory directory, RunLock.Holder stopped, int waitSeconds) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSeconds);
        while (true) {
            RunLock.@Nullable Holder now = RunLock.holder(directory.lock());
            if (now == null || now.pid() != stopped.pid()) {
                return new Result(
                        End.STOPPED,
                        "run " + directory.name() + " is stopped; take it up with: qroar resume " + directory.path());
            }
            if (System.nanoTime() >= deadline) {
                return new Result(
                        End.STILL_ENDING,
                        stopped + " was asked to end and has not within " + waitSeconds
                                + " s; a second qroar stop ends it at once");
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
