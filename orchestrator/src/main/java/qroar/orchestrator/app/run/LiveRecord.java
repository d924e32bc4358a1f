package qroar.orchestrator.app.run;

import java.io.IOException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.live.Dashboard;
import qroar.orchestrator.app.live.LiveView;
import qroar.orchestrator.app.result.RunReports;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.reports.ProgressFile;
import qroar.reports.live.LiveRun;
import qroar.reports.model.RunState;

/**
 * A run under way taken down every second, and in {@code progress.json} for other processes. A run does without that file: where it
 * cannot be written, that is logged once. Confined to one thread.
 */
final class LiveRecord {
    private static final Logger LOG = LoggerFactory.getLogger(LiveRecord.class);
    private static final long EVERY_NANOS = TimeUnit.SECONDS.toNanos(1);

    private static final int SPARING = 20;

    private final RunDirectory directory;
    private final LiveView view;
    private final @Nullable Dashboard page;
    private long nextNanos = System.nanoTime();
    private boolean refused;

    /** @param page that shows it too; null for none */
    LiveRecord(RunDirectory directory, ExperimentInput input, @Nullable Dashboard page) {
        this.directory = directory;
        this.page = page;
        if (page != null) {
            page.follow(directory.path());
        }
        this.view = new LiveView(
                directory.name(),
                input.definition().name(),
                RunReports.modelName(input.definition().model().directory()));
    }

    /** Whether the last look is old enough, or the run is over. */
    boolean isDue(RunView run) {
        return System.nanoTime() - nextNanos >= 0 || run.state().isOver();
    }

    LiveRun see(RunView run) {
        long begun = System.nanoTime();
        LiveRun now = view.of(run, RunState.RUNNING);
        tell(now);
        // Of thousands of studies to tell takes a while, which is to stay a small part of the time.
        long told = System.nanoTime();
        nextNanos = told + Math.max(EVERY_NANOS, SPARING * (told - begun));
        return now;
    }

    /** How the run stands when this process leaves it; null where nothing is known of it. */
    void end(@Nullable RunView last, RunState standing) {
        if (last != null) {
            tell(view.of(last, standing));
        }
    }

    private void tell(LiveRun now) {
        if (page != null) {
            page.show(now);
        }
        try {
            ProgressFile.write(directory.path(), now);
        } catch (IOException e) {
            if (!refused) {
                LOG.info("{} is not written: {}", ProgressFile.NAME, e.toString());
            }
            refused = true;
        }
    }
}
