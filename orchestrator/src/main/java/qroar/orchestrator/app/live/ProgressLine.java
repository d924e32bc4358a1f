package qroar.orchestrator.app.live;

import java.util.Locale;
import qroar.reports.live.LiveRun;
import qroar.reports.live.LiveStudy;

/**
 * How far a run is, in one line: per cent, time left, the study that is worked on, its band, and the best so far. Where there
 * is little room, first the bar and then the name of the study get shorter.
 */
final class ProgressLine {
    private static final int MOST_BAR = 20;
    private static final int LEAST_BAR = 8;
    /** A study's name with less says nothing. */
    private static final int LEAST_NAME = 10;

    private ProgressLine() {}

    /** At most so many columns. */
    static String of(LiveRun run, int columns) {
        LiveStudy current = run.current();
        String left = run.work().secondsLeft() == null
                ? ""
                : " " + LiveWords.left(run.work().secondsLeft()) + " left";
        String head =
                String.format(Locale.ROOT, "%5s", LiveWords.percent(run.work().share()));
        String best = best(run);
        String stage = current == null ? "" : ", " + current.stage();
        String name = current == null ? "" : current.id();
        String end = stage + best;
        int room = columns - head.length() - left.length() - end.length() - 2;
        int nameRoom = Math.min(name.length(), Math.max(LEAST_NAME, room - LEAST_BAR - 3));
        int bar = Math.min(MOST_BAR, room - nameRoom - 3);
        String line = head
                + (bar >= LEAST_BAR ? " " + bar(run.work().share(), bar) : "")
                + left
                + (name.isEmpty() ? "" : "  " + LiveWords.shorten(name, nameRoom))
                + end;
        String rate = ", " + LiveWords.rate(run.work().tokensPerSecond()) + " tokens/s";
        if (run.work().tokensPerSecond() > 0 && line.length() + rate.length() <= columns) {
            line += rate;
        }
        return line.length() <= columns ? line : line.substring(0, columns);
    }

    /** For a log: without a bar, nothing left out. */
    static String whole(LiveRun run) {
        LiveStudy current = run.current();
        return LiveWords.percent(run.work().share())
                + (run.work().secondsLeft() == null
                        ? ""
                        : ", about " + LiveWords.left(run.work().secondsLeft()) + " left")
                + ", " + run.studiesDone() + "/" + run.studies().size() + " studies"
                + (current == null ? "" : ", " + current.id() + " " + current.stage())
                + best(run)
                + (run.work().tokensPerSecond() > 0
                        ? ", " + LiveWords.rate(run.work().tokensPerSecond()) + " tokens/s"
                        : "");
    }

    private static String best(LiveRun run) {
        LiveStudy best = run.best();
        return best == null ? "" : ", best " + LiveWords.gain(best.searchGain());
    }

    private static String bar(double share, int columns) {
        int inner = columns - 2;
        int full = (int) Math.floor(inner * Math.max(0, Math.min(1, share)));
        return "[" + "=".repeat(full) + (full < inner ? ">" + " ".repeat(inner - full - 1) : "") + "]";
    }
}
