package qroar.orchestrator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.orchestrator.journal.LedgerEvents.Measured;
import qroar.orchestrator.journal.LedgerEvents.Sum;
import qroar.orchestrator.journal.check.JournalSoundness;
import qroar.protocol.BadInput;

class PostgresJournalTest {
    private static Sum run(Journal journal, int snapshotEvery, List<LedgerEvents.Ledger> events) {
        return Ledger.run(journal.config(LedgerEvents.Source.class), snapshotEvery, events);
    }

    @Test
    void aServerKeepsEventsSnapshotsAndLocksAsTheFileDoes() throws Exception {
        try (PostgresServer server = PostgresServer.start("a journal on a real server")) {
            if (server == null) {
                return;
            }
            Journal journal = Journal.postgres(server.url());
            try (JournalReader early = journal.open(LedgerEvents.CATALOG)) {
                assertThat(early.persistenceIds()).isEmpty();
            }
            assertThat(run(journal, 0, Ledger.numbers(0, 50))).isEqualTo(new Sum(50, 1225));
            assertThat(run(journal, 10, Ledger.numbers(50, 100))).isEqualTo(new Sum(100, 4950));
            assertThat(run(journal, 10, List.of())).isEqualTo(new Sum(100, 4950));
            Measured odd = new Measured(7, new double[] {1.5, Double.NaN, -0.0}, Double.NEGATIVE_INFINITY);
            run(journal, 0, List.of(odd));
            try (JournalReader reader = journal.open(LedgerEvents.CATALOG)) {
                assertThat(reader.persistenceIds()).containsExactly(Ledger.ID);
                assertThat(reader.lastSequenceNumber(Ledger.ID)).isEqualTo(101);
                List<JournalReader.RecordedEvent> events = reader.events(Ledger.ID, 100);
                assertThat(events).singleElement().satisfies(event -> {
                    assertThat(event.event()).isEqualTo(odd);
                    assertThat(event.manifest()).isEqualTo("measured/1");
                });
                assertThat(reader.latestState(Ledger.ID))
                        .isNotNull()
                        .satisfies(state -> assertThat(state.state()).isEqualTo(new Sum(100, 4950)));
            }
            requireOneHolder(journal);
            requireDamageToBeFoundAndCut(server.url(), journal);
        }
    }

