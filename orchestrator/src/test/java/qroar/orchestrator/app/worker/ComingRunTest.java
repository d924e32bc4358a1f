package qroar.orchestrator.app.worker;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.cluster.Endpoint;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;

class ComingRunTest {
    private static final Endpoint PLACE = new Endpoint("127.0.0.1", 7711);

    @TempDir
    Path runs;

    private RunDirectory run(String name, Endpoint listened) throws Exception {
        RunDirectory run = RunDirectory.open(
                runs, new RunManifest(RunManifest.FORMAT, name, "ab".repeat(32), Map.of(), Instant.EPOCH));
        Files.createDirectories(run.path().resolve("tls"));
        Files.writeString(run.path().resolve("tls/address"), listened + "\n");
        return run;
    }

    @Test
    void theRunThatBeginsToListenIsFound() throws Exception {
        run("earlier", PLACE);
        CompletableFuture<ComingRun.Found> found =
                CompletableFuture.supplyAsync(() -> ComingRun.await(PLACE, runs, Duration.ofMinutes(5)));
        RunDirectory elsewhere = run("elsewhere", new Endpoint("127.0.0.1", 7712));
        RunDirectory wanted = run("wanted", PLACE);
        try (RunLock other = RunLock.acquire(elsewhere.lock());
                RunLock ours = RunLock.acquire(wanted.lock())) {
            assertThat(found.get().end()).isNull();
            assertThat(found.get().run())
                    .isNotNull()
                    .extracting(RunDirectory::name)
                    .isEqualTo(wanted.name());
        }
    }

    @Test
    void patienceEnds() throws Exception {
        run("left", PLACE);
        ComingRun.Found found = ComingRun.await(PLACE, runs, Duration.ZERO);
        assertThat(found.run()).isNull();
        assertThat(found.end()).isEqualTo(ExitCode.INCOMPLETE);
    }
}
