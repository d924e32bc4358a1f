package qroar.workers.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.FileSystemException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.receptionist.Receptionist;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.SinkQueueWithCancel;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.CoordinatorMessage.Enlist;
import qroar.protocol.message.CoordinatorMessage.Retry;
import qroar.protocol.message.CoordinatorMessage.TrialFailed;
import qroar.protocol.message.CoordinatorMessage.TrialStarted;
import qroar.protocol.message.CoordinatorMessage.WorkWanted;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerMessage.Assign;
import qroar.protocol.message.WorkerMessage.Cancel;
import qroar.protocol.message.WorkerMessage.Retire;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.workers.checkpoint.Headway;

class TrialWorkerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(300);
    /** What the product does every so many seconds. */
    private static final Duration OFTEN = Duration.ofMillis(50);

    private static final int WINDOWS = 2000;
    /** Elements that may be computed before anyone reads: the buffer of the stream reference and of the stages. */
    private static final int MOST_AHEAD = 80;

    private static final TrialSpec SPEC = new TrialSpec(
            "0".repeat(64),
            QuantizationSpec.NONE,
            Calibration.NONE,
            new NoScaling(),
            BandScales.identity(BandPartition.logSpaced(4, 2), ScaleMode.SHARED),
            new EvaluationPlan(List.of(new DocumentRef("d", "d", WINDOWS + 1)), List.of(WINDOWS + 1), 1),
            TrialSpec.Probe.LOSSES);

    private final ActorTestKit kit = ActorTestKit.create();
    private final TestProbe<CoordinatorMessage> coordinator = kit.createTestProbe(CoordinatorMessage.class);
    private final AtomicInteger computed = new AtomicInteger();
    private final TestProbe<TrialWorker.Ending> starter = kit.createTestProbe();
    private final AtomicInteger opened = new AtomicInteger();
    private final AtomicInteger closed = new AtomicInteger();
    private volatile @Nullable RuntimeException failure;
    private ActorRef<TrialWorker.Command> worker = kit.system().ignoreRef();
    private ActorRef<WorkerMessage> inbox = kit.system().ignoreRef();

    private final TrialMeasurer measurer = (spec, firstWindow, cancellation) -> {
        opened.incrementAndGet();
        return new TrialMeasurer.Cursor() {
            private int next = firstWindow;

            @Override
            public @Nullable Measurement next() {
                if (cancellation.isRaised()) {
                    throw new CancelledTrialException();
                }
                if (failure != null && next == firstWindow + 1) {
                    throw failure;
                }
                computed.incrementAndGet();
                int index = next++;
                if (index == WINDOWS) {
                    return new TrialCost(WINDOWS, 1);
                }
                return index > WINDOWS ? null : new WindowLoss(index, 1, index);
            }

            @Override
            public void close() {
                closed.incrementAndGet();
            }
        };
    };

    @BeforeEach
    void enlist() {
        kit.system().receptionist().tell(Receptionist.register(CoordinatorMessage.SERVICE, coordinator.ref()));
        worker = kit.spawn(TrialWorker.create(new WorkerProfile("w", "cpu", 1, 1, "test"), measurer, starter.ref()));
        inbox = coordinator.expectMessageClass(Enlist.class, PATIENCE).worker();
        coordinator.expectMessage(PATIENCE, new WorkWanted(inbox));
    }

    @AfterEach
    void end() {
        kit.shutdownTestKit();
    }

    private TrialStarted start(Lease lease, int firstWindow) {
        inbox.tell(new Assign(coordinator.ref(), lease, SPEC, firstWindow));
        TrialStarted started = coordinator.expectMessageClass(TrialStarted.class, PATIENCE);
        assertThat(started.lease()).isEqualTo(lease);
        return started;
    }

    private void closedOnce(int times) {
        coordinator.awaitAssert(PATIENCE, () -> {
            assertThat(closed).hasValue(times);
            return null;
        });
        assertThat(opened).hasValue(times);
    }

    /** A measurement is opened with the first demand, so one that nobody reads may never have been. */
    private void nothingIsLeftOpen() {
        coordinator.awaitAssert(PATIENCE, () -> {
            assertThat(closed).hasValue(opened.get());
            return null;
        });
        assertThat(opened).hasValueLessThanOrEqualTo(1);
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    @Test
    void trialIsStreamedFromItsFirstWindowAndThenMoreIsWanted() throws Exception {
        TrialStarted started = start(new Lease(3, 1), WINDOWS - 5);
        List<Measurement> all = get(started.measurements().getSource().runWith(Sink.seq(), kit.system()));

        List<Measurement> losses =
                all.stream().filter(WindowLoss.class::isInstance).toList();
        assertThat(losses).hasSize(5);
        assertThat(losses.get(0)).isEqualTo(new WindowLoss(WINDOWS - 5, 1, WINDOWS - 5));
        assertThat(all.get(all.size() - 1)).isEqualTo(new TrialCost(WINDOWS, 1));
        coordinator.expectMessage(PATIENCE, new WorkWanted(inbox));
        closedOnce(1);
    }

    @Test
    void signsOfLifeTellOfBlocksOnceTheMeasurementIsOpen() throws Exception {
        CountDownLatch loaded = new CountDownLatch(1);
        CountDownLatch computed = new CountDownLatch(1);
        Cancellation cancellation = new Cancellation();
        TrialMeasurer slow = (spec, firstWindow, polled) -> {
            polled.getAsBoolean();
            await(loaded);
            return new TrialMeasurer.Cursor() {
                @Override
                public @Nullable Measurement next() {
                    polled.getAsBoolean();
                    polled.getAsBoolean();
                    await(computed);
                    return null;
                }

                @Override
                public void close() {}
            };
        };
        SinkQueueWithCancel<Measurement> queue = MeasurementSource.of(
                        slow, new Lease(0, 1), SPEC, 0, cancellation, OFTEN)
                .runWith(Sink.queue(), kit.system());
        assertThat(exertion(queue).reads()).isFalse();
        loaded.countDown();
        Measurement.Exertion sign = exertion(queue);
        while (sign.blocks() < 2) {
            sign = exertion(queue);
        }
        assertThat(sign.blocks()).isEqualTo(2);
        // The thread waits for a latch: it neither computes nor is it kept from it.
        long idle = sign.idleNanos();
        while (sign.idleNanos() == idle) {
            sign = exertion(queue);
        }
        assertThat(sign.idleNanos()).isGreaterThan(idle);
        computed.countDown();
        while (get(queue.pull()).isPresent()) {
            // What was on its way.
        }
    }

    @Test
    void signsOfLifeTellOfStepsWhileTheModelIsMadeReady() throws Exception {
        CountDownLatch loaded = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        TrialMeasurer slow = (spec, firstWindow, polled) -> {
            await(loaded);
            Headway.step();
            Headway.step();
            await(told);
            Headway.step();
            throw new NotHere("nothing to measure");
        };
        SinkQueueWithCancel<Measurement> queue = MeasurementSource.of(
                        slow, new Lease(0, 1), SPEC, 0, new Cancellation(), OFTEN)
                .runWith(Sink.queue(), kit.system());
        assertThat(exertion(queue).reads()).isFalse();
        loaded.countDown();
        Measurement sign = get(queue.pull()).orElseThrow();
        while (!(sign instanceof Measurement.Loading)) {
            sign = get(queue.pull()).orElseThrow();
        }
        assertThat(((Measurement.Loading) sign).steps()).isBetween(1L, 2L);
        while (((Measurement.Loading) sign).steps() < 2) {
            sign = get(queue.pull()).orElseThrow();
        }
        told.countDown();
        assertThatThrownBy(() -> {
                    while (get(queue.pull()).isPresent()) {
                        // Signs that were on their way.
                    }
                })
                .rootCause()
                .isInstanceOf(NotHere.class);
    }

    private static Measurement.Exertion exertion(SinkQueueWithCancel<Measurement> queue) throws Exception {
        return (Measurement.Exertion) get(queue.pull()).orElseThrow();
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void nothingIsComputedFarAheadOfWhoReads() throws Exception {
        SinkQueueWithCancel<Measurement> queue =
                start(new Lease(0, 1), 0).measurements().getSource().runWith(Sink.queue(), kit.system());
        for (int read = 1; read <= 200; read++) {
            get(queue.pull());
            assertThat(computed.get() - read).isLessThanOrEqualTo(MOST_AHEAD);
        }
        queue.cancel();
        closedOnce(1);
        coordinator.expectMessage(PATIENCE, new WorkWanted(inbox));
        assertThat(computed.get()).isLessThanOrEqualTo(200 + MOST_AHEAD);
    }

    @Test
    void cancellationFreesTheWorkerEvenWhenNobodyReads() {
        start(new Lease(0, 1), 0);
        inbox.tell(new Cancel(new Lease(0, 9), "another lease"));
        inbox.tell(new Cancel(new Lease(0, 1), "not wanted"));

        coordinator.expectMessage(PATIENCE, new WorkWanted(inbox));
        nothingIsLeftOpen();
        start(new Lease(1, 1), 0);
    }

    @Test
    void failureIsToldBeforeTheStreamBreaks() throws Exception {
        failure = new IllegalStateException("device lost\nand a trace");
        TrialStarted started = start(new Lease(0, 2), 0);
        CompletionStage<List<Measurement>> all =
                started.measurements().getSource().runWith(Sink.seq(), kit.system());

        coordinator.expectMessage(
                PATIENCE,
                new TrialFailed(inbox, new Lease(0, 2), "IllegalStateException: device lost", Retry.POSSIBLE));
        coordinator.expectMessage(PATIENCE, new WorkWanted(inbox));
        assertThat(all.toCompletableFuture()).failsWithin(PATIENCE);
        closedOnce(1);
    }

    @Test
    void badInputIsPointlessToRepeat() {
        failure = new BadInput("group 7 does not divide 64");
        start(new Lease(0, 1), 0).measurements().getSource().runWith(Sink.ignore(), kit.system());

        coordinator.expectMessage(
                PATIENCE, new TrialFailed(inbox, new Lease(0, 1), "group 7 does not divide 64", Retry.POINTLESS));
    }

    /** Its own disk is no fault of the trial, whatever the error is wrapped in; and the next trial would fare no better. */
    @Test
    void workerWhoseStorageFailsHandsItsTrialBackSaysSoAndEnds() {
        failure = new BadInput(
                "/models/x: cannot be read", new FileSystemException("/models/x", null, "Too many open files"));
        start(new Lease(0, 1), 0).measurements().getSource().runWith(Sink.ignore(), kit.system());
        TrialFailed told = coordinator.expectMessageClass(TrialFailed.class, PATIENCE);
        assertThat(told.retry()).isEqualTo(Retry.LATER);
        assertThat(told.cause()).contains("/models/x", "Too many open files");
        assertThat(starter.expectMessageClass(TrialWorker.StorageFailed.class, PATIENCE)
                        .line())
                .isEqualTo(told.cause());
        inbox.tell(new Cancel(new Lease(0, 1), "QUEUED"));
        coordinator.expectTerminated(worker, PATIENCE);
    }

    /** The news of a worker's end may overtake its messages; so it stays until it was heard, and takes nothing new. */
    @Test
    void workerThatIsToldToLeaveHandsItsTrialBackAndEndsWhenThatWasHeard() {
        start(new Lease(0, 1), 0);
        worker.tell(new TrialWorker.Leave("stopped by SIGTERM"));
        coordinator.expectMessage(
                PATIENCE, new TrialFailed(inbox, new Lease(0, 1), "its worker was stopped by SIGTERM", Retry.LATER));
        nothingIsLeftOpen();
        inbox.tell(new Assign(coordinator.ref(), new Lease(1, 1), SPEC, 0));
        TrialFailed refused = coordinator.expectMessageClass(TrialFailed.class, PATIENCE);
        assertThat(refused.lease()).isEqualTo(new Lease(1, 1));
        assertThat(refused.retry()).isEqualTo(Retry.LATER);
        inbox.tell(new Cancel(new Lease(0, 1), "QUEUED"));
        coordinator.expectTerminated(worker, PATIENCE);
    }

    @Test
    void idleWorkerThatIsToldToLeaveEndsAtOnce() {
        worker.tell(new TrialWorker.Leave("stopped by SIGTERM"));
        coordinator.expectTerminated(worker, PATIENCE);
    }

    @Test
    void workerWithoutRoomHandsItsTrialBackAndAsksAgainByAndBy() {
        failure = new NoRoom("others hold 20 GiB of gpu:0");
        worker.tell(new TrialWorker.Leave("for one that asks more often"));
        coordinator.expectTerminated(worker, PATIENCE);
        kit.spawn(TrialWorker.create(new WorkerProfile("w", "cpu", 1, 1, "test"), measurer, starter.ref(), OFTEN));
        inbox = coordinator.expectMessageClass(Enlist.class, PATIENCE).worker();
        inbox.tell(new Assign(coordinator.ref(), new Lease(0, 1), SPEC, 0));
        TrialStarted started = (TrialStarted) pastWishes();
        started.measurements().getSource().runWith(Sink.ignore(), kit.system());
        assertThat(pastWishes())
                .isEqualTo(new TrialFailed(inbox, new Lease(0, 1), "others hold 20 GiB of gpu:0", Retry.LATER));
        coordinator.expectMessageClass(Enlist.class, PATIENCE);
        coordinator.expectMessage(PATIENCE, new WorkWanted(inbox));
        closedOnce(1);
    }

    /** The first message but wishes: while it is idle, a worker that asks often may have asked again. */
    private CoordinatorMessage pastWishes() {
        CoordinatorMessage message = coordinator.receiveMessage(PATIENCE);
        while (message instanceof Enlist || message instanceof WorkWanted) {
            message = coordinator.receiveMessage(PATIENCE);
        }
        return message;
    }

    @Test
    void busyWorkerRefusesASecondTrialAndGoesOn() throws Exception {
        TrialStarted started = start(new Lease(0, 1), WINDOWS - 5);
        inbox.tell(new Assign(coordinator.ref(), new Lease(1, 1), SPEC, 0));
        coordinator.expectMessage(
                PATIENCE,
                new TrialFailed(inbox, new Lease(1, 1), "worker is busy with trial 0 attempt 1", Retry.POSSIBLE));
        assertThat(get(started.measurements().getSource().runWith(Sink.seq(), kit.system())))
                .hasSizeGreaterThanOrEqualTo(6);
    }

    @Test
    void retiredWorkerGivesUpItsTrialAndStops() {
        start(new Lease(0, 1), 0);
        inbox.tell(new Retire("done"));

        coordinator.expectTerminated(worker, PATIENCE);
        nothingIsLeftOpen();
    }
}
