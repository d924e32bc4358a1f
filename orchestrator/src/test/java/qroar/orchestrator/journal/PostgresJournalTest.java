package qroar.orchestrator.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.orchestrator.journal.LedgerEvents.Counted;
import qroar.orchestrator.journal.LedgerEvents.Measured;
import qroar.orchestrator.journal.LedgerEvents.Sum;
import qroar.protocol.BadInput;

class PostgresJournalTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private static Sum run(Journal journal, int snapshotEvery, List<LedgerEvents.Ledger> events) {
        ActorTestKit kit = ActorTestKit.create(
                "ledger", journal.config(LedgerEvents.Source.class).withFallback(ConfigFactory.load()));
        try {
            ActorRef<Ledger.Command> ledger = kit.spawn(Ledger.create(snapshotEvery));
            TestProbe<Done> done = kit.createTestProbe();
            TestProbe<Sum> sum = kit.createTestProbe();
            if (!events.isEmpty()) {
                ledger.tell(new Ledger.Append(events, done.ref()));
                done.receiveMessage(PATIENCE);
            }
            ledger.tell(new Ledger.Read(sum.ref()));
            return sum.receiveMessage(PATIENCE);
        } finally {
            kit.shutdownTestKit();
        }
    }

    private static List<LedgerEvents.Ledger> numbers(long from, long to) {
        return LongStream.range(from, to)
                .<LedgerEvents.Ledger>mapToObj(i -> new Counted(i, "note"))
                .toList();
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
            assertThat(run(journal, 0, numbers(0, 50))).isEqualTo(new Sum(50, 1225));
            assertThat(run(journal, 10, numbers(50, 100))).isEqualTo(new Sum(100, 4950));
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
                "jdbc:postgresql://h/db?user=me&Password=secret"
            })
    void whatIsNoAddressIsRefused(String url) {
        assertThatThrownBy(() -> Journal.postgres(url))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("--journal")
                .hasMessageNotContaining("secret");
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
