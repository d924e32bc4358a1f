package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.journal.PostgresServer;

/** Runs whose journal is in a database that others use: killed, looked at, refused to a second, and taken up. */
class SharedJournalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(600);

    @TempDir
    Path folder;

    @Test
    void aKilledRunIsTakenUpFromTheServerWithTheSameNumbers() throws Exception {
        try (PostgresServer server = PostgresServer.start("a run with its journal on a server")) {
            if (server == null) {
                return;
            }
            Product qroar = new Product(folder);
            String experiment = new SmallExperiment(folder)
                    .lasting()
                    .with("quantizer", "\"rtn:bits=3,group=64\"")
                    .file();
            String[] shared = {
                "run",
                experiment,
                "--runs",
                folder.resolve("shared").toString(),
                "--journal",
                server.url(),
                "--workers",
                "1",
                "--json",
                "--no-progress"
            };
            Product.Running first = qroar.start(shared);
            long deadline = System.nanoTime() + PATIENCE.toNanos();
            while (windows(qroar) < 5 && first.isAlive() && System.nanoTime() < deadline) {
                LockSupport.parkNanos(50_000_000);
            }
            String[] elsewhere = shared.clone();
            elsewhere[3] = folder.resolve("elsewhere").toString();
            Product.Ended refused = qroar.here(elsewhere);
            boolean alive = first.isAlive();
            first.kill();
            assertThat(alive)
                    .as("the holder outlived the second: " + Outcome.read(first.err()))
                    .isTrue();
            assertThat(refused.code()).as(refused.err()).isEqualTo(2);
            assertThat(refused.errLines())
                    .singleElement()
                    .asString()
                    .contains("in use by process " + first.process().pid());
            long before = windows(qroar);

            Product.Ended resumed = qroar.here(
                    "resume", Outcome.directory(folder.resolve("shared")).toString(), "--json", "--no-progress");
            assertThat(resumed.code()).as(resumed.err()).isZero();
            Product.Ended alone = qroar.here(
                    "run", experiment, "--runs", folder.resolve("alone").toString(), "--json", "--no-progress");
            assertThat(alone.code()).as(alone.err()).isZero();
            assertThat(Outcome.of(resumed.out()).numbers())
                    .isEqualTo(Outcome.of(alone.out()).numbers());
            assertThat(Outcome.directory(folder.resolve("shared")).resolve("journal.db"))
                    .doesNotExist();
            JsonNode status = status(qroar);
            assertThat(status.get("state").asText()).isEqualTo("finished");
            assertThat(status.get("starts").asInt()).isEqualTo(2);
            assertThat(status.get("windowsMeasured").asLong()).isGreaterThan(before);
            assertThat(before).isGreaterThanOrEqualTo(5);
        }
    }

    private long windows(Product qroar) {
        return status(qroar).path("windowsMeasured").asLong();
    }

    /** Of the only run; without fields where there is none yet. */
    private JsonNode status(Product qroar) {
        Product.Ended ended =
                qroar.here("status", "--runs", folder.resolve("shared").toString(), "--json");
        assertThat(ended.code()).as(ended.err()).isZero();
        return Outcome.json(ended.out()).path(0);
    }
}
