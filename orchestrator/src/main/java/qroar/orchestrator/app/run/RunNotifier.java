package qroar.orchestrator.app.run;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.live.Notice;
import qroar.orchestrator.app.live.Notice.Event;
import qroar.orchestrator.app.live.Notifier;
import qroar.orchestrator.app.live.RunNotices;
import qroar.orchestrator.app.result.FailedTrials;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.OneLine;
import qroar.reports.best.Best;
import qroar.reports.best.BestWords;
import qroar.reports.model.RunReport;

/** What is told of a run by a person's command: what happens in it, and its end, once. */
final class RunNotifier implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String name;
    private final boolean asked;
    private final Notifier notifier;
    private final RunNotices notices = new RunNotices();
    private final Queue<String> warnings = new ConcurrentLinkedQueue<>();
    private boolean ended;

    /** @param command null for none */
    RunNotifier(@Nullable String command, Path runDirectory) {
        this.name = String.valueOf(runDirectory.getFileName());
        this.asked = command != null;
        this.notifier = new Notifier(command, runDirectory, PATIENCE, warnings::add);
    }

    /** @param say takes warnings of commands that failed, a line each */
    void see(RunState state, Consumer<String> say) {
        if (asked) {
            notices.since(state).forEach(notifier::tell);
            warn(say);
        }
    }

    private void warn(Consumer<String> say) {
        for (String warning = warnings.poll(); warning != null; warning = warnings.poll()) {
            say.accept("qroar: warning: " + warning);
        }
    }

    void finished(RunReport report) {
        Best best = Best.of(report.studies());
        String failed = FailedTrials.count(report.run().failures());
        end(
                Event.FINISHED,
                "run " + name + " is finished" + (failed == null ? "" : ", but " + failed)
                        + (best == null ? "" : "; best: " + BestWords.model(best) + ": " + BestWords.figures(best)));
    }

    void stopped(String reason) {
        end(Event.STOPPED, "run " + name + " was stopped by " + reason + " and can be resumed");
    }

    void failed(String cause) {
        end(Event.FAILED, "run " + name + " failed: " + OneLine.of(cause));
    }

    private void end(Event event, String message) {
        if (!ended) {
            ended = true;
            notifier.tell(new Notice(event, null, null, message));
        }
    }

    @Override
    public void close() {
        notifier.close();
        warn(System.err::println);
    }
}
