package qroar.orchestrator.app.live;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import qroar.orchestrator.console.Columns;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveStudy;
import qroar.reports.live.LiveWorker;
import qroar.reports.model.RunState;

/** A run as a table of a terminal, a row per study. */
public final class StudyTable {
    private StudyTable() {}

    /**
     * Heading and rows.
     *
     * @param columns of the terminal; names of studies are shortened to fit
     */
    public static List<String> lines(LiveRun run, int columns) {
        boolean running = run.head().state() == RunState.RUNNING;
        Map<String, String> devices = run.workers().stream()
                .collect(Collectors.toMap(LiveWorker::id, LiveWorker::device, (one, other) -> one));
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("study", "done", "state", "gain", "held-out", running ? List.of("left", "on") : List.of()));
        for (LiveStudy study : run.studies()) {
            rows.add(row(
                    study.id(),
                    LiveWords.percent(study.share()),
                    state(study),
                    LiveWords.gain(study.searchGain()),
                    study.heldOutGain() == null
                            ? "-"
                            : LiveWords.gain(study.heldOutGain().estimate()),
                    !running
                            ? List.of()
                            : List.of(
                                    study.state().isOver() ? "" : LiveWords.left(study.secondsLeft()),
                                    LiveWords.devices(study.workers().stream()
                                            .map(worker -> devices.getOrDefault(worker, "?"))
                                            .toList()))));
        }
        return Columns.fitted(rows, columns - 1, LiveWords::shorten);
    }

    private static List<String> row(
            String study, String done, String state, String gain, String heldOut, List<String> more) {
        List<String> cells = new ArrayList<>(List.of(study, done, state, gain, heldOut));
        cells.addAll(more);
        return cells;
    }

    /** What it does while it runs, how it stands otherwise. */
    private static String state(LiveStudy study) {
        return study.state() == qroar.reports.model.StudyState.RUNNING
                ? study.stage()
                : study.state().word();
    }
}
