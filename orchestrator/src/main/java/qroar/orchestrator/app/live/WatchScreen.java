package qroar.orchestrator.app.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import qroar.experiments.attribution.GainWords;
import qroar.orchestrator.console.Columns;
import qroar.protocol.OneLine;
import qroar.reports.live.LiveEnd;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveTrial;
import qroar.reports.live.LiveWorker;
import qroar.reports.model.RunState;

/** A run under way as the screen of a terminal. */
public final class WatchScreen {
    private static final int MOST_ENDS = 3;
    private static final int MOST_NAME = 32;
    private static final int WINDOWS_BAR = 10;

    private WatchScreen() {}

    /**
     * Lines of at most so many columns less one. Where they are more than the rows, studies that are not worked on are left
     * out and counted.
     */
    public static List<String> lines(LiveRun run, int columns, int rows) {
        List<String> lines = new ArrayList<>();
        boolean running = run.head().state() == RunState.RUNNING;
        lines.add(run.head().run() + ": " + run.head().state().word()
                + (run.workers().isEmpty()
                        ? ""
                        : ", "
                                + LiveWords.devices(run.workers().stream()
                                        .map(LiveWorker::device)
                                        .toList())
                                + ", " + LiveWords.rate(run.work().tokensPerSecond()) + " tokens/s"));
        if (running) {
            lines.add(ProgressLine.of(run, columns - 1));
        }
        if (!run.trials().isEmpty()) {
            lines.add("");
            lines.addAll(trials(run, columns));
        }
        List<String> foot = foot(run);
        int room = Math.max(2, rows - 1 - lines.size() - foot.size() - 2);
        lines.add("");
        lines.addAll(studies(run, columns, room));
        lines.addAll(foot);
        return lines.stream()
                .map(OneLine::of)
                .map(line -> line.length() < columns ? line : line.substring(0, columns - 1))
                .toList();
    }

    private static List<String> trials(LiveRun run, int columns) {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("under way", "windows", "loss", "gain", "95 % interval"));
        for (LiveTrial trial : run.trials()) {
            rows.add(List.of(
                    trial.study().isEmpty() ? trial.label() : trial.study() + " " + trial.label(),
                    bar(trial) + " " + trial.windows() + "/" + trial.windowsWanted(),
                    trial.lossNats() == null ? "-" : String.format(Locale.ROOT, "%.4f", trial.lossNats()),
                    trial.gain() == null ? "-" : LiveWords.gain(trial.gain().estimate()),
                    trial.gain() == null
                            ? "-"
                            : GainWords.interval(trial.gain()).strip()));
        }
        return Columns.fitted(rows, columns - 1, WatchScreen::end);
    }

    /** The end of a label tells candidates apart. */
    private static String end(String name, int most) {
        return name.length() <= most ? name : ".." + name.substring(name.length() - most + 2);
    }

    private static String bar(LiveTrial trial) {
        int full = trial.windowsWanted() == 0
                ? 0
                : (int) Math.min(WINDOWS_BAR, (long) WINDOWS_BAR * trial.windows() / trial.windowsWanted());
        return "[" + "=".repeat(full) + " ".repeat(WINDOWS_BAR - full) + "]";
    }

    private static List<String> studies(LiveRun run, int columns, int room) {
        List<String> all = StudyTable.lines(run, columns);
        if (all.size() <= room) {
            return all;
        }
        // The heading, then those that are worked on, then the others as far as there is room, in the order of the
        // sweep.
        List<Integer> shown = new ArrayList<>();
        for (int pass = 0; pass < 2; pass++) {
            for (int s = 0; s < run.studies().size() && shown.size() < room - 2; s++) {
                boolean busy = !run.studies().get(s).workers().isEmpty();
                if (busy == (pass == 0)) {
                    shown.add(s);
                }
            }
        }
        shown.sort(null);
        List<String> lines = new ArrayList<>();
        lines.add(all.get(0));
        shown.forEach(s -> lines.add(all.get(s + 1)));
        lines.add("and " + (run.studies().size() - shown.size()) + " more studies, " + run.studiesDone() + " of "
                + run.studies().size() + " done");
        return lines;
    }

    private static List<String> foot(LiveRun run) {
        List<String> lines = new ArrayList<>();
        lines.add("");
        if (run.head().state() == RunState.RUNNING) {
            lines.add("queue: " + run.queue().waiting()
                    + (run.queue().next().isEmpty()
                            ? ""
                            : ", next " + run.queue().next().get(0)));
        }
        for (LiveEnd end : run.ends().subList(0, Math.min(MOST_ENDS, run.ends().size()))) {
            lines.add(end.standing().word() + ": " + end(end.study() + " " + end.label(), MOST_NAME) + ": "
                    + end.reason());
        }
        return lines;
    }
}
