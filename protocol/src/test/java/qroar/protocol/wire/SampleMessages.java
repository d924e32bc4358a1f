package qroar.protocol.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.SourceRef;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.Lease;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.quantization.RandomQuantization;
import qroar.protocol.rope.RandomRopeScaling;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
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

/** A message of every class, with contents from a source of randomness and given references. */
final class SampleMessages {
    private final Random random;
    private final ActorRef<WorkerMessage> worker;
    private final ActorRef<CoordinatorMessage> coordinator;
    private final SourceRef<Measurement> source;
    private final Map<Class<?>, Supplier<Object>> samples = Map.ofEntries(
            Map.entry(CoordinatorMessage.Enlist.class, this::enlist),
            Map.entry(CoordinatorMessage.WorkWanted.class, this::workWanted),
            Map.entry(CoordinatorMessage.TrialStarted.class, this::trialStarted),
            Map.entry(CoordinatorMessage.TrialFailed.class, this::trialFailed),
            Map.entry(WorkerMessage.Assign.class, this::assign),
            Map.entry(WorkerMessage.Cancel.class, this::cancel),
            Map.entry(WorkerMessage.Retire.class, this::retire),
            Map.entry(WorkerMessage.Curtail.class, this::curtail),
            Map.entry(WindowLoss.class, this::windowLoss),
            Map.entry(LayerActivations.class, this::layerActivations),
            Map.entry(TrialCost.class, this::trialCost),
            Map.entry(Measurement.Pulse.class, Measurement.Pulse::new),
            Map.entry(Measurement.Progress.class, this::progress),
            Map.entry(Measurement.Exertion.class, this::exertion),
            Map.entry(Measurement.Loading.class, this::loading),
            Map.entry(ScaleGradient.class, this::scaleGradient),
            Map.entry(ReferenceComparison.class, this::referenceComparison),
            Map.entry(ModelLoaded.class, this::modelLoaded));

    SampleMessages(
            Random random,
            ActorRef<WorkerMessage> worker,
            ActorRef<CoordinatorMessage> coordinator,
            SourceRef<Measurement> source) {
        this.random = random;
        this.worker = worker;
        this.coordinator = coordinator;
        this.source = source;
    }

    /** Every class that may be sent. */
    static List<Class<?>> classes() {
        return Stream.of(CoordinatorMessage.class, WorkerMessage.class, Measurement.class)
                .flatMap(SampleMessages::leaves)
                .toList();
    }

    /** The records below a sealed interface. */
    static Stream<Class<?>> leaves(Class<?> type) {
        return type.isSealed()
                ? Stream.of(type.getPermittedSubclasses()).flatMap(SampleMessages::leaves)
                : Stream.of(type);
    }

    Object of(Class<?> type) {
        Supplier<Object> sample = samples.get(type);
        if (sample == null) {
            throw new AssertionError("no sample of " + type + "; a new message needs one here");
        }
        return sample.get();
    }

    private Object enlist() {
        WorkerProfile profile =
                new WorkerProfile(text(), "gpu:" + random.nextInt(9), random.nextInt(64), random.nextLong(), text());
        return new CoordinatorMessage.Enlist(profile, worker);
    }

    private Object workWanted() {
        return new CoordinatorMessage.WorkWanted(worker);
    }

    private Object trialStarted() {
        return new CoordinatorMessage.TrialStarted(worker, lease(), source);
    }

    private Object trialFailed() {
        CoordinatorMessage.Retry[] retries = CoordinatorMessage.Retry.values();
        return new CoordinatorMessage.TrialFailed(worker, lease(), text(), retries[random.nextInt(retries.length)]);
    }

    private Object assign() {
        return new WorkerMessage.Assign(coordinator, lease(), spec(), random.nextInt(1000));
    }

    private Object cancel() {
        return new WorkerMessage.Cancel(lease(), text());
    }

    private Object curtail() {
        return new WorkerMessage.Curtail(lease(), random.nextInt(1000));
    }

    private Object retire() {
        return new WorkerMessage.Retire(text());
    }

    private Object trialCost() {
        return new TrialCost(random.nextLong(), random.nextLong() >>> 1);
    }

    private Measurement.Exertion exertion() {
        return new Measurement.Exertion(
                random.nextInt(100) - 1, random.nextLong() & Long.MAX_VALUE, random.nextLong() & Long.MAX_VALUE);
    }

    private Measurement.Loading loading() {
        return new Measurement.Loading(
                random.nextLong() & Long.MAX_VALUE,
                random.nextLong() & Long.MAX_VALUE,
                random.nextLong() & Long.MAX_VALUE);
    }

