package qroar.orchestrator.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import java.util.stream.LongStream;
import org.apache.pekko.Done;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import qroar.orchestrator.journal.LedgerEvents.Counted;
import qroar.orchestrator.journal.LedgerEvents.Sum;

/** The smallest event-sourced actor: adds up numbers and acknowledges when they are durable. */
final class Ledger extends EventSourcedBehavior<Ledger.Command, LedgerEvents.Ledger, Sum> {
    static final String ID = "ledger";
    static final Duration PATIENCE = Duration.ofSeconds(300);

    private final int snapshotEvery;

    private Ledger(int snapshotEvery) {
        super(PersistenceId.ofUniqueId(ID));
        this.snapshotEvery = snapshotEvery;
    }

    sealed interface Command {}

    record Append(List<LedgerEvents.Ledger> events, ActorRef<Done> replyTo) implements Command {}

    record Read(ActorRef<Sum> replyTo) implements Command {}

    /** @param snapshotEvery events between snapshots, 0 for none */
    static Behavior<Command> create(int snapshotEvery) {
        return new Ledger(snapshotEvery);
    }

    /** Starts it on a journal, appends, and tells what it then holds. */
    static Sum run(Config journal, int snapshotEvery, List<LedgerEvents.Ledger> events) {
        ActorTestKit kit = ActorTestKit.create("ledger", journal.withFallback(ConfigFactory.load()));
        try {
            ActorRef<Command> ledger = kit.spawn(create(snapshotEvery));
            TestProbe<Done> done = kit.createTestProbe();
            TestProbe<Sum> sum = kit.createTestProbe();
            if (!events.isEmpty()) {
                ledger.tell(new Append(events, done.ref()));
                done.receiveMessage(PATIENCE);
            }
            ledger.tell(new Read(sum.ref()));
            return sum.receiveMessage(PATIENCE);
        } finally {
            kit.shutdownTestKit();
        }
    }

    static List<LedgerEvents.Ledger> numbers(long from, long to) {
        return LongStream.range(from, to)
                .<LedgerEvents.Ledger>mapToObj(i -> new Counted(i, "note"))
                .toList();
    }

    @Override
    public Sum emptyState() {
        return new Sum(0, 0);
    }

    @Override
    public CommandHandler<Command, LedgerEvents.Ledger, Sum> commandHandler() {
        return newCommandHandlerBuilder()
                .forAnyState()
                .onCommand(
                        Append.class,
                        (state, append) ->
                                Effect().persist(append.events()).thenReply(append.replyTo(), s -> Done.done()))
                .onCommand(Read.class, (state, read) -> Effect().reply(read.replyTo(), state))
                .build();
    }

    @Override
    public EventHandler<Sum, LedgerEvents.Ledger> eventHandler() {
        return newEventHandlerBuilder()
                .forAnyState()
                .onEvent(Counted.class, (state, e) -> new Sum(state.count() + 1, state.total() + e.number()))
                .onAnyEvent((state, e) -> new Sum(state.count() + 1, state.total()));
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return snapshotEvery == 0 ? RetentionCriteria.disabled() : RetentionCriteria.snapshotEvery(snapshotEvery, 2);
    }
}
