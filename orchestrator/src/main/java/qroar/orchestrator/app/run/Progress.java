package qroar.orchestrator.app.run;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;

/** Shows how a run comes along: one moving line on a terminal, a plain line now and then elsewhere. */
abstract class Progress implements AutoCloseable {
    private final BestGain best = new BestGain();
    private final long begun = System.nanoTime();

    abstract void show(RunView view);

    /** One line among those that show how it comes along. */
    abstract void say(String line);

    @Override
    public abstract void close();

    static Progress on(PrintStream out, boolean silent) {
        if (silent) {
            return new Silent(out);
        }
        return System.console() == null ? new Lines(out) : new Bar(out);
    }

    long begun() {
        return begun;
    }

    Estimate estimate(RunView view) {
        return Estimate.of(view, best, System.nanoTime() - begun);
    }

    /** Trials, tokens per second, current best. */
    private static String describe(RunView view, Estimate estimate) {
        return String.format(
                Locale.ROOT,
                "%d/%d studies, %d trials, %s tokens/s, best gain %s",
                estimate.studiesDone(),
                view.state().progress().size(),
                view.state().trials().size(),
                estimate.tokensPerSecond() == 0 ? "-" : String.format(Locale.ROOT, "%.0f", estimate.tokensPerSecond()),
                estimate.best());
    }

    private static final class Silent extends Progress {
        private final PrintStream out;

        Silent(PrintStream out) {
            this.out = out;
        }

        @Override
        void show(RunView view) {}

        @Override
        void say(String line) {
            out.println(line);
        }

        @Override
        public void close() {}
    }

    private static final class Lines extends Progress {
        private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();
        private final PrintStream out;
        private long lastNanos;

        Lines(PrintStream out) {
            this.out = out;
            this.lastNanos = System.nanoTime() - EVERY_NANOS;
        }

        @Override
        void show(RunView view) {
            long now = System.nanoTime();
            if (now - lastNanos < EVERY_NANOS || view.state().requests().isEmpty()) {
                return;
            }
            lastNanos = now;
            Estimate estimate = estimate(view);
            out.printf(
                    Locale.ROOT,
                    "qroar: %d of about %d windows, %s, about %s left%n",
                    estimate.windowsDone(),
                    estimate.windowsExpected(),
                    describe(view, estimate),
                    estimate.left());
            out.flush();
        }

        @Override
        void say(String line) {
            out.println(line);
        }

        @Override
        public void close() {}
    }

    private static final class Bar extends Progress {
        private static final int DEFAULT_COLUMNS = 80;
        private static final int MIN_COLUMNS = 20;

        private final PrintStream out;
        private @Nullable ProgressBar bar;

        Bar(PrintStream out) {
            this.out = out;
        }

        @Override
        void show(RunView view) {
            Estimate estimate = estimate(view);
            if (bar == null && estimate.windowsExpected() == 0) {
                return;
            }
            if (bar == null) {
                bar = new ProgressBarBuilder()
                        .setTaskName("windows")
                        .setInitialMax(estimate.windowsExpected())
                        .startsFrom(0, Duration.ofNanos(System.nanoTime() - begun()))
                        .setStyle(ProgressBarStyle.ASCII)
                        .setUpdateIntervalMillis(250)
                        .setConsumer(new ConsoleProgressBarConsumer(out, columns() - 1))
                        .build();
            }
            bar.maxHint(estimate.windowsExpected());
            bar.stepTo(estimate.windowsDone());
            bar.setExtraMessage(describe(view, estimate));
        }

        /**
         * Told by the launcher. Not asked of the terminal: the bar's library would open it to do so, and take the handlers
         * of SIGINT and others away from us.
         */
        private static int columns() {
            return Math.max(MIN_COLUMNS, Integer.getInteger("qroar.columns", DEFAULT_COLUMNS));
        }

        /** Ends the moving line, which another one takes up. */
        @Override
        void say(String line) {
            close();
            out.println(line);
        }

        @Override
        public void close() {
            if (bar != null) {
                bar.close();
                bar = null;
            }
        }
    }
}
