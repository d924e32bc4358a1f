package qroar.orchestrator.app.live;

import java.io.PrintStream;
import java.time.Duration;
import qroar.reports.live.LiveRun;

/** Shows how a run comes along: one moving line on a terminal, a plain line now and then elsewhere. */
public abstract class RunProgress implements AutoCloseable {
    public abstract void show(LiveRun run);

    /** One line among those that show how it comes along. */
    public abstract void say(String line);

    @Override
    public abstract void close();

    public static RunProgress on(PrintStream out, boolean silent) {
        if (silent) {
            return new Silent(out);
        }
        return Terminal.isThere() ? new Moving(out, Terminal.columns()) : new Lines(out);
    }

    /** A plain line now and then, whatever is written to. */
    public static RunProgress lines(PrintStream out) {
        return new Lines(out);
    }

    private static final class Silent extends RunProgress {
        private final PrintStream out;

        Silent(PrintStream out) {
            this.out = out;
        }

        @Override
        public void show(LiveRun run) {}

        @Override
        public void say(String line) {
            out.println(line);
        }

        @Override
        public void close() {}
    }

    private static final class Lines extends RunProgress {
        private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();
        private final PrintStream out;
        private long lastNanos;

        Lines(PrintStream out) {
            this.out = out;
            this.lastNanos = System.nanoTime() - EVERY_NANOS;
        }

        @Override
        public void show(LiveRun run) {
            long now = System.nanoTime();
            if (now - lastNanos < EVERY_NANOS || run.trials().isEmpty()) {
                return;
            }
            lastNanos = now;
            out.println("qroar: " + ProgressLine.whole(run));
            out.flush();
        }

        @Override
        public void say(String line) {
            out.println(line);
        }

        @Override
        public void close() {}
    }

    /** Rewrites its line; never as wide as the terminal, where the next character would begin another. */
    static final class Moving extends RunProgress {
        private final PrintStream out;
        private final int columns;
        private int shown;

        Moving(PrintStream out, int columns) {
            this.out = out;
            this.columns = columns;
        }

        @Override
        public void show(LiveRun run) {
            if (shown == 0 && run.trials().isEmpty()) {
                return;
            }
            String line = ProgressLine.of(run, columns - 1);
            out.print("\r" + line + " ".repeat(Math.max(0, shown - line.length())));
            out.flush();
            shown = line.length();
        }

        /** Ends the moving line, which another one takes up. */
        @Override
        public void say(String line) {
            close();
            out.println(line);
        }

        @Override
        public void close() {
            if (shown > 0) {
                out.println();
                shown = 0;
            }
        }
    }
}
