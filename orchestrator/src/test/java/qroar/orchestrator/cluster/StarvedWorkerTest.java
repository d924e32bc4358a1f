package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.endtoend.Outcome;

/** A worker that is kept from computing is waited for, and costs no attempt. */
@Timeout(1800)
class StarvedWorkerTest {
    /** Suspended nearly always: a twentieth of the time is left. */
    private static final long SUSPENDED_MILLIS = 950;

    private static final long RUNS_MILLIS = 50;
    private static final int SLICES = 12;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void workerThatHasATwentiethOfItsTimeFailsNoAttempt() throws Exception {
        // A tenth of the product's deadlines, but for silence: pulses come late from such a worker.
        List<String> pace = new ArrayList<>(List.of(
                "-Dqroar.coordinator.silence=10s",
                "-Dqroar.coordinator.window-deadline-floor=500ms",
                "-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=20s",
                "-Dpekko.coordinated-shutdown.default-phase-timeout=2s"));
        String file = DemoRun.BRIEF.file(folder);
        Path runs = folder.resolve("runs");
        try (Fleet fleet = new Fleet(folder, pace)) {
            String place = "127.0.0.1:" + Fleet.freePort();
            Fleet.Member coordinator = fleet.start("coordinator", file, "--listen", place, "--runs", runs.toString());
            coordinator.await("listening on " + place);
            Fleet.Member worker = fleet.start(
                    "worker", "--join", place, "--runs", runs.toString(), "--experiment", file, "--device", "cpu");
            Fleet.until(
                    Duration.ofSeconds(600), "window", () -> Fleet.tally(runs).windows() > 0);
            for (int i = 0; i < SLICES && worker.process().isAlive(); i++) {
                worker.signal("STOP");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(SUSPENDED_MILLIS));
                worker.signal("CONT");
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(RUNS_MILLIS));
            }
            assertThat(coordinator.ended()).as(coordinator.said()).isZero();
            assertThat(worker.ended()).as(worker.said()).isZero();
        }
        assertThat(Fleet.events(runs)).noneMatch(RunEvent.AttemptFailed.class::isInstance);
        assertThat(Outcome.in(runs).numbers()).isEqualTo(DemoRun.BRIEF.numbers());
    }
}