    private Measurement.Progress progress() {
        return new Measurement.Progress(random.nextLong() & Long.MAX_VALUE);
    }

    private Object modelLoaded() {
        ModelLoaded.Weights[] all = ModelLoaded.Weights.values();
        return new ModelLoaded(all[random.nextInt(all.length)]);
    }

    private Object scaleGradient() {
        int pairs = random.nextInt(129);
        return new ScaleGradient(random.nextInt(100), gaussians(pairs), gaussians(pairs));
    }

    private Object referenceComparison() {
        return new ReferenceComparison(
                random.nextInt(100),
                histograms().stream()
                        .map(kl -> new ReferenceComparison.Stretch(
                                random.nextInt(100_000),
                                random.nextGaussian(),
                                random.nextDouble(),
                                kl,
                                random.nextInt(1000),
                                random.nextGaussian(),
                                random.nextDouble(),
                                random.nextInt(1000),
                                random.nextGaussian()))
                        .toList());
    }

    private List<Double> gaussians(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> i == 0 ? Double.NEGATIVE_INFINITY : random.nextGaussian())
                .toList();
    }

    private Lease lease() {
        return new Lease(random.nextInt(100_000), random.nextInt(5));
    }

    private TrialSpec spec() {
        BandPartition bands = BandPartition.logSpaced(8 << random.nextInt(4), 1 + random.nextInt(8));
        BandPartition partition = random.nextBoolean() ? bands : bands.in(LayerGroups.of(12, 1 + random.nextInt(12)));
        double[] scales = random.doubles(partition.cellCount(), 0.5, 2).toArray();
        ScaleMode mode = random.nextBoolean() ? ScaleMode.SHARED : ScaleMode.SYMMETRIC;
        TrialSpec.Probe[] probes = {
            TrialSpec.Probe.LOSSES, TrialSpec.Probe.LOSSES_AND_ACTIVATIONS, TrialSpec.Probe.LOSSES_AND_GRADIENT
        };
        TrialSpec spec = new TrialSpec(
                text(),
                Precision.values()[random.nextInt(Precision.values().length)],
                RandomQuantization.next(random),
                random.nextBoolean()
                        ? Calibration.NONE
                        : new Calibration(
                                documents(),
                                128,
                                2048,
                                BlockChoice.values()[random.nextInt(BlockChoice.values().length)]),
                RandomRopeScaling.next(random),
                new BandScales(partition, mode, scales),
                new EvaluationPlan(documents(), List.of(64, 128 + random.nextInt(100)), 1 + random.nextInt(256)),
                probes[random.nextInt(probes.length)]);
        return random.nextBoolean()
                ? spec
                : spec.comparedWith(new Reference(
                        text(),
                        Precision.values()[random.nextInt(Precision.values().length)],
                        RandomRopeScaling.next(random),
                        random.nextBoolean() ? null : new KeyTokenRule(1 + random.nextInt(9000), 64, 0, 1.5)));
    }

    private List<DocumentRef> documents() {
        return IntStream.rangeClosed(0, random.nextInt(5))
                .mapToObj(i -> new DocumentRef(text(), text(), 64 + random.nextInt(100_000)))
                .toList();
    }

    private Object windowLoss() {
        double[] special = {Double.NaN, Double.POSITIVE_INFINITY, 0.0, -0.0, Double.MIN_VALUE};
        double nll = random.nextInt(4) == 0 ? special[random.nextInt(special.length)] : random.nextGaussian() * 500;
        return new WindowLoss(random.nextInt(100_000), random.nextInt(257), nll);
    }

    private Object layerActivations() {
        return new LayerActivations(
                random.nextInt(10), random.nextInt(80), histograms(), histograms(), histograms(), histograms());
    }

    private List<LogHistogram> histograms() {
        List<LogHistogram> histograms = new ArrayList<>();
        for (int pair = random.nextInt(9); pair > 0; pair--) {
            double[] magnitudes = new double[random.nextInt(300)];
            for (int i = 0; i < magnitudes.length; i++) {
                magnitudes[i] = Math.exp(random.nextGaussian() * 8) * (random.nextInt(20) == 0 ? 0 : 1);
            }
            histograms.add(LogHistogram.ofMagnitudes(magnitudes));
        }
        return histograms;
    }

    private String text() {
        String alphabet = "abc 0123/\\'\"<&>\u00e9\u4e2d\ud83d\ude00";
        int[] points = alphabet.codePoints().toArray();
        StringBuilder text = new StringBuilder();
        for (int i = random.nextInt(30); i > 0; i--) {
            text.appendCodePoint(points[random.nextInt(points.length)]);
        }
        return text.toString();
    }
}
