package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.endtoend.Outcome;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Several processes, and everything that a shared box does to them, end with the numbers of one process left alone. */
@Timeout(1800)
class DisturbedRunTest {
    private static final String CRAWLING = "slow@*#0=500";

    @TempDir
    private Path folder = Path.of("");

    @Test
    void killedStoppedAndBotheredRunEndsWithTheNumbersOfOneProcess() throws Exception {
        String file = DemoRun.BRIEF.file(folder);
        Path shared = folder.resolve("shared");
        try (Fleet fleet = new Fleet(folder)) {
            String place = "127.0.0.1:" + Fleet.freePort();
            String[] coordinate = {"coordinator", file, "--listen", place, "--runs", shared.toString()};

            Fleet.Member coordinator = fleet.start(coordinate);
            coordinator.await("listening on " + place);
            Fleet.Member doomed = fleet.faulty(place, shared, file, List.of(), CRAWLING);
            Fleet.Member other = fleet.faulty(place, shared, file, List.of(), CRAWLING);
            Fleet.until(
                    Duration.ofSeconds(600), "window", () -> Fleet.tally(shared).windows() > 0);

            doomed.kill();
            Strangers.bother(place, folder.resolve("strangers"));
            other.await("joined");
            long before = Fleet.tally(shared).windows();
            Fleet.until(
                    Duration.ofSeconds(600),
                    "window after a kill",
                    () -> Fleet.tally(shared).windows() > before + 2);

            other.signal("STOP");
            Fleet.Member third = fleet.faulty(place, shared, file, List.of(), CRAWLING);
            third.await("joined");
            other.signal("CONT");

            coordinator.kill();
            Fleet.Member successor = fleet.start(coordinate);
            fleet.release();
            assertThat(successor.ended()).as(successor.said()).isZero();
            // Also whoever was away when the run ended.
            assertThat(third.ended()).as(third.said()).isZero();
            assertThat(other.ended()).as(other.said()).isZero();
        }
        assertThat(Outcome.in(shared).numbers()).isEqualTo(DemoRun.BRIEF.numbers());
        var tally = Fleet.tally(shared);
        assertThat(tally.starts()).isEqualTo(2);
        assertThat(tally.failed()).isZero();
        assertThat(tally.attemptsFailed()).as("none of it is the trials' fault").isZero();
        Path log = RunDirectory.list(shared).get(0).log();
        assertThat(Files.readAllLines(log)).as("a flood in the log").hasSizeLessThan(1_000);
        System.out.println("disturbed run: " + tally.windows() + " windows, " + tally.attemptsFailed()
                + " attempts failed, " + tally.starts() + " starts, log of " + Files.size(log) + " bytes");
    }
}
