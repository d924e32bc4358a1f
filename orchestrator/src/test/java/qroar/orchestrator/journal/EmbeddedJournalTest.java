package qroar.orchestrator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.journal.LedgerEvents.Measured;
import qroar.orchestrator.journal.LedgerEvents.Sum;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.protocol.BadInput;

class EmbeddedJournalTest {
    @TempDir
    Path folder;

    private Config config(Path file) {
        return JournalConfig.embedded(file, LedgerEvents.Source.class).withFallback(ConfigFactory.load());
    }

    private Sum run(Path file, int snapshotEvery, List<LedgerEvents.Ledger> events) {
        return Ledger.run(config(file), snapshotEvery, events);
    }

    @Test
    void stateIsRecoveredFromEventsAndFromSnapshots() {
        Path file = folder.resolve("journal.db");
        assertThat(run(file, 0, Ledger.numbers(0, 50))).isEqualTo(new Sum(50, 1225));
        assertThat(run(file, 10, Ledger.numbers(50, 100))).isEqualTo(new Sum(100, 4950));
        assertThat(run(file, 10, List.of())).isEqualTo(new Sum(100, 4950));
        try (JournalReader reader = JournalReader.open(file, LedgerEvents.CATALOG)) {
            assertThat(reader.persistenceIds()).containsExactly(Ledger.ID);
            assertThat(reader.lastSequenceNumber(Ledger.ID)).isEqualTo(100);
            assertThat(reader.latestState(Ledger.ID)).isNotNull().satisfies(state -> {
                assertThat(state.sequenceNumber()).isEqualTo(100);
                assertThat(state.state()).isEqualTo(new Sum(100, 4950));
            });
        }
    }

    @Test
    void readerFollowsALivingWriterWithoutStoppingIt() {
        Path file = folder.resolve("journal.db");
        ActorTestKit kit = ActorTestKit.create("live", config(file));
        try (JournalReader reader = JournalReader.open(file, LedgerEvents.CATALOG)) {
            ActorRef<Ledger.Command> ledger = kit.spawn(Ledger.create(0));
            TestProbe<Done> done = kit.createTestProbe();
            for (int i = 1; i <= 20; i++) {
                Measured event = new Measured(i, new double[] {i, Double.NaN, -0.0}, Double.NEGATIVE_INFINITY);
                ledger.tell(new Ledger.Append(List.of(event), done.ref()));
                done.receiveMessage(Ledger.PATIENCE);
                List<JournalReader.RecordedEvent> seen = reader.events(Ledger.ID, i - 1);
                assertThat(seen).hasSize(1);
                assertThat(seen.get(0).event()).isEqualTo(event);
                assertThat(seen.get(0).manifest()).isEqualTo("measured/1");
                assertThat(seen.get(0).sequenceNumber()).isEqualTo(i);
            }
        } finally {
            kit.shutdownTestKit();
        }
    }

    @Test
    void everyCommitIsSyncedAndWrittenAhead() throws Exception {
        Path file = folder.resolve("journal.db");
        Config database = config(file).getConfig("pekko-persistence-jdbc.shared-databases.qroar.db");
        assertThat(database.getString("properties.synchronous")).isEqualTo("FULL");
        try (Connection connection = DriverManager.getConnection(JournalSchema.url(file));
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("pragma journal_mode")) {
            assertThat(row.getString(1)).isEqualTo("wal");
        }
    }

    @Test
    void whatIsNoJournalIsRefusedInOneLine() throws Exception {
        Path text = Files.writeString(folder.resolve("notes.txt"), "not a database at all, but long enough".repeat(50));
        Path newer = folder.resolve("newer.db");
        // The program first: the driver would load a library of its own, and two in one process crash it.
        JournalSchema.makeIn(newer);
        Path foreign = folder.resolve("foreign.db");
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + foreign);
                Statement statement = connection.createStatement()) {
            statement.execute("create table t (x)");
        }
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + newer);
                Statement statement = connection.createStatement()) {
            statement.execute("pragma user_version = 99");
        }
        assertThatThrownBy(() -> config(text))
                .isInstanceOf(JournalDamage.class)
                .hasMessageContaining(text.toString())
                .hasMessageNotContaining("\n");
        for (Path bad :
                List.of(foreign, newer, folder, text.resolve("journal.db"), folder.resolve("absent/journal.db"))) {
            assertThatThrownBy(() -> config(bad))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining(bad.toString())
                    .hasMessageNotContaining("\n");
        }
        assertThatThrownBy(() -> JournalReader.open(folder.resolve("none.db"), LedgerEvents.CATALOG))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("does not exist");
    }

    @Test
    void damagedRowIsNamedByNumber() throws Exception {
        Path file = folder.resolve("journal.db");
        run(file, 0, Ledger.numbers(0, 3));
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            statement.execute("update event_journal set event_payload = x'7b22' where sequence_number = 2");
        }
        try (JournalReader reader = JournalReader.open(file, LedgerEvents.CATALOG)) {
            assertThatThrownBy(() -> reader.events(Ledger.ID, 0))
                    .isInstanceOf(JournalDamage.class)
                    .hasMessageContaining("event 2: its checksum does not agree")
                    .hasMessageContaining("from event 1 and keeps");
        }
    }
}
