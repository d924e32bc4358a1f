package qroar.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.NotSerializableException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.stream.SourceRef;
import org.apache.pekko.stream.StreamRefResolver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.ItemRef;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;

/**
 * Bytes that an earlier build wrote are still read and written alike. When this fails, a class kept its number though
 * its fields changed: give it a new number and a new line in {@code wire/frames.properties}, or raise the manifest of
 * {@link KryoWireSerializer} and pin the frames anew. Both ends of a cluster run one build; nothing is kept in this form.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PinnedFramesTest {
    private final ActorTestKit kit = ActorTestKit.create("wire-pinned");
    private final KryoWireSerializer serializer;

    PinnedFramesTest() throws NotSerializableException {
        serializer =
                (KryoWireSerializer) SerializationExtension.get(kit.system()).serializerFor(WindowLoss.class);
    }

    @AfterAll
    void stop() {
        kit.shutdownTestKit();
    }

    private Map<String, Object> messages() {
        String nowhere = "pekko://wire-pinned/deadLetters";
        ActorRef<WorkerMessage> worker = ActorRefResolver.get(kit.system()).resolveActorRef(nowhere);
        ActorRef<CoordinatorMessage> coordinator =
                ActorRefResolver.get(kit.system()).resolveActorRef(nowhere);
        SourceRef<Measurement> source = StreamRefResolver.get(kit.system()).resolveSourceRef(nowhere);
        Lease lease = new Lease(300, 2);
        Map<String, Object> messages = new LinkedHashMap<>();
        messages.put(
                "enlist",
                new CoordinatorMessage.Enlist(
                        new WorkerProfile("host-1-gpu:0", "gpu:0", 4, 24L << 30, "torch 2.7.1"), worker));
        messages.put("work-wanted", new CoordinatorMessage.WorkWanted(worker));
        messages.put("trial-started", new CoordinatorMessage.TrialStarted(worker, lease, source));
        messages.put(
                "trial-failed",
                new CoordinatorMessage.TrialFailed(worker, lease, "out of memory", CoordinatorMessage.Retry.POINTLESS));
        messages.put("cancel", new WorkerMessage.Cancel(lease, "cannot win"));
        messages.put("curtail", new WorkerMessage.Curtail(lease, 480));
        messages.put("retire", new WorkerMessage.Retire("finished"));
        messages.put("window-loss", new WindowLoss(129, 256, 512.25));
        messages.put("pulse", new Measurement.Pulse());
        messages.put("progress", new Measurement.Progress(300));
        messages.put("loading", new Measurement.Loading(300, 1_500_000_000L, 20_000_000L));
        messages.put("exertion", new Measurement.Exertion(300, 1_500_000_000L, 20_000_000L));
        messages.put("model-loaded", new ModelLoaded(ModelLoaded.Weights.QUANTIZED));
        messages.put("trial-cost", new TrialCost(40_960, 1_500_000_000L));
        messages.put("scale-gradient", new ScaleGradient(2, List.of(-1.5, 0.25), List.of(0.0, Double.NaN)));
        LogHistogram kl = LogHistogram.ofMagnitudes(new double[] {0.5, 0.25});
        messages.put(
                "reference-comparison",
                new ReferenceComparison(
                        1, List.of(new ReferenceComparison.Stretch(2, 0.75, 0.5, kl, 1, -0.125, 0.0625, 1, 1.5))));
        List<LogHistogram> one = List.of(LogHistogram.ofMagnitudes(new double[] {0, 0.5, 1, 1, Double.NaN}));
        messages.put("layer-activations", new LayerActivations(1, 31, one, List.of(), one, one));
        assigned().forEach((name, spec) -> messages.put(name, new WorkerMessage.Assign(coordinator, lease, spec, 17)));
        return messages;
    }

    private static Map<String, TrialSpec> assigned() {
        List<String> scalings = List.of(
                "none",
                "linear:factor=4",
                "ntk:alpha=4",
                "dynamic:factor=4",
                "yarn:factor=4,original=4096,beta-fast=33,attention-factor=1.25,mscale=0.7,truncate=false",
                "llama3:factor=8,original=8192",
                "longrope:short=1;1.5,long=2;3,original=4096,attention-factor=1.1,factor=8");
        List<String> quantizers = List.of(
                "none:act-bits=8",
                "rtn:bits=4,group=128,act-bits=4,act=asym",
                "awq:bits=3,group=64,clip=false,kv-bits=4",
                "gptq:bits=4,group=0,act-order=true,true-sequential=true");
        DocumentRef document = new DocumentRef("gov-01.txt", "ab12", 60_000);
        Map<String, TrialSpec> specs = new LinkedHashMap<>();
        for (int i = 0; i < scalings.size(); i++) {
            TrialSpec spec = new TrialSpec(
                    "c0ffee",
                    QuantizationText.parse(quantizers.get(i % quantizers.size())),
                    i % 2 == 0
                            ? Calibration.NONE
                            : new Calibration(List.of(document), 128, 2048, BlockChoice.CONSECUTIVE),
                    RopeScalingSpec.parse(scalings.get(i)),
                    new BandScales(
                            BandPartition.logSpaced(64, 2),
                            i % 2 == 0 ? ScaleMode.SHARED : ScaleMode.SYMMETRIC,
                            new double[] {1.25, 0.875}),
                    new EvaluationPlan(List.of(document), List.of(2048, 4096), 256),
                    i % 2 == 0 ? TrialSpec.Probe.LOSSES : TrialSpec.Probe.LOSSES_AND_ACTIVATIONS);
            specs.put("assign-" + spec.rope().type(), spec);
        }
        TrialSpec none = Objects.requireNonNull(specs.get("assign-none"));
        specs.put(
                "assign-layers",
                new TrialSpec(
                        none.checkpointDigest(),
                        none.quantization(),
                        none.calibration(),
                        none.rope(),
                        new BandScales(
                                BandPartition.logSpaced(64, 2).in(LayerGroups.of(5, 4)),
                                ScaleMode.SHARED,
                                new double[] {1.25, 0.875, 1, 1.5}),
                        none.plan(),
                        none.probe()));
        List<ItemRef> items = List.of(
                new ItemRef(
                        "ab".repeat(32),
                        20,
                        List.of(new ItemRef.Continuation(20, 23), new ItemRef.Continuation(21, 40))),
                new ItemRef("01".repeat(32), 16_383, List.of(new ItemRef.Continuation(16_380, 16_384))));
        specs.put(
                "assign-items",
                Objects.requireNonNull(specs.get("assign-none"))
                        .on(EvaluationPlan.ofItems(items, EvaluationPlan.WHOLE)));
        specs.put(
                "assign-answers",
                Objects.requireNonNull(specs.get("assign-none"))
                        .on(EvaluationPlan.withAnswers(
                                List.of(
                                        new DocumentRef("question 1 of 512 tokens", "ab".repeat(32), 509),
                                        new DocumentRef("text", "cd".repeat(32), 4096)),
                                List.of(503, 1),
                                List.of(512, 2048),
                                256)));
        specs.put(
                "assign-compared",
                Objects.requireNonNull(specs.get("assign-linear"))
                        .comparedWith(new Reference(
                                "c0ffee",
                                Precision.BFLOAT16,
                                RopeScalingSpec.parse("linear:factor=4"),
                                KeyTokenRule.PUBLISHED)));
        return specs;
    }

    @Test
    void framesAreReadAndWrittenAsEver() throws IOException {
        Properties pinned = new Properties();
        try (InputStream in = PinnedFramesTest.class.getResourceAsStream("/wire/frames.properties")) {
            assertThat(in).as("wire/frames.properties").isNotNull();
            pinned.load(in);
        }
        Map<String, Object> messages = messages();
        Map<String, String> written = messages.entrySet().stream()
                .collect(Collectors.toMap(
                        Map.Entry::getKey, e -> HexFormat.of().formatHex(serializer.toBinary(e.getValue()))));
        written.forEach((name, frame) -> assertThat(frame).as(name).isEqualTo(pinned.getProperty(name)));
        assertThat(written.keySet()).isEqualTo(pinned.stringPropertyNames());
        for (String name : pinned.stringPropertyNames()) {
            byte[] frame = HexFormat.of().parseHex(pinned.getProperty(name));
            assertThat(serializer.fromBinary(frame, "qroar-wire/2")).as(name).isEqualTo(messages.get(name));
        }
        System.out.println("wire frames pinned: " + pinned.size());
    }

    @Test
    void everyRegisteredClassIsPinned() {
        Map<String, Object> messages = messages();
        assertThat(messages.values().stream().map(Object::getClass)).containsAll(List.copyOf(SampleMessages.classes()));
    }
}
