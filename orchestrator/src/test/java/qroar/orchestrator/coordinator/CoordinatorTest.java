package qroar.orchestrator.coordinator;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.cache.TrialCache;
import qroar.orchestrator.coordinator.CoordinatorCommand.Describe;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.CoordinatorCommand.Stop;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.state.RunState.StudyLabel;
import qroar.orchestrator.coordinator.state.SequentialReference;
import qroar.orchestrator.coordinator.state.SequentialReference.Answer;
import qroar.orchestrator.coordinator.state.SyntheticTrials;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.orchestrator.journal.JournalConfig;
import qroar.protocol.BadInput;
import qroar.protocol.message.CoordinatorMessage.Enlist;
import qroar.protocol.message.CoordinatorMessage.Retry;
import qroar.protocol.message.CoordinatorMessage.TrialFailed;
import qroar.protocol.message.CoordinatorMessage.WorkWanted;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerMessage.Assign;
import qroar.protocol.message.WorkerMessage.Cancel;
import qroar.protocol.message.WorkerMessage.Retire;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.worker.TrialWorker;

/** The coordinator on its real journal, with real worker actors that measure synthetic trials, or with probes. */
class CoordinatorTest {
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    private static final SyntheticTrials TRIALS = new SyntheticTrials();
    private static final Study STUDY = SyntheticTrials.study("a", 2, Strategy.COORDINATE, Rule.PAIRED_T);
    private static final RunPlan PLAN = new RunPlan("run", List.of(STUDY), 3);

    @TempDir
    Path folder;

    private final List<ActorTestKit> kits = new ArrayList<>();

    /** A process: its own actor system on the one journal. */
    private final class Session {
        final ActorTestKit kit = ActorTestKit.create(
                "run",
                JournalConfig.embedded(folder.resolve("journal.db"), RunEventCatalog.class)
                        .withFallback(ConfigFactory.load()));
        final ActorRef<CoordinatorCommand> coordinator;

        Session() {
            this(Clock.systemUTC());
        }

        Session(Clock clock) {
            this(clock, System::nanoTime);
        }

        Session(Clock clock, LongSupplier nanoTime) {
            this(clock, nanoTime, CoordinatorSettings.DEFAULT.askingTime());
        }

        Session(Clock clock, LongSupplier nanoTime, Duration askingTime) {
            kits.add(kit);
            coordinator = kit.spawn(Coordinator.create(
                    PLAN,
                    TrialCache.open(folder.resolve("cache"), 1L << 30),
                    new CoordinatorSettings(
                            clock, nanoTime, PATIENCE, PATIENCE, PATIENCE, PATIENCE, askingTime, Duration.ZERO, 20)));
        }

        ActorRef<TrialWorker.Command> work(String id, FakeMeasurer measurer) {
            return kit.spawn(TrialWorker.create(profile(id), measurer));
        }

        RunView view() {
            TestProbe<RunView> probe = kit.createTestProbe();
            coordinator.tell(new Describe(probe.ref()));
            return probe.receiveMessage(PATIENCE);
        }

        RunState finished() {
            kit.createTestProbe().awaitAssert(PATIENCE, () -> {
                assertThat(view().state().phase()).isEqualTo(Phase.FINISHED);
                return null;
            });
            return view().state();
        }

        void await(int starts) {
            kit.createTestProbe().awaitAssert(PATIENCE, () -> {
                assertThat(view().state().starts()).isEqualTo(starts);
                return null;
            });
        }

        Assign assigned(TestProbe<WorkerMessage> worker) {
            return worker.expectMessageClass(Assign.class, PATIENCE);
        }

        void enlist(TestProbe<WorkerMessage> worker, String id) {
            tell(new Enlist(profile(id), worker.ref()));
            tell(new WorkWanted(worker.ref()));
        }

        void tell(qroar.protocol.message.CoordinatorMessage message) {
            coordinator.tell(new CoordinatorCommand.FromWorker(message));
        }

        void end() {
            kit.shutdownTestKit();
            kits.remove(kit);
        }
    }

    private static WorkerProfile profile(String id) {
        return new WorkerProfile(id, "cpu", 1, 1L << 30, "test");
    }

    @AfterEach
    void endProcesses() {
        List.copyOf(kits).forEach(ActorTestKit::shutdownTestKit);
    }

    private static void assertDecided(RunState state) {
        SequentialReference expected = SequentialReference.of(PLAN.studies(), TRIALS, spec -> false);
        Map<StudyLabel, Answer> answers = new HashMap<>();
        state.requests()
                .forEach(r -> answers.put(
                        new StudyLabel(r.study(), r.label()),
                        new Answer(r.settlement(), r.windowsUsed(), r.verdict())));
        assertThat(answers).isEqualTo(expected.answers());
        assertThat(state.progress().get(0).outcome())
                .isEqualTo(expected.outcomes().get(0));
    }

