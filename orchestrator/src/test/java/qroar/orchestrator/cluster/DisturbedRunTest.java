package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.endtoend.Outcome;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Several processes, and everything that a shared box does to them, end with the numbers of one process left alone. */
@Timeout(300)
class DisturbedRunTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void killedStoppedAndBotheredRunEndsWithTheNumbersOfOneProcess() throws Exception {
        String file = DemoRun.file(folder);
        Path shared = folder.resolve("shared");
        try (Fleet fleet = new Fleet(folder)) {
            String place = "127.0.0.1:" + Fleet.freePort();
            String[] coordinate = {"coordinator", file, "--listen", place, "--runs", shared.toString()};
            String[] join = {"worker", "--join", place, "--runs", shared.toString(), "--experiment", file};

            Fleet.Member coordinator = fleet.start(coordinate);
            coordinator.await("listening on " + place);
            Fleet.Member doomed = fleet.start(join);
            Fleet.Member other = fleet.start(join);
            Fleet.until(
                    Duration.ofSeconds(90), "window", () -> Fleet.tally(shared).windows() > 0);

            doomed.kill();
            Strangers.bother(place, folder.resolve("strangers"));
            other.await("joined");
            long before = Fleet.tally(shared).windows();
            Fleet.until(
                    Duration.ofSeconds(90),
                    "window after a kill",
                    () -> Fleet.tally(shared).windows() > before + 2);

            other.signal("STOP");
            Fleet.Member third = fleet.start(join);
            third.await("joined");
            other.signal("CONT");

            coordinator.kill();
            Fleet.Member successor = fleet.start(coordinate);
            assertThat(successor.ended()).as(successor.said()).isZero();
            // Whoever was away when the run ended waits for another coordinator; whoever was there ends with it.
            Fleet.until(
                    Duration.ofSeconds(60),
                    "worker that ends with the run",
                    () -> third.hasEndedWell() || other.hasEndedWell());
        }
        assertThat(Outcome.in(shared).numbers()).isEqualTo(DemoRun.numbers());
        var tally = Fleet.tally(shared);
        assertThat(tally.starts()).isEqualTo(2);
        assertThat(tally.failed()).isZero();
        Path log = RunDirectory.list(shared).get(0).log();
        assertThat(Files.readAllLines(log)).as("a flood in the log").hasSizeLessThan(1_000);
        System.out.println("disturbed run: " + tally.windows() + " windows, " + tally.attemptsFailed()
                + " attempts failed, " + tally.starts() + " starts, log of " + Files.size(log) + " bytes");
    }
}