    private static void requireDamageToBeFoundAndCut(String url, Journal journal) throws Exception {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("update event_journal set event_payload = set_byte(event_payload, 12, 55)"
                    + " where sequence_number = 60");
            statement.execute("update snapshot set created = created + 1 where sequence_number = 90");
        }
        try (JournalReader reader = journal.open(LedgerEvents.CATALOG)) {
            JournalSoundness found = reader.check(Ledger.ID, JournalReader.Depth.EVERYTHING);
            assertThat(found.damage())
                    .hasMessageStartingWith("journal " + url + " is damaged at event 60: its checksum does not agree")
                    .hasMessageNotContaining("\n");
        }
        assertThat(journal.cut(Ledger.ID, LedgerEvents.CATALOG)).contains("event_journal_aside");
        try (JournalReader reader = journal.open(LedgerEvents.CATALOG)) {
            JournalSoundness found = reader.check(Ledger.ID, JournalReader.Depth.EVERYTHING);
            assertThat(found.isSound()).as(String.valueOf(found)).isTrue();
            assertThat(found.events()).isEqualTo(59);
        }
        assertThat(run(journal, 0, List.of())).isEqualTo(new Sum(59, 59 * 58 / 2));
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery("select count(*) from event_journal_aside")) {
            assertThat(rows.next()).isTrue();
            assertThat(rows.getInt(1)).isEqualTo(101 - 59);
        }
    }

    private static void requireOneHolder(Journal journal) {
        try (Journal.Held first = journal.hold("demo-1");
                Journal.Held other = journal.hold("demo-2")) {
            assertThatThrownBy(() -> journal.hold("demo-1"))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("demo-1")
                    .hasMessageContaining(
                            "in use by process " + ProcessHandle.current().pid());
            assertThat(first).isNotSameAs(other);
        }
        journal.hold("demo-1").close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "postgres",
                "jdbc:sqlite:x.db",
                "jdbc:postgresql://",
                "jdbc:postgresql://h/db?user=a b",
                "jdbc:postgresql://me:hun?ter2@h/db",
                "jdbc:postgresql://h:port/db"
            })
    void whatIsNoAddressIsRefused(String url) {
        assertThatThrownBy(() -> Journal.postgres(url))
                .isInstanceOf(BadInput.class)
                .hasMessageNotContaining("ter2")
                .hasMessageStartingWith("--journal");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:postgresql://h/db?user=me&Password=hunter2",
                "jdbc:postgresql://h/db?user=me&PASSWD=hunter2",
                "jdbc:postgresql://h/db?pwd=hunter2",
                "jdbc:postgresql://h/db?sslpassword=hunter2&user=me",
                "jdbc:postgresql://h/db?%70assword=hunter2",
                "jdbc:postgresql://h/db?p%61ss%77ord%3Dhunter2",
                "jdbc:postgresql://h/db?%2570asswd=hunter2",
                "jdbc:postgresql://me:hunter2@h/db",
                "jdbc:postgresql://me%3Ahunter2%40h/db",
                "jdbc:postgresql://hunter2@h:5432/db?user=me",
                "jdbc:postgresql://h1,me:hunter2@h2/db",
                "jdbc:postgresql://me:hunter2/x@h/db",
                "jdbc:postgresql://h/db?options=-c%20password%3Dhunter2",
                "jdbc:postgresql://h/db?socketFactoryArg=user=me;password=hunter2",
                "jdbc:postgresql://h/db?x={\"password\":\"hunter2\"}",
                "jdbc:postgresql://h/db#password=hunter2",
                "jdbc:postgresql://h/password=hunter2",
                "postgres://me:hunter2@h/db",
                "postgresql://h/db?user=me&password=hunter2",
                "host=h password=hunter2",
                "jdbc:mysql://h/db?authToken=hunter2"
            })
    void aPasswordAnywhereInAnAddressIsRefusedAndNotRepeated(String url) {
        assertThatThrownBy(() -> Journal.postgres(url))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("--journal")
                .hasMessageContaining("PGPASSWORD")
                .hasMessageContaining("~/.pgpass")
                .hasMessageNotContaining("hunter2");
        String line = JournalAddress.redacted("Unmatched argument at index 2: '" + url + "' (see --help)");
        if (url.contains("://")) {
            assertThat(line).doesNotContain("hunter2").startsWith("Unmatched").endsWith("(see --help)");
        }
    }

    @Test
    void anAddressWithoutAPasswordIsLetInAndRepeatedAsItIs() {
        for (String url : List.of(
                "jdbc:postgresql://h:5432/db?user=me",
                "jdbc:postgresql://h1:5432,h2:5433/db?user=me%40realm&sslmode=verify-full&sslrootcert=/etc/ca.pem",
                "jdbc:postgresql://[::1]/db?user=me&passfile=/home/me/.pgpass")) {
            assertThat(Journal.postgres(url)).hasToString(url);
            assertThat(JournalAddress.redacted("journal " + url + " cannot be read"))
                    .isEqualTo("journal " + url + " cannot be read");
        }
        String other = "key 'tokens': https://hub/x has no token: it must";
        assertThat(JournalAddress.redacted(other)).isEqualTo(other);
    }

    @Test
    void aServerThatIsNotThereIsNamedInOneLine() {
        Journal nowhere = Journal.postgres("jdbc:postgresql://127.0.0.1:1/none?user=me");
        assertThatThrownBy(() -> nowhere.config(LedgerEvents.Source.class))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("jdbc:postgresql://127.0.0.1:1/none")
                .hasMessageNotContaining("\n");
        assertThatThrownBy(() -> nowhere.open(LedgerEvents.CATALOG)).isInstanceOf(BadInput.class);
        assertThatThrownBy(() -> nowhere.hold("run")).isInstanceOf(BadInput.class);
    }
}