    @Test
    void workersBringARunToItsEndAndAreRetired() {
        Session process = new Session();
        FakeMeasurer measurer = new FakeMeasurer(TRIALS);
        ActorRef<TrialWorker.Command> one = process.work("w1", measurer);
        ActorRef<TrialWorker.Command> two = process.work("w2", measurer);

        assertDecided(process.finished());
        TestProbe<Object> probe = process.kit.createTestProbe();
        probe.expectTerminated(one, PATIENCE);
        probe.expectTerminated(two, PATIENCE);
        assertThat(measurer.opened.get()).isGreaterThan(5);
        assertThat(measurer.closed).hasValue(measurer.opened.get());
    }

    @Test
    void aClockThatRunsBackwardsChangesNoDecision() {
        AtomicLong millis = new AtomicLong(Clock.systemUTC().millis());
        Clock backwards = new Clock() {
            @Override
            public long millis() {
                return millis.addAndGet(-60_000);
            }

            @Override
            public Instant instant() {
                return Instant.ofEpochMilli(millis());
            }

            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }
        };
        Session process = new Session(backwards);
        process.work("w1", new FakeMeasurer(TRIALS));
        RunState state = process.finished();
        assertDecided(state);
        assertThat(state.finishedAtMillis()).isLessThan(state.begunAtMillis());
        assertThat(state.trials())
                .allSatisfy(trial -> assertThat(trial.busyMillis()).isNotNegative());
        process.end();

