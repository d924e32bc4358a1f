package qroar.orchestrator.journal;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.journal.LedgerEvents.Measured;
import qroar.orchestrator.journal.LedgerEvents.Sum;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.check.JournalSoundness;
import qroar.orchestrator.journal.codec.EventCodec;
import qroar.orchestrator.journal.codec.PackedNumbers;
import qroar.protocol.BadInput;

/**
 * Whatever happens to a journal's bytes or rows: what is read is what was written, or a part of it from the first event
 * on, or one line says which event is damaged. Never another number. {@code -Dseed=} replays, {@code -Dmutants=} does more.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DamagedJournalTest {
    private static final int EVENTS = 60;
    private static final int MUTANTS = Integer.getInteger("mutants", 330);
    /** Each starts an actor system. */
    private static final int RECOVERED_BY_PEKKO = 12;

    @TempDir
    static Path folder;

    private byte[] whole = new byte[0];
    private List<LedgerEvents.Ledger> written = List.of();
    private List<Sum> sums = List.of();
    private int recovered;

    @BeforeAll
    void record() throws IOException {
        Random random = new Random(7);
        written = IntStream.range(0, EVENTS)
                .<LedgerEvents.Ledger>mapToObj(i -> i % 3 == 0
                        ? new LedgerEvents.Counted(i, "note " + i)
                        : new Measured(i, random.doubles(20, 1, 9).toArray(), random.nextDouble()))
                .toList();
        List<Sum> prefixes = new ArrayList<>(List.of(new Sum(0, 0)));
        for (LedgerEvents.Ledger event : written) {
            Sum last = prefixes.get(prefixes.size() - 1);
            long number = event instanceof LedgerEvents.Counted counted ? counted.number() : 0;
            prefixes.add(new Sum(last.count() + 1, last.total() + number));
        }
        sums = prefixes;
        Path file = folder.resolve("whole.db");
        assertThat(Ledger.run(config(file), 7, written)).isEqualTo(sums.get(EVENTS));
        assertThat(Path.of(file + "-wal")).doesNotExist();
        whole = Files.readAllBytes(file);
    }

    private static com.typesafe.config.Config config(Path file) {
        return JournalConfig.embedded(file, LedgerEvents.Source.class).withFallback(ConfigFactory.load());
    }

    /** What was done to a copy of the journal. */
    private interface Mutation {
        void apply(Path file, Random random) throws Exception;
    }

    private Map<String, Mutation> mutations() {
        Map<String, Mutation> all = new TreeMap<>();
        all.put("a bit of a stored loss", this::flipLoss);
        all.put("a bit anywhere", (file, random) -> flip(file, random.nextInt(whole.length), random));
        all.put("a bit of the schema", (file, random) -> flip(file, random.nextInt(4096), random));
        all.put("a page", this::scribble);
        all.put(
                "a truncated file",
                (file, random) -> Files.write(file, Arrays.copyOf(whole, random.nextInt(whole.length))));
        all.put("a foreign log", this::foreignLog);
        all.put("swapped events", (file, random) -> {
            int a = 1 + random.nextInt(EVENTS);
            int b = 1 + (a + random.nextInt(EVENTS - 1)) % EVENTS;
            sql(file, renumber(a, -1), renumber(b, a), renumber(-1, b));
        });
        all.put("swapped contents", (file, random) -> {
            int a = 1 + random.nextInt(EVENTS - 1);
            sql(
                    file,
                    "update event_journal set (event_payload, event_ser_manifest, meta_payload) = (select event_payload,"
                            + " event_ser_manifest, meta_payload from event_journal o where o.sequence_number = "
                            + (a + 1)
                            + ") where sequence_number = " + a);
        });
        all.put("a missing event", (file, random) -> sql(file, "delete from event_journal where " + one(random)));
        all.put("a doubled event", (file, random) -> {
            int to = 1 + random.nextInt(EVENTS);
            int from = 1 + (to + random.nextInt(EVENTS - 1)) % EVENTS;
            sql(
                    file,
                    "delete from event_journal where sequence_number = " + to,
                    "insert into event_journal select null, deleted, persistence_id, " + to
                            + ", writer, write_timestamp,"
                            + " adapter_manifest, event_payload, event_ser_id, event_ser_manifest, meta_payload,"
                            + " meta_ser_id, meta_ser_manifest from event_journal where sequence_number = " + from);
        });
        all.put(
                "a snapshot's number",
                (file, random) -> sql(
                        file,
                        "update snapshot set sequence_number = sequence_number + 1"
                                + " where sequence_number = (select max(sequence_number) from snapshot)"));
        all.put(
                "a snapshot's content",
                (file, random) -> sql(
                        file,
                        "update snapshot set snapshot_payload ="
                                + " cast(replace(cast(snapshot_payload as text), '\"count\":', '\"count\":1') as blob)"));
        all.put("no events but a snapshot", (file, random) -> sql(file, "delete from event_journal"));
        for (String damage : List.of(
                "deleted = 1",
                "deleted = 'no'",
                "event_ser_id = 4",
                "meta_ser_id = 0",
                "meta_ser_manifest = 'seal/2'",
                "event_ser_manifest = 'counted/2'",
                "event_payload = 17",
                "event_payload = '{}'",
                "meta_payload = null",
                "meta_payload = x'00'",
                "writer = 'somebody'",
                "sequence_number = 'x'",
                "sequence_number = sequence_number + 0.5",
                "write_timestamp = 5",
                "persistence_id = 'other'")) {
            all.put(
                    damage,
                    (file, random) -> sql(file, "update event_journal set " + damage + " where " + one(random)));
        }
        for (String schema : List.of(
                "drop table snapshot",
                "drop table event_journal",
                "drop table qroar_begun_unsealed",
                "alter table event_journal rename column event_payload to gone",
                "pragma user_version = 0",
                "pragma user_version = -3",
                "pragma application_id = 5")) {
            all.put(schema, (file, random) -> sql(file, schema));
        }
        return all;
    }

    private static String one(Random random) {
        return "sequence_number = " + (1 + random.nextInt(EVENTS));
    }

    private static String renumber(int from, int to) {
        return "update event_journal set sequence_number = " + to + " where sequence_number = " + from;
    }

    private static void sql(Path file, String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private static void flip(Path file, int at, Random random) throws IOException {
        byte[] bytes = Files.readAllBytes(file);
        bytes[at] ^= (byte) (1 << random.nextInt(8));
        Files.write(file, bytes);
    }

    /** In the row, for a file may also hold what was there before. */
    private void flipLoss(Path file, Random random) throws SQLException {
        int number = 2 + 3 * random.nextInt(EVENTS / 3);
        Measured event = (Measured) written.get(number - 1);
        byte[] payload = new EventCodec(LedgerEvents.CATALOG).encode(event);
        int losses = new String(payload, ISO_8859_1).indexOf(PackedNumbers.pack(event.nllNats()));
        assertThat(losses).isPositive();
        payload[losses + random.nextInt(20 * 8 * 4 / 3)] ^= (byte) (1 << random.nextInt(8));
        sql(
                file,
                "update event_journal set event_payload = x'" + HexFormat.of().formatHex(payload)
                        + "' where sequence_number = " + number);
    }

    private void scribble(Path file, Random random) throws IOException {
        byte[] bytes = whole.clone();
        byte[] rubbish = new byte[1 + random.nextInt(4096)];
        random.nextBytes(rubbish);
        System.arraycopy(rubbish, 0, bytes, random.nextInt(bytes.length - rubbish.length), rubbish.length);
        Files.write(file, bytes);
    }

    private void foreignLog(Path file, Random random) throws IOException {
        byte[] rubbish = new byte[random.nextInt(9000)];
        random.nextBytes(rubbish);
        Files.write(Path.of(file + "-wal"), rubbish);
    }

    @Test
    void whatIsReadIsWhatWasWrittenOrALineNamesTheDamage() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Map<String, Mutation> mutations = mutations();
        List<String> names = List.copyOf(mutations.keySet());
        Map<String, int[]> outcomes = new TreeMap<>();
        for (int i = 0; i < MUTANTS; i++) {
            String name = names.get(i % names.size());
            Path mutant = Files.createDirectory(folder.resolve("mutant-" + i)).resolve("journal.db");
            Files.write(mutant, whole);
            Objects.requireNonNull(mutations.get(name)).apply(mutant, new Random(seed + i));
            String what = String.format(Locale.ROOT, "seed %d, mutant %d: %s", seed, i, name);
            int outcome = outcome(what, mutant);
            outcomes.computeIfAbsent(name, n -> new int[3])[outcome]++;
        }
        outcomes.forEach((name, counts) -> System.out.printf(
                Locale.ROOT, "%-60s all events %3d, fewer %3d, named %3d%n", name, counts[0], counts[1], counts[2]));
        assertThat(outcomes.get("a bit of a stored loss")).as("all are found").startsWith(0, 0);
        assertThat(recovered).isPositive();
    }

    /** 0: everything was read, 1: a part from the first event on, 2: the damage was named. */
    private int outcome(String what, Path mutant) throws IOException {
        try (JournalReader reader = JournalReader.open(mutant, LedgerEvents.CATALOG)) {
            JournalSoundness found = reader.check(Ledger.ID, JournalReader.Depth.CHECKSUMS);
            if (found.damage() != null) {
                requireALine(what, found.damage());
                requireCut(what, mutant, found.events());
                return 2;
            }
            List<LedgerEvents.Ledger> read = new ArrayList<>();
            reader.forEachEvent(Ledger.ID, 0, event -> read.add((LedgerEvents.Ledger) event.event()));
            assertThat(read).as(what).isEqualTo(written.subList(0, read.size()));
            JournalReader.RecordedState state = reader.latestState(Ledger.ID);
            if (state != null) {
                assertThat(state.state()).as(what).isEqualTo(sums.get((int) state.sequenceNumber()));
            }
            if (!found.damagedSnapshots().isEmpty()) {
                Journal.embedded(mutant).keepSnapshots(Ledger.ID, found.soundSnapshots());
            }
            requireRecovery(what, mutant, read.size(), !found.damagedSnapshots().isEmpty());
            return read.size() == EVENTS ? 0 : 1;
        } catch (JournalDamage | BadInput named) {
            requireALine(what, named);
            if (named instanceof JournalDamage) {
                requireCut(what, mutant, 0);
            }
            return 2;
        } catch (RuntimeException trace) {
            return fail(what, trace);
        }
    }

    private static void requireALine(String what, RuntimeException named) {
        assertThat(named.getMessage()).as(what).contains("journal.db").doesNotContain("\n", ": null");
        assertThat(named).as(what).message().hasSizeLessThan(900);
    }

    /** What the damage left is taken up from there, and what was there is kept. */
    private void requireCut(String what, Path mutant, long sound) throws IOException {
        Path copy = Files.createDirectory(mutant.resolveSibling("cut")).resolve("journal.db");
        Files.copy(mutant, copy, StandardCopyOption.REPLACE_EXISTING);
        String aside = Journal.embedded(copy).cut(Ledger.ID, LedgerEvents.CATALOG);
        assertThat(Files.readAllBytes(Path.of(aside))).as(what).isEqualTo(Files.readAllBytes(mutant));
        try (JournalReader reader = JournalReader.open(copy, LedgerEvents.CATALOG)) {
            JournalSoundness found = reader.check(Ledger.ID, JournalReader.Depth.EVERYTHING);
            assertThat(found.isSound()).as(what + ": " + found).isTrue();
            assertThat(found.events()).as(what).isEqualTo(sound);
        }
        if (sound > 0 && sound < EVENTS) {
            requireRecovery(what, copy, (int) sound, true);
        }
    }

    private void requireRecovery(String what, Path file, int events, boolean rare) {
        if (recovered < (rare ? RECOVERED_BY_PEKKO : RECOVERED_BY_PEKKO / 2)) {
            recovered++;
            assertThat(Ledger.run(config(file), 0, List.of())).as(what).isEqualTo(sums.get(events));
        }
    }

    /** Journals of before there were checksums, with events of today behind. */
    @Test
    void anOldJournalIsReadAndWhatIsAddedToItHasChecksums() throws Exception {
        Path old = Files.createDirectory(folder.resolve("old")).resolve("journal.db");
        Files.write(old, whole);
        sql(
                old,
                "update event_journal set meta_payload = null, meta_ser_id = null, meta_ser_manifest = null",
                "update snapshot set meta_payload = null, meta_ser_id = null, meta_ser_manifest = null",
                "drop table qroar_begun_unsealed",
                "pragma user_version = 1");
        try (JournalReader reader = JournalReader.open(old, LedgerEvents.CATALOG)) {
            JournalSoundness found = reader.check(Ledger.ID, JournalReader.Depth.EVERYTHING);
            assertThat(found.isSound()).as(String.valueOf(found)).isTrue();
            assertThat(found.unsealedEvents()).isEqualTo(EVENTS);
        }
        Sum longer = Ledger.run(config(old), 7, Ledger.numbers(0, 20));
        assertThat(longer.count()).isEqualTo(EVENTS + 20);
        try (JournalReader reader = JournalReader.open(old, LedgerEvents.CATALOG)) {
            JournalSoundness found = reader.check(Ledger.ID, JournalReader.Depth.EVERYTHING);
            assertThat(found.isSound()).as(String.valueOf(found)).isTrue();
            assertThat(found.events()).isEqualTo(EVENTS + 20);
            assertThat(found.unsealedEvents()).isEqualTo(EVENTS);
        }
        sql(old, "update event_journal set meta_payload = null where sequence_number = " + (EVENTS + 5));
        try (JournalReader reader = JournalReader.open(old, LedgerEvents.CATALOG)) {
            JournalDamage damage =
                    reader.check(Ledger.ID, JournalReader.Depth.CHECKSUMS).damage();
            assertThat(damage).hasMessageContaining("event " + (EVENTS + 5) + ": it has lost its checksum");
        }
    }
}
