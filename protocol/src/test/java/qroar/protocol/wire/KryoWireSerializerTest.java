package qroar.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.NotSerializableException;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.serialization.Serialization;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.StreamRefs;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class KryoWireSerializerTest {
    private final ActorTestKit kit = ActorTestKit.create("wire-test");
    private final Serialization serialization = SerializationExtension.get(kit.system());
    private final KryoWireSerializer serializer;
    private final TestProbe<WorkerMessage> worker = kit.createTestProbe();
    private final TestProbe<CoordinatorMessage> coordinator = kit.createTestProbe();
    private final List<Measurement> streamed = List.of(new WindowLoss(0, 256, 1.5), new TrialCost(3, 4));

    KryoWireSerializerTest() throws NotSerializableException {
        serializer = (KryoWireSerializer) serialization.serializerFor(WindowLoss.class);
    }

    @Test
    void serializerComesFromOurConfiguration() throws NotSerializableException {
        for (Class<?> type : SampleMessages.classes()) {
            assertThat(serialization.serializerFor(type)).isSameAs(serializer);
        }
        assertThat(kit.system().settings().config().getBoolean("pekko.actor.allow-java-serialization"))
                .isFalse();
    }

    @AfterAll
    void stop() {
        kit.shutdownTestKit();
    }

    private SourceRef<Measurement> source() {
        return Source.from(streamed).runWith(StreamRefs.<Measurement>sourceRef(), kit.system());
    }

    private SampleMessages samples(long seed) {
        return new SampleMessages(new Random(seed), worker.getRef(), coordinator.getRef(), source());
    }

    private Object decoded(byte[] bytes) throws CorruptMessage {
        return serializer.fromBinary(bytes, KryoWireSerializer.MANIFEST);
    }

    @Test
    void everyMessageSurvivesTheRoundTrip() throws Exception {
        long seed = Long.getLong("seed", 1L);
        SampleMessages samples = samples(seed);
        assertThat(SampleMessages.classes()).hasSizeGreaterThanOrEqualTo(10);
        for (Class<?> type : SampleMessages.classes()) {
            for (int i = 0; i < 200; i++) {
                Object message = samples.of(type);
                byte[] bytes = serializer.toBinary(message);
                assertThat(serializer.manifest(message)).isEqualTo("qroar-wire/2");
                assertThat(decoded(bytes)).as("seed " + seed).isEqualTo(message).isInstanceOf(type);
                assertThat(serializer.toBinary(decoded(bytes))).isEqualTo(bytes);
            }
        }
    }

    /** Longer than any other text: heads of 512 give 256 pairs. */
    @Test
    void aScalingWithTwoNumbersPerPairFits() throws Exception {
        double[] divisors = new Random(5).doubles(256, 1, 50).toArray();
        LongRopeScaling scaling = new LongRopeScaling(divisors, divisors, 4096, 1.1, 32.0);
        DocumentRef document = new DocumentRef("a", "ab", 4096);
        TrialSpec spec = new TrialSpec(
                "c0ffee",
                QuantizationSpec.NONE,
                Calibration.NONE,
                scaling,
                BandScales.identity(BandPartition.logSpaced(256, 8), ScaleMode.SHARED),
                new EvaluationPlan(List.of(document), List.of(4096), 256),
                TrialSpec.Probe.LOSSES);
        assertThat(RopeScalingSpec.format(scaling)).hasSizeGreaterThan(8192);
        WorkerMessage.Assign assign = new WorkerMessage.Assign(coordinator.getRef(), new Lease(7, 1), spec, 0);
        assertThat(decoded(serializer.toBinary(assign))).isEqualTo(assign);
    }

    @Test
    void actorsAndStreamsStillWorkAfterTheJourney() throws Exception {
        CoordinatorMessage.TrialStarted sent =
                new CoordinatorMessage.TrialStarted(worker.getRef(), new Lease(7, 1), source());
        CoordinatorMessage.TrialStarted received = (CoordinatorMessage.TrialStarted) decoded(serializer.toBinary(sent));
        received.worker().tell(new WorkerMessage.Retire("done"));
        worker.expectMessage(new WorkerMessage.Retire("done"));
        CompletionStage<List<Measurement>> elements =
                received.measurements().getSource().runWith(Sink.seq(), kit.system());
        assertThat(elements.toCompletableFuture().get(10, TimeUnit.SECONDS)).isEqualTo(streamed);
    }

    @Test
    void whatIsNoMessageIsRefused() {
        for (Object stranger : List.of("text", 7, new Lease(1, 1), new NoScaling(), new Object())) {
            assertThatThrownBy(() -> serializer.toBinary(stranger))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining(stranger.getClass().getName());
        }
    }

    @Test
    void otherWireFormatsAreRefused() {
        byte[] bytes = serializer.toBinary(new TrialCost(1, 2));
        assertThatThrownBy(() -> serializer.fromBinary(bytes, "qroar-wire/0"))
                .isInstanceOf(CorruptMessage.class)
                .hasMessageContaining("this build reads qroar-wire/2");
        assertThatThrownBy(() -> serializer.fromBinary(bytes, "")).isInstanceOf(CorruptMessage.class);
    }

    @Test
    void wholeLayerOfALargeModelFits() throws Exception {
        long[] dense = new long[LogHistogram.DENSE_BUCKETS];
        Arrays.fill(dense, 1 << 20);
        List<LogHistogram> pairs = Collections.nCopies(128, LogHistogram.ofDense(dense));
        LayerActivations layer = new LayerActivations(9, 79, pairs, pairs, pairs, pairs);
        byte[] bytes = serializer.toBinary(layer);
        System.out.println("wire: a layer of 128 pairs with every bucket in use takes " + bytes.length + " bytes");
        assertThat(decoded(bytes)).isEqualTo(layer);
    }

    @Test
    void tooLargeMessagesAreRefusedBeforeTheyAreSent() {
        Random random = new Random(3);
        long[] dense = new long[LogHistogram.DENSE_BUCKETS];
        for (int i = 0; i < dense.length; i++) {
            dense[i] = random.nextLong() >>> 20;
        }
        List<LogHistogram> pairs = Collections.nCopies(256, LogHistogram.ofDense(dense));
        assertThatThrownBy(() -> serializer.toBinary(new LayerActivations(0, 0, pairs, pairs, pairs, pairs)))
                .hasMessage("LayerActivations takes more than " + KryoWireSerializer.MAX_BYTES + " bytes");
        assertThatThrownBy(() -> serializer.toBinary(new WorkerMessage.Retire("x".repeat(20_000))))
                .hasMessage("20000 bytes of text; a message holds at most 16384");
    }

    @Test
    void longCausesAreCutSoThatFailuresCanBeSent() throws Exception {
        CoordinatorMessage.TrialFailed failed = new CoordinatorMessage.TrialFailed(
                worker.getRef(), new Lease(1, 2), "\u4e2d".repeat(50_000), CoordinatorMessage.Retry.POINTLESS);
        assertThat(failed.cause()).hasSize(2000).endsWith("...");
        assertThat(decoded(serializer.toBinary(failed))).isEqualTo(failed);
    }

    @Test
    void manyThreadsShareOneSerializer() {
        SampleMessages samples = samples(5);
        List<Object> messages = SampleMessages.classes().stream()
                .flatMap(type -> IntStream.range(0, 50).mapToObj(i -> samples.of(type)))
                .toList();
        ConcurrentLinkedQueue<Object> wrong = new ConcurrentLinkedQueue<>();
        messages.parallelStream().forEach(message -> {
            try {
                if (!decoded(serializer.toBinary(message)).equals(message)) {
                    wrong.add(message);
                }
            } catch (CorruptMessage e) {
                wrong.add(e);
            }
        });
        assertThat(wrong).isEmpty();
    }
}
