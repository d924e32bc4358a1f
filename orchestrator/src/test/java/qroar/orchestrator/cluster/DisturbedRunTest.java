package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Several processes, and everything that a shared box does to them, end with the numbers of one process left alone. */
@Timeout(300)
class DisturbedRunTest {
    @TempDir
    private Path folder = Path.of("");

    private Path experiment() throws IOException {
        Path demo = Fleet.sampleDemo();
        return Files.writeString(folder.resolve("small.yaml"), """
                name: small
                model: %1$s/model
                documents:
                  search: ["%1$s/documents/search-0[0-1].txt"]
                  held-out: ["%1$s/documents/held-out-00.txt"]
                lengths: [512, 1024]
                rope: yarn:factor=4
                quantizer: "rtn:bits=3,group=64"
                bands: 3
                grid: 5
                mode: shared
                """.formatted(demo));
    }

    private static JsonNode studies(Path runs) throws IOException {
        RunDirectory run = RunDirectory.list(runs).get(0);
        return new ObjectMapper().readTree(Files.readString(run.result())).get("studies");
    }

    @Test
    void killedStoppedAndBotheredRunEndsWithTheNumbersOfOneProcess() throws Exception {
        String file = experiment().toString();
        Path single = folder.resolve("single");
        Path shared = folder.resolve("shared");
        try (Fleet fleet = new Fleet(folder)) {
            assertThat(fleet.start("run", file, "--runs", single.toString(), "--workers", "1", "--no-progress")
                            .ended())
                    .isZero();
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
        assertThat(studies(shared)).isEqualTo(studies(single));
        var tally = Fleet.tally(shared);
        assertThat(tally.starts()).isEqualTo(2);
        assertThat(tally.failed()).isZero();
        Path log = RunDirectory.list(shared).get(0).log();
        assertThat(Files.readAllLines(log)).as("a flood in the log").hasSizeLessThan(1_000);
        System.out.println("disturbed run: " + tally.windows() + " windows, " + tally.attemptsFailed()
                + " attempts failed, " + tally.starts() + " starts, log of " + Files.size(log) + " bytes");
    }
}
