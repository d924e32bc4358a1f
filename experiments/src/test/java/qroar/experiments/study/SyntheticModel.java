package qroar.experiments.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.objective.Objective;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchSettings.Start;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.stopping.Verdict;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowSpan;

/**
 * An oracle with a known optimum: the loss per token is a parabola in each band's log-scale, stronger at far positions,
 * plus a level per window that all trials share and a small noise per trial, document and window.
 *
 * @param optimum ln of the best scale per band, quantized
 * @param curvature per band, nats per squared log-scale
 * @param pairedNoise standard deviation of the noise that pairing does not remove, nats per token
 */
public record SyntheticModel(double[] optimum, double[] curvature, double pairedNoise) {
    public static final List<Integer> LENGTHS = List.of(64, 128, 256, 512);

    public static SyntheticModel smooth(double... optimum) {
        double[] curvature = new double[optimum.length];
        Arrays.fill(curvature, 2.0);
        return new SyntheticModel(optimum, curvature, 0);
    }

    public Study study(Strategy strategy, Rule rule) {
        return study(strategy, rule, ScaleMode.SHARED, 8, 32);
    }

    public Study study(Strategy strategy, Rule rule, ScaleMode mode, int documents, int windowTokens) {
        return study(strategy, rule, mode, documents, windowTokens, Start.DIAGNOSTICS);
    }

    public Study study(Strategy strategy, Rule rule, ScaleMode mode, int documents, int windowTokens, Start start) {
        SearchWindowSettings window = new SearchWindowSettings(Math.log(1.3), Math.log(1.3), 0.25, 0.999, 0.5, 2.0);
        return new Study(
                "01-synthetic",
                new Study.Model(
                        "0".repeat(64),
                        Precision.FLOAT32,
                        new RopeGeometry(16, 10_000, 128, null),
                        128,
                        YarnScaling.of(4, null),
                        new QuantizationSpec(new RtnQuantization(4, 32), null, 0),
                        Calibration.NONE),
                BandPartition.logSpaced(8, optimum.length),
                mode,
                Objective.lengthWeighted(LENGTHS),
                new SearchSettings(strategy, 7, 0.0005, 4, 1, window, start),
                new StoppingSettings(rule, 0.05),
                new Study.Plans(
                        plan("search", documents, LENGTHS, windowTokens),
                        plan("held-out", documents, LENGTHS, windowTokens),
                        plan("search", documents, List.of(128), windowTokens)));
    }

    private static EvaluationPlan plan(String name, int documents, List<Integer> lengths, int windowTokens) {
        List<DocumentRef> references = IntStream.range(0, documents)
                .mapToObj(d -> new DocumentRef(name + "-" + d, name + d, 700))
                .toList();
        return new EvaluationPlan(references, lengths, windowTokens);
    }

    /** All window losses of a trial. */
    public double[] losses(TrialSpec spec) {
        boolean quantized = !spec.quantization().isNone();
        double[] off = new double[optimum.length];
        for (int b = 0; b < off.length; b++) {
            off[b] = Math.log(spec.scales().scale(b)) - (quantized ? optimum[b] : optimum[b] / 3);
        }
        String trial = spec.scales().toString() + quantized;
        long[] seeds = spec.plan().documents().stream()
                .mapToLong(document -> (document.digest() + trial).hashCode() * 31L)
                .toArray();
        return spec.plan().windows().stream()
                .mapToDouble(w -> w.tokens() * lossPerToken(spec, w, off, seeds[w.document()] + w.index()))
                .toArray();
    }

    private double lossPerToken(TrialSpec spec, WindowSpan window, double[] off, long seed) {
        String document = spec.plan().documents().get(window.document()).digest();
        double far = window.fromPosition() / 512.0;
        double level = 1.2 - 0.2 * far + 0.3 * new Random((document + window.index()).hashCode()).nextGaussian();
        double bent = spec.quantization().isNone() ? 0 : 0.05;
        for (int b = 0; b < optimum.length; b++) {
            bent += curvature[b] * (0.5 + far) * off[b] * off[b];
        }
        return level + bent + pairedNoise * new Random(seed).nextGaussian();
    }

    public TrialResult.Measured measure(TrialRequest request) {
        double[] losses = Arrays.copyOf(losses(request.spec()), request.windowLimit());
        boolean probed = request.spec().probe() == TrialSpec.Probe.LOSSES_AND_ACTIVATIONS;
        return new TrialResult.Measured(
                losses,
                probed ? activations(request.spec()) : List.of(),
                request.spec().probe() == TrialSpec.Probe.LOSSES_AND_GRADIENT
                        ? List.of(gradient(request.spec()))
                        : List.of());
    }

    /** Of the sum of all losses, half of it on either side, laid on the first pair of each band. */
    private ScaleGradient gradient(TrialSpec spec) {
        BandPartition partition = spec.scales().partition();
        List<Double> half =
                new ArrayList<>(Collections.nCopies(8 * partition.layers().count(), 0.0));
        for (int b = 0; b < optimum.length; b++) {
            double slope = 0;
            for (WindowSpan window : spec.plan().windows()) {
                double weight = curvature[b] * (0.5 + window.fromPosition() / 512.0);
                slope += window.tokens() * 2 * weight * (Math.log(spec.scales().scale(b)) - optimum[b]);
            }
            half.set(8 * partition.groupOf(b) + partition.band(b).fromPair(), slope / 2);
        }
        return new ScaleGradient(0, half, half);
    }

    /** Tails twice as heavy at long context. */
    private static List<LayerActivations> activations(TrialSpec spec) {
        double tail = spec.plan().maxLength() > 128 ? 4 : 2;
        List<LayerActivations> layers = new ArrayList<>();
        List<LogHistogram> pairs = Collections.nCopies(8, LogHistogram.ofMagnitudes(new double[] {0.5, 1, tail}));
        for (int layer = 0; layer < 2; layer++) {
            layers.add(new LayerActivations(0, layer, pairs, pairs, pairs, pairs));
        }
        return layers;
    }

    /** A trial as a coordinator runs it: window by window, until the study's rule stops it. */
    public TrialResult race(StudyProgress progress, TrialRequest request) {
        TrialResult.Measured measured = measure(request);
        double[] losses = measured.nllNats();
        for (int seen = 1; seen < losses.length; seen++) {
            double[] prefix = Arrays.copyOf(losses, seen);
            Verdict verdict = progress.judge(request.label(), prefix);
            if (verdict.stop()) {
                return new TrialResult.Stopped(prefix, verdict);
            }
        }
        return measured;
    }

    /** Runs a study to its end, always answering the first trial wanted. */
    public StudyProgress run(Study study) {
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            progress = progress.with(request.label(), race(progress, request));
        }
        return progress;
    }

    /** The same in a random order, some results in full although the rule would have stopped them, some twice. */
    public StudyProgress runShuffled(Study study, Random random) {
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            List<TrialRequest> wanted = progress.wanted();
            TrialRequest request = wanted.get(random.nextInt(wanted.size()));
            TrialResult result = random.nextInt(4) == 0 ? measure(request) : race(progress, request);
            progress = progress.with(request.label(), result);
            if (random.nextInt(8) == 0) {
                progress = progress.with(request.label(), result);
            }
        }
        return progress;
    }
}
