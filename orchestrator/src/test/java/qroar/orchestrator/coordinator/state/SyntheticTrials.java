package qroar.orchestrator.coordinator.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.objective.Aim;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.Questions;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchSettings.Start;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.ScoredTask;
import qroar.experiments.study.Study;
import qroar.experiments.trial.Evidence;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.trial.TrialFold;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.Sha256;
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
import qroar.protocol.trial.ItemRef;
import qroar.protocol.trial.ItemRef.Continuation;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialKey;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.protocol.trial.WindowSpan;

/**
 * Trials with a known answer: the loss per token is a parabola in the log of each RoPE pair's scale, plus a level per
 * document and window that all trials share and a small noise of each trial's own. A function of the trial's content
 * alone, as a real evaluation is.
 */
public final class SyntheticTrials {
    static final int PAIRS = 6;
    public static final QuantizationSpec RTN = new QuantizationSpec(new RtnQuantization(4, 32), null, 0);
    private static final List<Integer> LENGTHS = List.of(32, 64);
    private static final int DOCUMENTS = 4;
    private static final int LAYERS = 1;
    /** Candidates that scale pair 0 further than this overflow. */
    static final double OVERFLOW = 1.2;

    private final Map<TrialKey, List<Measurement>> measured = new HashMap<>();
    private final Map<TrialKey, TrialState> completed = new HashMap<>();

    public static Study study(String id, int bands, Strategy strategy, Rule rule) {
        return study(id, bands, strategy, rule, ScaleMode.SHARED, RTN);
    }

    public static Study study(
            String id, int bands, Strategy strategy, Rule rule, ScaleMode mode, QuantizationSpec quantization) {
        Start start = strategy == Strategy.LINE ? Start.GRADIENT : Start.DIAGNOSTICS;
        return study(id, bands, strategy, start, rule, mode, quantization);
    }

    /** With an odd number of bands held-out trials are compared with the unquantized model too. */
    public static Study study(
            String id,
            int bands,
            Strategy strategy,
            Start start,
            Rule rule,
            ScaleMode mode,
            QuantizationSpec quantization) {
        SearchWindowSettings window = new SearchWindowSettings(Math.log(1.3), Math.log(1.3), 0.25, 0.9, 0.5, 2.0);
        return new Study(
                id,
                new Study.Model(
                        "0".repeat(64),
                        Precision.FLOAT32,
                        new RopeGeometry(2 * PAIRS, 10_000, 32, null),
                        32,
                        YarnScaling.of(4, null),
                        quantization,
                        Calibration.NONE),
                BandPartition.logSpaced(PAIRS, bands),
                mode,
                Objective.lengthWeighted(LENGTHS),
                new SearchSettings(strategy, 5, 0.0005, 2, 2, window, start),
                new StoppingSettings(rule, 0.05),
                new Study.Plans(plan("search", LENGTHS), plan("held-out", LENGTHS), plan("search", List.of(32))),
                List.of(),
                bands % 2 == 1 ? new Evidence(Evidence.Divergence.NOISE_FLOOR, null) : Evidence.NONE);
    }

    /** As many as an experiment of some size has: ten documents to search on, ten held out, a grid of nine. */
    public static Study ofTenDocuments(
            String id, int bands, Strategy strategy, Rule rule, double factor, QuantizationSpec quantization) {
        SearchWindowSettings window = new SearchWindowSettings(Math.log(1.3), Math.log(1.3), 0.25, 0.9, 0.5, 2.0);
        return new Study(
                id,
                new Study.Model(
                        "0".repeat(64),
                        Precision.FLOAT32,
                        new RopeGeometry(2 * PAIRS, 10_000, 32, null),
                        32,
                        YarnScaling.of(factor, null),
                        quantization,
                        Calibration.NONE),
                BandPartition.logSpaced(PAIRS, bands),
                ScaleMode.SHARED,
                Objective.lengthWeighted(LENGTHS),
                new SearchSettings(strategy, 9, 0.0005, 2, 1, window, Start.DIAGNOSTICS),
                new StoppingSettings(rule, 0.05),
                new Study.Plans(
                        plan("search", 10, LENGTHS), plan("held-out", 10, LENGTHS), plan("search", 10, List.of(32))));
    }

