package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.event.RunTally;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.journal.check.JournalSoundness;

/**
 * What earlier versions of the program left in mid-run is taken up and ends with the numbers of a run begun today; where
 * numbers or decisions are made otherwise since, it is refused by the field that says so, and can still be looked at.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RecordedRunsTest {
    /**
     * A run on one kind of processor may be taken up on another, whose sums differ in the last of the 24 bits of a float:
     * after four layers by some parts in a million.
     */
    private static final double TOLERANCE = 1e-4;

    /** What snapshots are stored as today. */
    private static final String SNAPSHOT = "history/1";

    private static final List<String> VERSIONS = List.of("numerics-version", "decisions-version");

    @TempDir
    static Path folder;

    private Path alone;

    @BeforeAll
    void runUndisturbed() throws IOException {
        alone = folder.resolve("alone");
        Path experiment = RecordedRun.begin(folder);
        Product.Ended ended = new Product(folder)
                .here("run", experiment.toString(), "--runs", alone.toString(), "--workers", "1", "--no-progress");
        assertThat(ended.code()).as(ended.err()).isZero();
    }

    static List<RecordedRun> recorded() throws IOException {
        return RecordedRun.all();
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void isTakenUpOrRefusedByName(RecordedRun recorded) throws Exception {
        Path runs = folder.resolve(recorded.name());
        Path directory = recorded.restore(runs, folder);
        RunTally before = tally(directory);
        assertThat(before.windows())
                .isPositive()
                .isLessThan(tally(Outcome.directory(alone)).windows());
        byte[] journal = Files.readAllBytes(directory.resolve("journal.db"));
        Product.Ended ended = new Product(folder)
                .here("resume", directory.toString(), "--runs", runs.toString(), "--workers", "1", "--no-progress");
        String changed = changedVersion(directory);
        if (changed == null) {
            assertThat(ended.code()).as(ended.err()).isZero();
            assertThat(ended.err())
                    .as("nothing is known of the machine it was begun on")
                    .isEmpty();
            requireSameOutcome(directory, before);
        } else {
            assertThat(ended.code()).as(ended.err()).isEqualTo(2);
            assertThat(ended.out()).isEmpty();
            assertThat(ended.errLines())
                    .singleElement()
                    .asString()
                    .contains("cannot be taken up", "begun with another " + changed + ": ");
            assertThat(Files.readAllBytes(directory.resolve("journal.db"))).isEqualTo(journal);
        }
    }

    private void requireSameOutcome(Path directory, RunTally before) {
        RunTally after = tally(directory);
        assertThat(after.starts()).isEqualTo(before.starts() + 1);
        assertThat(after.isFinished()).isTrue();
        // As many as undisturbed: none that was durable is measured again.
        assertThat(after.windows()).isEqualTo(tally(Outcome.directory(alone)).windows());
        Map<String, JsonNode> expected = Outcome.in(alone).numbers();
        Map<String, JsonNode> found =
                Outcome.of(Outcome.read(directory.resolve("result.json"))).numbers();
        assertThat(found.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (name, value) -> requireClose(name, found.getOrDefault(name, MissingNode.getInstance()), value));
    }

    private static void requireClose(String at, JsonNode found, JsonNode expected) {
        assertThat(found.getNodeType()).as(at).isEqualTo(expected.getNodeType());
        if (expected.isDouble()) {
            double allowed = TOLERANCE * Math.max(1, Math.abs(expected.doubleValue()));
            assertThat(Math.abs(found.doubleValue() - expected.doubleValue()))
                    .as("%s: %s, undisturbed %s", at, found, expected)
                    .isLessThanOrEqualTo(allowed);
        } else if (expected.isContainerNode()) {
            assertThat(found.size()).as(at).isEqualTo(expected.size());
            expected.fieldNames()
                    .forEachRemaining(key -> requireClose(at + "." + key, found.path(key), expected.get(key)));
            for (int i = 0; expected.isArray() && i < expected.size(); i++) {
                requireClose(at + "[" + i + "]", found.get(i), expected.get(i));
            }
        } else {
            assertThat(found).as(at).isEqualTo(expected);
        }
    }

    /** The first of the program's own versions that the run was begun with another of; null when it can be taken up. */
    private @Nullable String changedVersion(Path directory) {
        JsonNode now = fields(Outcome.directory(alone));
        JsonNode then = fields(directory);
        return VERSIONS.stream()
                .filter(version -> !now.path(version).equals(then.path(version)))
                .findFirst()
                .orElse(null);
    }

    private static JsonNode fields(Path directory) {
        return Outcome.json(Outcome.read(directory.resolve("run.json"))).get("fields");
    }

    /** Whoever changes what is stored, or how studies decide, records another: see {@link RecordRun}. */
    @Test
    void everyFormatIsRecorded() throws Exception {
        Set<String> recorded = new TreeSet<>();
        Set<String> resumable = new TreeSet<>();
        for (RecordedRun run : RecordedRun.all()) {
            Path directory = run.restore(folder.resolve("look-" + run.name()), folder);
            Set<String> manifests = manifests(directory.resolve("journal.db"));
            recorded.addAll(manifests);
            if (changedVersion(directory) == null) {
                resumable.addAll(manifests);
            }
        }
        assertThat(new RunEventCatalog().catalog().manifests()).contains(SNAPSHOT);
        assertThat(resumable).as("snapshots under today's decisions").contains(SNAPSHOT);
        assertThat(recorded).contains("run/1", "run/2", "run/3", "run/4", "history/1");
    }

    @ParameterizedTest
    @MethodSource("recorded")
    void aDamagedSnapshotIsFoundWhateverItsForm(RecordedRun recorded) throws Exception {
        Path journal = recorded.restore(folder.resolve("damage-" + recorded.name()), folder)
                .resolve("journal.db");
        boolean sealed = hasChecksums(journal);
        boolean ofToday = manifests(journal).contains(SNAPSHOT);
        try (JournalReader reader = JournalReader.open(journal, new RunEventCatalog().catalog())) {
            JournalSoundness found = reader.check("run", JournalReader.Depth.EVERYTHING);
            assertThat(found.isSound()).as(found.toString()).isTrue();
            assertThat(found.soundSnapshots()).hasSize(1);
            assertThat(found.unsealedEvents()).isEqualTo(sealed ? 0 : found.events());
            assertThat(reader.latestState("run") != null)
                    .as("other forms are passed over")
                    .isEqualTo(ofToday);
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + journal);
                Statement statement = connection.createStatement()) {
            statement.execute("update snapshot set snapshot_payload = substr(snapshot_payload, 1, 5000)"
                    + " || x'55' || substr(snapshot_payload, 5002)");
        }
        try (JournalReader reader = JournalReader.open(journal, new RunEventCatalog().catalog())) {
            JournalSoundness found = reader.check("run", JournalReader.Depth.CHECKSUMS);
            assertThat(found.damage()).isNull();
            assertThat(found.damagedSnapshots()).hasSize(sealed ? 1 : 0);
        }
    }

    private static boolean hasChecksums(Path journal) throws Exception {
        // The program first: alone, the driver unpacks a copy of its native library, and two in one process crash it.
        JournalReader.open(journal, new RunEventCatalog().catalog()).close();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + journal);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(meta_payload) from event_journal")) {
            return rows.next() && rows.getInt(1) > 0;
        }
    }

    private static Set<String> manifests(Path journal) throws Exception {
        Set<String> manifests = new TreeSet<>();
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + journal);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select distinct snapshot_ser_manifest from snapshot")) {
            while (rows.next()) {
                manifests.add(rows.getString(1));
            }
        }
        return manifests;
    }

    private static RunTally tally(Path directory) {
        RunTally tally = new RunTally();
        try (JournalReader journal =
                JournalReader.open(directory.resolve("journal.db"), new RunEventCatalog().catalog())) {
            journal.forEachEvent("run", 0, recorded -> tally.add((RunEvent) recorded.event()));
        }
        return tally;
    }
}
