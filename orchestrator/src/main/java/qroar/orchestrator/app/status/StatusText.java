package qroar.orchestrator.app.status;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.live.LiveWords;
import qroar.orchestrator.app.live.StudyTable;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveStudy;
import qroar.reports.live.LiveWorker;
import qroar.reports.model.RunState;

/** How runs stand, for people. */
final class StatusText {
    private StatusText() {}

    /**
     * One run: how it stands, a table of its studies, what its trials came to, and what can be done.
     *
     * @param figures of its journal
     * @param live null where nothing but the journal tells of it
     * @param columns of the terminal
     */
    static List<String> of(
            RunDirectory directory, Map<String, @Nullable Object> figures, @Nullable LiveRun live, int columns) {
        List<String> lines = new ArrayList<>();
        String state = word(figures, "state");
        boolean running = state.equals("running");
        lines.add(directory.name() + ": " + state
                + (live == null ? "" : ", " + LiveWords.percent(share(state, live)) + " done")
                + (!running || live == null || live.work().secondsLeft() == null
                        ? ""
                        : ", about " + LiveWords.left(live.work().secondsLeft()) + " left"));
        String begun = word(figures, "begun");
        lines.add("begun " + (begun.equals("-") ? "not yet" : begun)
                + (running ? ", held by " + word(figures, "process") : "")
                + ", starts: " + word(figures, "starts"));
        if (running && live != null && !live.workers().isEmpty()) {
            lines.add("workers: "
                    + LiveWords.devices(
                            live.workers().stream().map(LiveWorker::device).toList())
                    + ", " + LiveWords.rate(live.work().tokensPerSecond()) + " tokens/s");
        }
        if (live != null && !live.studies().isEmpty()) {
            lines.add("");
            lines.addAll(StudyTable.lines(live, columns));
            lines.add("gain: fall of ln J, nats: best so far on search documents, and held out");
        }
        lines.add("");
        lines.add("trials: " + word(figures, "requests") + " asked for, " + word(figures, "settled") + " ended, "
                + word(figures, "underWay") + " under way, " + word(figures, "reused") + " reused");
        lines.add("ended:  " + word(figures, "stopped") + " stopped, " + word(figures, "diverged") + " diverged, "
                + word(figures, "failed") + " failed");
        lines.add("report: " + directory.report());
        if (state.equals("stopped")) {
            lines.add("take it up with: qroar resume " + directory.path());
        } else if (running) {
            lines.add("follow it with: qroar watch " + directory.path());
        }
        return lines;
    }

    private static String word(Map<String, @Nullable Object> figures, String key) {
        return Objects.toString(figures.get(key), "-");
    }

    private static double share(String state, LiveRun live) {
        return state.equals("finished") ? 1 : Math.min(0.99, live.work().share());
    }

    /** All runs, a row each, and what is wrong with some. */
    static List<String> ofAll(List<RunStatus> all, int columns) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("run", "state", "done", "studies", "best", "held-out", "left"));
        List<String> damages = new ArrayList<>();
        for (RunStatus status : all) {
            LiveRun live = status.live();
            String state = word(status.figures(), "state");
            LiveStudy best = live == null ? null : live.best();
            rows.add(List.of(
                    word(status.figures(), "run"),
                    state,
                    live == null ? "-" : LiveWords.percent(share(state, live)),
                    live == null
                            ? "-"
                            : live.studiesDone() + "/" + live.studies().size(),
                    best == null ? "-" : LiveWords.gain(best.searchGain()),
                    best == null || best.heldOutGain() == null
                            ? "-"
                            : LiveWords.gain(best.heldOutGain().estimate()),
                    live == null || live.head().state() != RunState.RUNNING
                            ? ""
                            : LiveWords.left(live.work().secondsLeft())));
            if (status.isDamaged()) {
                damages.add("damaged: " + word(status.figures(), "run") + ": " + word(status.figures(), "damage"));
            }
        }
        List<String> lines = new ArrayList<>(Columns.fitted(rows, columns - 1, LiveWords::shorten));
        lines.addAll(damages);
        return lines;
    }
}