    /** A task of some items, each with two continuations. */
    public static ScoredTask task(String name, int items) {
        return new ScoredTask(
                name,
                EvaluationPlan.ofItems(
                        IntStream.range(0, items)
                                .mapToObj(item -> new ItemRef(
                                        Sha256.hex(name + item),
                                        10,
                                        List.of(new Continuation(10, 12), new Continuation(10, 11 + item))))
                                .toList(),
                        EvaluationPlan.WHOLE));
    }

    /** The study with its models put to tasks. */
    public static Study with(Study study, ScoredTask... tasks) {
        return study.withPlans(
                new Study.Plans(study.searchPlan(), study.heldOutPlan(), study.shortPlan()).with(List.of(tasks)));
    }

    /** The study with another aim: three rounds of two questions to search on, and three others to judge by. */
    public static Study seeking(Study study, Aim aim) {
        int perRound = 2;
        int rounds = 3;
        List<ItemRef> items = new ArrayList<>();
        for (int cell = 0; cell < perRound; cell++) {
            for (int round = 0; round < rounds; round++) {
                items.add(new ItemRef(
                        Sha256.hex("held-out" + (round * perRound + cell)), 0, List.of(new Continuation(40, 44))));
            }
        }
        ScoredTask task =
                new ScoredTask("asked", EvaluationPlan.ofItems(items, EvaluationPlan.WHOLE), ScoredTask.Kind.NEEDLES);
        EvaluationPlan texts = study.searchPlan();
        Study.Plans plans = new Study.Plans(
                questions("searched", perRound, rounds).plan(aim, texts),
                study.heldOutPlan(),
                study.shortPlan(),
                List.of(task),
                new Study.Asked(
                        texts,
                        questions("held-out", perRound, rounds).judged(aim, study.heldOutPlan()),
                        List.of(task),
                        rounds));
        return new Study(
                study.id(),
                study.model(),
                study.partition(),
                study.mode(),
                study.objective().with(aim, perRound),
                study.search(),
                study.stopping(),
                plans,
                study.controls(),
                study.evidence());
    }

    private static Questions questions(String name, int perRound, int rounds) {
        int count = perRound * rounds;
        return new Questions(
                IntStream.range(0, count)
                        .mapToObj(question -> new DocumentRef("question", Sha256.hex(name + question), 44))
                        .toList(),
                Collections.nCopies(count, 40),
                perRound);
    }

    private static EvaluationPlan plan(String name, List<Integer> lengths) {
        return plan(name, DOCUMENTS, lengths);
    }

    private static EvaluationPlan plan(String name, int count, List<Integer> lengths) {
        List<DocumentRef> documents = IntStream.range(0, count)
                .mapToObj(d -> new DocumentRef(name + "-" + d, name + d, 80))
                .toList();
        return new EvaluationPlan(documents, lengths, 16);
    }

    /** Everything that a worker sends for a trial from its first window on. */
    public synchronized List<Measurement> measurements(TrialSpec spec) {
        return measured.computeIfAbsent(spec.key(), key -> measure(spec));
    }

    /** What a worker sends that begins at a window: histograms again from the start of that window's document. */
    public List<Measurement> measurements(TrialSpec spec, int firstWindow) {
        List<WindowSpan> windows = spec.plan().windows();
        int document = firstWindow < windows.size()
                ? windows.get(firstWindow).document()
                : spec.plan().documents().size();
        List<Measurement> sent = new ArrayList<>();
        for (Measurement measurement : measurements(spec)) {
            boolean wanted = measurement instanceof WindowLoss window
                    ? window.index() >= firstWindow
                    : !(measurement instanceof LayerActivations layer) || layer.document() >= document;
            if (wanted) {
                sent.add(measurement);
            }
        }
        return sent;
    }

    public double[] losses(TrialSpec spec) {
        return measurements(spec).stream()
                .filter(WindowLoss.class::isInstance)
                .mapToDouble(m -> ((WindowLoss) m).nllNats())
                .toArray();
    }

    /** The complete trial, as it stands after an undisturbed evaluation. */
    public synchronized TrialState complete(TrialSpec spec) {
        return completed.computeIfAbsent(spec.key(), key -> completed(spec));
    }

    private TrialState completed(TrialSpec spec) {
        TrialState trial = TrialState.planned(0, spec);
        for (Measurement measurement : measurements(spec)) {
            if (measurement instanceof WindowLoss window) {
                trial = TrialFold.after(
                        trial, new RunEvent.WindowsMeasured(0, 1, window.index(), new double[] {window.nllNats()}));
            } else if (measurement instanceof LayerActivations layer) {
                trial = TrialFold.after(trial, new RunEvent.LayerMeasured(0, 1, layer));
            } else if (measurement instanceof ScaleGradient gradient) {
                trial = TrialFold.after(trial, new RunEvent.GradientMeasured(0, 1, gradient));
            } else if (measurement instanceof ReferenceComparison comparison) {
                trial = TrialFold.after(trial, new RunEvent.ReferenceCompared(0, 1, comparison));
            }
        }
        return trial;
    }