        assertDecided(new Session(backwards).finished());
    }

    @Test
    void stoppedRunIsResumedByAnotherProcessAndThenOnlyDescribed() {
        Session first = new Session();
        first.work("w1", new FakeMeasurer(TRIALS));
        first.kit.createTestProbe().awaitAssert(PATIENCE, () -> {
            assertThat(first.view().measuredWindows()).isGreaterThan(20);
            return null;
        });
        TestProbe<RunView> stopped = first.kit.createTestProbe();
        first.coordinator.tell(new Stop("enough", stopped.ref()));
        RunState last = stopped.receiveMessage(PATIENCE).state();
        stopped.expectTerminated(first.coordinator, PATIENCE);
        first.end();

        Session second = new Session();
        second.kit.createTestProbe().awaitAssert(PATIENCE, () -> {
            assertThat(second.view().state().starts()).isEqualTo(last.phase() == Phase.FINISHED ? 1 : 2);
            return null;
        });
        for (TrialState trial : last.trials()) {
            assertThat(second.view().state().trial(trial.number()).windows()).isGreaterThanOrEqualTo(trial.windows());
        }
        second.work("w1", new FakeMeasurer(TRIALS));
        assertDecided(second.finished());
        second.end();

        Session third = new Session();
        assertDecided(third.finished());
        TestProbe<WorkerMessage> late = third.kit.createTestProbe();
        third.enlist(late, "late");
        late.expectMessageClass(Retire.class, PATIENCE);
    }

    /** Wall clocks that jump days to and fro between two processes, and one that nobody sets. */
    @Test
    void timeWorkedIsThatOfAllProcessesWithoutTheirPauses() {
        AtomicLong nanos = new AtomicLong(77);
        Session first = new Session(at("2026-05-05T10:00:00Z"), nanos::get);
        first.await(1);
        nanos.addAndGet(Duration.ofSeconds(90).toNanos());
        assertThat(first.view().state().worked().millis()).isEqualTo(90_000);
        TestProbe<RunView> stopped = first.kit.createTestProbe();
        first.coordinator.tell(new Stop("enough", stopped.ref()));
        assertThat(stopped.receiveMessage(PATIENCE).state().worked().millis()).isEqualTo(90_000);
        stopped.expectTerminated(first.coordinator, PATIENCE);
        first.end();

        nanos.addAndGet(Duration.ofDays(3).toNanos());
        Session second = new Session(at("2020-01-01T00:00:00Z"), nanos::get);
        second.await(2);
        nanos.addAndGet(Duration.ofSeconds(7).toNanos());
        second.work("w1", new FakeMeasurer(TRIALS));
        assertThat(second.finished().worked().millis()).isEqualTo(97_000);
        second.end();

        nanos.addAndGet(Duration.ofDays(1).toNanos());
        assertThat(new Session(Clock.systemUTC(), nanos::get)
                        .finished()
                        .worked()
                        .millis())
                .as("a finished run is only looked at")
                .isEqualTo(97_000);
    }

    private static Clock at(String instant) {
        return Clock.fixed(Instant.parse(instant), ZoneOffset.UTC);
    }

    @Test
    void failingAttemptIsTriedElsewhereFromTheFirstMissingWindow() {
        // The other one is waited for, however long it takes to ask for its next trial.
        Session process = new Session(Clock.systemUTC(), System::nanoTime, PATIENCE);
        CountDownLatch another = new CountDownLatch(1);
        AtomicInteger resumedAt = new AtomicInteger(-1);
        process.work("broken", new FakeMeasurer(TRIALS) {
            @Override
            void beforeEach(TrialSpec spec, int firstWindow, int index) {
                if (index == 3) {
                    await(another);
                    throw new IllegalStateException("device lost");
                }
            }
        });
        process.work("sound", new FakeMeasurer(TRIALS) {
            @Override
            void beforeEach(TrialSpec spec, int firstWindow, int index) {
                another.countDown();
                resumedAt.accumulateAndGet(firstWindow, Math::max);
            }
        });

        RunState end = process.finished();

        assertDecided(end);
        assertThat(end.trials()).noneMatch(trial -> trial.status() == Status.FAILED);
        assertThat(resumedAt.get()).isPositive();
    }

    /** As one that waits for its card does. */
    @Test
    void whatFailedGoesBackWhenTheOtherWorkerDoesNotAsk() {
        Session process = new Session(Clock.systemUTC(), System::nanoTime, Duration.ofMillis(300));
        TestProbe<WorkerMessage> polite = process.kit.createTestProbe();
        process.tell(new Enlist(profile("polite"), polite.ref()));
        TestProbe<WorkerMessage> failing = process.kit.createTestProbe();
        process.enlist(failing, "failing");
        Lease first = process.assigned(failing).lease();
        Lease given = first;
        // Whatever else there is to do fails too, and then nothing is left but what failed.
        while (given.trial() != first.trial() || given.attempt() == first.attempt()) {
            process.tell(new TrialFailed(failing.ref(), given, "busy", Retry.POSSIBLE));
            failing.expectMessage(PATIENCE, new Cancel(given, "QUEUED"));
            process.tell(new WorkWanted(failing.ref()));
            given = process.assigned(failing).lease();
        }
        assertThat(given.attempt()).isEqualTo(first.attempt() + 1);
        polite.expectNoMessage(Duration.ZERO);
    }

    /** Each waits for another to read a later document of its trial, so nobody gets further unless documents are shared. */
    @Test
    void documentsOfATrialAreMeasuredByOthersMeanwhile() {
        CountDownLatch shared = new CountDownLatch(1);
        Session process = new Session();
        FakeMeasurer measurer = new FakeMeasurer(TRIALS) {
            @Override
            void beforeEach(TrialSpec spec, int firstWindow, int index) {
                boolean isBaseline = spec.key().equals(STUDY.baseline().key());
                if (isBaseline && firstWindow > 0) {
                    shared.countDown();
                } else if (isBaseline && index == 2) {
                    await(shared);
                }
            }
        };
        for (int worker = 0; worker < 8; worker++) {
            process.work("w" + worker, measurer);
        }

        RunState end = process.finished();

        assertDecided(end);
        TrialState baseline = end.trial(end.requests().get(0).trial());
        assertThat(baseline.leases()).isGreaterThan(baseline.attempts());
        assertThat(baseline.attempts()).isEqualTo(1);
        assertThat(baseline.aheadTokens()).isPositive();
        assertThat(end.trials()).allMatch(trial -> trial.failures() == 0);
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void pointlessTrialIsGivenUpAtOnceWithItsCauseAndTheRunGoesOn() {
        Session process = new Session();
        FakeMeasurer measurer = new FakeMeasurer(TRIALS) {
            @Override
            void beforeEach(TrialSpec spec, int firstWindow, int index) {
                if (!spec.scales().isIdentity()) {
                    throw new BadInput("no such scales");
                }
            }
        };
        process.work("w1", measurer);
        process.work("w2", measurer);

        RunState end = process.finished();

        assertThat(end.trials().stream().filter(t -> t.status() == Status.FAILED))
                .isNotEmpty()
                .allMatch(t -> t.attempts() == 1 && "no such scales".equals(t.cause()));
        assertThat(end.requests())
                .filteredOn(r -> r.settlement() == Ending.FAILED)
                .isNotEmpty();
        process.kit.createTestProbe().awaitAssert(PATIENCE, () -> {
            assertThat(measurer.closed).hasValue(measurer.opened.get());
            return null;
        });
    }

    @Test
    void trialThatAlwaysFailsIsGivenUpAfterItsAttempts() {
        Session process = new Session();
        process.work("w1", new FakeMeasurer(TRIALS) {
            @Override
            void beforeEach(TrialSpec spec, int firstWindow, int index) {
                if (!spec.scales().isIdentity()) {
                    throw new IllegalStateException("overflow");
                }
            }
        });

        assertThat(process.finished().trials().stream().filter(t -> t.status() == Status.FAILED))
                .isNotEmpty()
                .allMatch(t -> t.failures() == 3 && "IllegalStateException: overflow".equals(t.cause()));
    }

    @Test
    void repeatedRequestsForWorkGiveOneLease() {
        Session process = new Session();
        TestProbe<WorkerMessage> worker = process.kit.createTestProbe();
        process.enlist(worker, "w1");
        Assign assign = process.assigned(worker);
        process.enlist(worker, "w1");
        process.tell(new WorkWanted(worker.ref()));

        assertThat(process.view().state().leased())
                .containsExactly((int) assign.lease().trial());
        worker.expectNoMessage(Duration.ofMillis(50));
    }

    @Test
    void aTrialThatIsHandedBackCountsAsNoFailureAndOnlyALackIsRemembered() {
        Session process = new Session();
        TestProbe<WorkerMessage> worker = process.kit.createTestProbe();
        process.enlist(worker, "only");
        Assign first = process.assigned(worker);
        process.tell(new TrialFailed(worker.ref(), first.lease(), "no room", Retry.LATER));
        worker.expectMessageClass(Cancel.class, PATIENCE);
        process.tell(new WorkWanted(worker.ref()));
        Assign again = process.assigned(worker);
        while (again.lease().trial() != first.lease().trial()) { // one of which the cache had not answered before
            process.tell(new TrialFailed(worker.ref(), again.lease(), "no room", Retry.LATER));
            worker.expectMessageClass(Cancel.class, PATIENCE);
            process.tell(new WorkWanted(worker.ref()));
            again = process.assigned(worker);
        }
        assertThat(again.lease()).isEqualTo(new Lease(first.lease().trial(), 2));
        assertThat(process.view().state().trial((int) again.lease().trial()).failures())
                .isZero();
        process.tell(new TrialFailed(worker.ref(), again.lease(), "not here", Retry.ELSEWHERE));
        worker.expectMessageClass(Cancel.class, PATIENCE);
        process.tell(new WorkWanted(worker.ref()));
        assertThat(process.assigned(worker).lease().trial())
                .as("what is lacking is not offered again")
                .isNotEqualTo(again.lease().trial());
    }

    @Test
    void messagesUnderOtherLeasesAreDropped() {
        Session process = new Session();
        TestProbe<WorkerMessage> worker = process.kit.createTestProbe();
        process.enlist(worker, "w1");
        Lease lease = process.assigned(worker).lease();
        process.tell(new TrialFailed(worker.ref(), new Lease(lease.trial(), 7), "stale", Retry.POINTLESS));
        process.tell(new TrialFailed(worker.ref(), new Lease(99, 1), "unknown", Retry.POINTLESS));
        assertThat(process.view().state().trial((int) lease.trial()).status()).isEqualTo(Status.LEASED);

        process.tell(new TrialFailed(worker.ref(), lease, "busy", Retry.POSSIBLE));
        process.tell(new TrialFailed(worker.ref(), lease, "busy", Retry.POSSIBLE));
        worker.expectMessage(PATIENCE, new Cancel(lease, "QUEUED"));
        TrialState after = process.view().state().trial((int) lease.trial());
        assertThat(after.failures()).isEqualTo(1);
        assertThat(after.attempts()).isEqualTo(1);
    }

    @Test
    void trialOfALostWorkerGoesToAnother() {
        Session process = new Session();
        TestProbe<WorkerMessage> dying = process.kit.createTestProbe();
        process.enlist(dying, "dying");
        Lease lease = process.assigned(dying).lease();
        TestProbe<WorkerMessage> other = process.kit.createTestProbe();
        dying.stop();
        process.enlist(other, "other");
        Assign first = process.assigned(other);
        process.kit.createTestProbe().awaitAssert(PATIENCE, () -> {
            TrialState trial = process.view().state().trial((int) lease.trial());
            assertThat(trial.failures() == 1 && trial.attempts() >= 1).isTrue();
            return null;
        });
        assertThat(first.firstWindow()).isZero();
        assertThat(process.view().workers()).extracting(WorkerProfile::id).containsExactly("other");
    }
}
