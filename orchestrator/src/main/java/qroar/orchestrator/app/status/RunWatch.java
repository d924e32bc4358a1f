package qroar.orchestrator.app.status;

import java.io.PrintStream;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.live.RunProgress;
import qroar.orchestrator.app.live.Terminal;
import qroar.orchestrator.app.live.WatchScreen;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.reports.ProgressFile;
import qroar.reports.live.LiveRun;

/** Follows a run of any process in a terminal, from what it writes to its folder, until it ends. */
public final class RunWatch {
    private static final long LOOK_NANOS = TimeUnit.SECONDS.toNanos(1);
    private static final String ERASE_LINE = "\u001b[K";
    private static final String ERASE_BELOW = "\u001b[J";

    private final RunDirectory directory;
    private final RunsFolder runs;
    private final PrintStream out;
    private final boolean moves;
    private int shown;

    private RunWatch(RunDirectory directory, RunsFolder runs, PrintStream out, boolean moves) {
        this.directory = directory;
        this.runs = runs;
        this.out = out;
        this.moves = moves;
    }

    /**
     * How the run stands now, in lines.
     *
     * @throws qroar.protocol.BadInput where there is no such run
     */
    public static List<String> once(RunsFolder runs, String run) {
        RunDirectory directory = RunDirectory.find(runs.path(), run);
        LiveRun live = RunLock.holder(directory.lock()) == null ? null : ProgressFile.read(directory.path());
        return live == null ? ended(runs, directory).lines(runs, run) : screen(live, Integer.MAX_VALUE);
    }

    /**
     * Until no process is at the run: on a terminal a screen that is drawn again in its place, elsewhere a line now and then.
     *
     * @return as the run itself: done where it is finished, failed where trials did, incomplete where it can be taken up
     * @throws qroar.protocol.BadInput where there is no such run
     */
    public static ExitCode follow(RunsFolder runs, String run, PrintStream out) {
        RunDirectory directory = RunDirectory.find(runs.path(), run);
        return new RunWatch(directory, runs, out, Terminal.isThere()).follow();
    }

    private ExitCode follow() {
        try (RunProgress lines = RunProgress.lines(out)) {
            long shownAt = 0;
            while (RunLock.holder(directory.lock()) != null) {
                LiveRun live = ProgressFile.read(directory.path());
                if (live != null && live.head().at().toEpochMilli() != shownAt) {
                    shownAt = live.head().at().toEpochMilli();
                    show(live, lines);
                }
                LockSupport.parkNanos(LOOK_NANOS);
                if (Thread.interrupted()) {
                    Thread.currentThread().interrupt();
                    return ExitCode.FAILED;
                }
            }
        }
        RunStatus status = ended(runs, directory);
        draw(status.lines(runs, directory.path().toString()));
        if (!"finished".equals(status.figures().get("state"))) {
            return ExitCode.INCOMPLETE;
        }
        return Integer.valueOf(0).equals(status.figures().get("requestsFailed")) ? ExitCode.DONE : ExitCode.FAILED;
    }

    private void show(LiveRun live, RunProgress lines) {
        if (moves) {
            draw(screen(live, Terminal.rows()));
        } else {
            lines.show(live);
        }
    }

    private static List<String> screen(LiveRun live, int rows) {
        return WatchScreen.lines(live, Terminal.columns(), rows);
    }

    private static RunStatus ended(RunsFolder runs, RunDirectory directory) {
        return RunStatus.of(runs, directory.path().toString(), RunStatus.Look.PROGRESS);
    }

    /** Over what was drawn before, on a terminal; a longer line of before leaves nothing. */
    private void draw(List<String> lines) {
        StringBuilder frame = new StringBuilder();
        if (moves && shown > 0) {
            frame.append("\u001b[").append(shown).append("A\r");
        }
        for (String line : lines) {
            frame.append(line).append(moves ? ERASE_LINE : "").append('\n');
        }
        out.print(frame.append(moves ? ERASE_BELOW : ""));
        out.flush();
        shown = lines.size();
    }
}