    private static List<Measurement> measure(TrialSpec spec) {
        List<Measurement> all = new ArrayList<>();
        List<WindowSpan> windows = spec.plan().windows();
        for (int i = 0; i < windows.size(); i++) {
            WindowSpan window = windows.get(i);
            boolean last = i + 1 == windows.size() || windows.get(i + 1).document() != window.document();
            if (last && spec.probe() == TrialSpec.Probe.LOSSES_AND_ACTIVATIONS) {
                all.addAll(activations(spec, window.document()));
            }
            if (last && spec.probe() == TrialSpec.Probe.LOSSES_AND_GRADIENT) {
                all.add(gradient(spec, window.document()));
            }
            if (last && spec.reference() != null) {
                all.add(comparison(spec, window.document()));
            }
            all.add(new WindowLoss(i, window.tokens(), window.tokens() * lossPerToken(spec, window)));
        }
        all.add(new TrialCost(spec.plan().forwardTokens(), 1_000_000));
        return all;
    }

    private static double lossPerToken(TrialSpec spec, WindowSpan window) {
        boolean quantized = !spec.quantization().isNone();
        double[] query = spec.scales().queryPairScales();
        double[] key = spec.scales().keyPairScales();
        boolean symmetric = spec.scales().mode() == ScaleMode.SYMMETRIC;
        double far = window.fromPosition() / 64.0;
        double bent = quantized ? 0.05 : 0;
        for (int pair = 0; pair < PAIRS; pair++) {
            double optimum = (pair < PAIRS / 2 ? 0.10 : -0.07) / (quantized ? 1 : 3);
            double off = (symmetric ? 0 : Math.log(query[pair] * key[pair]) / 2) - optimum;
            bent += (0.5 + far) * off * off;
        }
        if (!symmetric && query[0] > OVERFLOW && window.index() >= 5) {
            return Double.NaN;
        }
        String document = spec.plan().documents().get(window.document()).digest();
        double level = 1.2 - 0.2 * far + 0.3 * noise((document + window.fromPosition()).hashCode());
        return level + bent + 0.001 * noise(spec.key().hex().hashCode() * 31L + window.index());
    }

    /** Of the parabolas, but with noise: some bands are pointed the wrong way. */
    private static ScaleGradient gradient(TrialSpec spec, int document) {
        List<Double> slopes = IntStream.range(0, PAIRS)
                .mapToObj(pair ->
                        (pair < PAIRS / 2 ? -1 : 1) + noise(spec.key().hex().hashCode() * 7L + pair))
                .toList();
        return new ScaleGradient(document, slopes, slopes);
    }

    /** Of each document and trial another, so that what is mixed up is seen. */
    private static ReferenceComparison comparison(TrialSpec spec, int document) {
        List<ReferenceComparison.Stretch> stretches = new ArrayList<>();
        for (int length : LENGTHS) {
            double kl = spec.isReference() ? 0 : Math.abs(noise(spec.key().hex().hashCode() * 5L + document + length));
            LogHistogram all = LogHistogram.ofMagnitudes(new double[] {kl});
            stretches.add(new ReferenceComparison.Stretch(1, kl, kl, all, 1, 0.1 * kl, 0.01 * kl, 0, 0));
        }
        return new ReferenceComparison(document, stretches);
    }

    private static double noise(long seed) {
        return new Random(seed).nextGaussian();
    }

    /** The first document has the heaviest tails: counting it twice would move a search window. */
    private static List<LayerActivations> activations(TrialSpec spec, int document) {
        double tail = (spec.plan().maxLength() > 32 ? 4 : 2) + 3.0 / (1 + document);
        List<LayerActivations> layers = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
            List<LogHistogram> pairs = new ArrayList<>();
            for (int pair = 0; pair < PAIRS; pair++) {
                pairs.add(LogHistogram.ofMagnitudes(new double[] {0.5, 1, 1 + 0.1 * pair, tail}));
            }
            layers.add(new LayerActivations(document, layer, pairs, pairs, pairs, pairs));
        }
        return layers;
    }
}
