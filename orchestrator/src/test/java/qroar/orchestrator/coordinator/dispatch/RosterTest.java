package qroar.orchestrator.coordinator.dispatch;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.TrialSpec;

/** Who counts as another that could run what failed on a worker. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RosterTest {
    private static final Duration ASKING_TIME = Duration.ofSeconds(2);
    private static final Lease LEASE = new Lease(0, 1);
    private static final TrialSpec SPEC = SyntheticTrials.ofTenDocuments(
                    "a", 2, Strategy.PARABOLIC, Rule.CONFIDENCE_SEQUENCE, 4, SyntheticTrials.RTN)
            .baseline();

    private final ActorTestKit kit = ActorTestKit.create("roster");
    private final AtomicLong nanos = new AtomicLong();
    private Roster roster = new Roster(nanos::get, ASKING_TIME);
    private ActorRef<WorkerMessage> broken =
            kit.<WorkerMessage>createTestProbe().ref();
    private ActorRef<WorkerMessage> other = broken;

    @BeforeEach
    void twoCameAndTheOtherIsAtWork() {
        nanos.set(Long.MAX_VALUE - 5);
        roster = new Roster(nanos::get, ASKING_TIME);
        broken = enlisted("broken");
        other = enlisted("other");
        roster.idle(broken);
        roster.engage(other, LEASE, SPEC);
    }

    @AfterAll
    void end() {
        kit.shutdownTestKit();
    }

    private ActorRef<WorkerMessage> enlisted(String name) {
        ActorRef<WorkerMessage> worker = kit.<WorkerMessage>createTestProbe().ref();
        roster.enlist(worker, new WorkerProfile(name, "cpu", 1, 1, "test"));
        return worker;
    }

    private void pass(Duration time) {
        nanos.addAndGet(time.toNanos());
        roster.forgetWhoDidNotAsk();
    }

    /** The thread of the coordinator may be held up for as long as a machine likes between refusing a worker and what follows. */
    @Test
    void whoWasRefusedForAnotherIsLookedAtAgainHoweverLateThatIsAsked() {
        roster.disengage(LEASE);
        nanos.addAndGet(ASKING_TIME.toNanos() - 1);
        roster.forgetWhoDidNotAsk();
        boolean refused = !roster.isOnlyFor(broken, SPEC);
        nanos.addAndGet(ASKING_TIME.toNanos());

        assertThat(refused).isTrue();
        assertThat(roster.isOnlyFor(broken, SPEC)).as("in the same decision").isFalse();
        assertThat(roster.untilFewerAreExpected()).isEqualTo(Duration.ZERO);
        roster.forgetWhoDidNotAsk();
        assertThat(roster.isOnlyFor(broken, SPEC)).isTrue();
        assertThat(roster.untilFewerAreExpected()).isNull();
    }

    @Test
    void aWorkerBetweenTwoLeasesIsExpectedToAskForAWhile() {
        assertThat(roster.isOnlyFor(broken, SPEC)).isFalse();
        assertThat(roster.untilFewerAreExpected()).isNull();

        roster.disengage(LEASE);
        assertThat(roster.isOnlyFor(broken, SPEC)).isFalse();
        assertThat(roster.untilFewerAreExpected()).isEqualTo(ASKING_TIME);
        pass(ASKING_TIME.minusNanos(1));
        assertThat(roster.isOnlyFor(broken, SPEC)).isFalse();
        assertThat(roster.untilFewerAreExpected()).isEqualTo(Duration.ofNanos(1));

        pass(Duration.ofNanos(1));
        assertThat(roster.isOnlyFor(broken, SPEC))
                .as("it may wait for its device for hours")
                .isTrue();
        assertThat(roster.untilFewerAreExpected()).isNull();
    }

    @Test
    void whoHasAskedOrIsGoneIsNotExpected() {
        roster.disengage(LEASE);
        roster.idle(other);
        assertThat(roster.untilFewerAreExpected()).isNull();
        pass(ASKING_TIME.multipliedBy(9));
        assertThat(roster.isOnlyFor(broken, SPEC)).as("the other wants work").isFalse();

        roster.engage(other, LEASE, SPEC);
        roster.disengage(LEASE);
        roster.lose(other);
        assertThat(roster.isOnlyFor(broken, SPEC)).isTrue();
        assertThat(roster.untilFewerAreExpected()).isNull();
    }

    @Test
    void whoHasJustComeIsExpectedAndNobodyElseCountsWhoLacksWhatItNeeds() {
        roster.lose(other);
        pass(ASKING_TIME);
        ActorRef<WorkerMessage> newcomer = enlisted("newcomer");
        assertThat(roster.isOnlyFor(broken, SPEC)).isFalse();
        assertThat(roster.untilFewerAreExpected()).isEqualTo(ASKING_TIME);

        roster.lacks(newcomer, SPEC);
        assertThat(roster.isOnlyFor(broken, SPEC)).isTrue();
    }

    @Test
    void whoHoldsAnotherLeaseOrNobodyToWaitForItIsNoReasonToLookAgain() {
        Lease second = new Lease(1, 1);
        roster.engage(other, second, SPEC);
        roster.disengage(LEASE);
        assertThat(roster.untilFewerAreExpected()).as("still at work").isNull();

        roster.disengage(second);
        roster.engage(broken, LEASE, SPEC);
        assertThat(roster.untilFewerAreExpected()).as("nobody is idle").isNull();
        assertThat(roster.idle()).isEqualTo(List.of());
    }
}
