package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.event.RunTally;
import qroar.orchestrator.journal.JournalReader;

/**
 * Makes a {@link RecordedRun}: begins the recorded experiment, kills the process in mid-run, behind a snapshot, and keeps
 * what it left. Workers are named after their host, so let its name be one that may be told. No part of the build:
 *
 * <pre>mvn -Pquick -pl orchestrator -am test -Dtest=RecordRun -Dsurefire.failIfNoSpecifiedTests=false -Drecord=NAME</pre>
 *
 * {@code record} names the new folder in {@code src/test/resources/recorded-runs}; {@code record.checkout}, a checkout of
 * an earlier version, has its {@code qroar} run instead of what is built here.
 */
class RecordRun {
    private static final int EVENTS_PER_SNAPSHOT = 24;
    private static final int WINDOWS = 24;
    private static final long MOST_BYTES = 300_000;
    private static final long PATIENCE_NANOS = 300_000_000_000L;

    @TempDir
    private Path folder = Path.of("");

    @Test
    void interruptedRun() throws Exception {
        String name = Objects.requireNonNull(System.getProperty("record"), "-Drecord=NAME");
        RecordedRun made = new RecordedRun(RecordedRun.home().resolve(name));
        assertThat(made.source()).doesNotExist();
        Path runs = folder.resolve("runs");
        Process process = start(RecordedRun.begin(folder), runs);
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        while (windows(runs) < WINDOWS) {
            assertThat(process.isAlive()).as(said()).isTrue();
            assertThat(System.nanoTime()).as(said()).isLessThan(deadline);
            LockSupport.parkNanos(2_000_000);
        }
        process.destroyForcibly().waitFor();
        Path directory = Outcome.directory(runs);
        Path journal = folder.resolve("journal.db");
        strip(directory.resolve("journal.db"), journal);
        made.keep(directory, journal, folder);
        long bytes = Files.size(made.source().resolve("journal.db.gz"));
        System.out.println("recorded " + made.source() + ", " + bytes + " bytes");
        assertThat(bytes).isLessThan(MOST_BYTES);
    }

    private Process start(Path experiment, Path runs) throws Exception {
        String snapshots = "-Dqroar.coordinator.events-per-snapshot=" + EVENTS_PER_SNAPSHOT;
        @Nullable String checkout = System.getProperty("record.checkout");
        List<String> command = new ArrayList<>(
                checkout == null
                        ? new Product(folder).with(snapshots).launcher()
                        : List.of(Path.of(checkout).resolve("qroar").toString()));
        command.addAll(List.of("run", experiment.toString(), "--runs", runs.toString()));
        command.addAll(List.of("--workers", "1", "--threads", "1", "--no-progress"));
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("said").toFile());
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        builder.environment().put("QROAR_JAVA_OPTS", snapshots);
        return builder.start();
    }

    private String said() {
        return Outcome.read(folder.resolve("said"));
    }

    private static long windows(Path runs) {
        if (!Files.isDirectory(runs)) {
            return 0;
        }
        try (var journals = Files.newDirectoryStream(runs, "recorded-*")) {
            RunTally tally = new RunTally();
            for (Path run : journals) {
                Path journal = run.resolve("journal.db");
                if (Files.exists(journal)) {
                    try (JournalReader reader = JournalReader.open(journal, new RunEventCatalog().catalog())) {
                        reader.forEachEvent("run", 0, row -> tally.add((RunEvent) row.event()));
                    }
                }
            }
            assertThat(tally.isFinished())
                    .as("the process was not killed in time")
                    .isFalse();
            return tally.windows();
        } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    /**
     * All events and a snapshot in one small file, as they were written: each has its checksum. Of two snapshots the older
     * one: it is smaller, and is what a process leaves that is killed while it writes the newer.
     */
    private static void strip(Path from, Path to) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + from);
                Statement statement = connection.createStatement()) {
            statement.execute(
                    "delete from snapshot where sequence_number > (select min(sequence_number) from snapshot)");
            statement.execute("vacuum into '" + to + "'");
        }
    }
}
