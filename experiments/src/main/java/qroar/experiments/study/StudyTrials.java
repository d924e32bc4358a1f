package qroar.experiments.study;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.search.Candidate;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Evidence;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.TrialSpec.Probe;

/** The trials of a study besides its candidates, and how a candidate becomes one. */
public final class StudyTrials {
    /**
     * Search documents that the unquantized distributions are taken from: their tails are pooled over layers, heads and
     * thousands of positions, and move a search window by a quarter of their logarithm.
     */
    static final int PROBED_DOCUMENTS = 2;

    private StudyTrials() {}

    /** Whether the study asks for the gradient of its objective before it searches. */
    static boolean wantsGradient(Study study) {
        return study.search().start() == SearchSettings.Start.GRADIENT
                && study.search().searches()
                && !study.isNoOp();
    }

    /** Diagnostics and baselines, all wanted at once; what the search waits for comes first. */
    public static List<TrialRequest> first(Study study) {
        List<TrialRequest> first = new ArrayList<>();
        if (study.search().searches()) {
            first.addAll(beforeSearch(study));
        } else if (study.awaitsTails()) {
            first.addAll(unquantized(study));
        }
        if (wantsGradient(study)) {
            BandScales identity = BandScales.identity(study.partition(), study.mode());
            first.add(request(
                    TrialLabel.GRADIENT,
                    spec(study, study.quantized(), identity, gradientPlan(study), Probe.LOSSES_AND_GRADIENT),
                    0));
        }
        first.addAll(heldOut(study));
        BandScales identity = BandScales.identity(study.partition(), study.mode());
        first.addAll(tasks(study, identity, Setting.BASELINE, Setting.UNQUANTIZED));
        return List.copyOf(first);
    }

    /** Items behind everything else, for nothing waits for them. */
    private static List<TrialRequest> tasks(Study study, BandScales scales, Setting... settings) {
        List<TrialRequest> requests = new ArrayList<>();
        for (ScoredTask task : study.tasks()) {
            for (Setting setting : settings) {
                Study.Weights weights = setting.isQuantized() ? study.quantized() : study.unquantized();
                requests.add(request(
                        TrialLabel.task(task.name(), setting),
                        spec(study, weights, scales, task.plan(), Probe.LOSSES),
                        3));
            }
        }
        return requests;
    }

    /**
     * The start of the first search document: a few windows are enough for the sign and the order of magnitude of a
     * slope, and a backward pass costs about four forward ones.
     */
    static EvaluationPlan gradientPlan(Study study) {
        EvaluationPlan plan = study.textPlan();
        return new EvaluationPlan(
                List.of(plan.documents().get(0)),
                List.of(Math.min(plan.positions(0), TrialSpec.MAX_GRADIENT_POSITIONS)),
                plan.windowTokens());
    }

    private static List<TrialRequest> beforeSearch(Study study) {
        List<TrialRequest> trials = new ArrayList<>(List.of(request(TrialLabel.BASELINE, study.baseline(), 0)));
        trials.addAll(unquantized(study));
        return trials;
    }

    /** The distributions whose tails are compared. */
    private static List<TrialRequest> unquantized(Study study) {
        BandScales identity = BandScales.identity(study.partition(), study.mode());
        return List.of(
                request(
                        TrialLabel.UNQUANTIZED_LONG,
                        spec(
                                study,
                                study.unquantized(),
                                identity,
                                study.textPlan().first(PROBED_DOCUMENTS),
                                Probe.LOSSES_AND_ACTIVATIONS),
                        0),
                request(
                        TrialLabel.UNQUANTIZED_SHORT,
                        new TrialSpec(
                                study.unquantized().checkpointDigest(),
                                study.precision(),
                                QuantizationSpec.NONE,
                                Calibration.NONE,
                                new NoScaling(),
                                identity,
                                study.shortPlan().first(PROBED_DOCUMENTS),
                                Probe.LOSSES_AND_ACTIVATIONS),
                        0));
    }

    private static List<TrialRequest> heldOut(Study study) {
        BandScales identity = BandScales.identity(study.partition(), study.mode());
        TrialRequest baseline = heldOut(study, Setting.BASELINE, identity, 2);
        TrialRequest unquantized = heldOut(study, Setting.UNQUANTIZED, identity, 2);
        Reference reference = study.reference();
        if (reference == null) {
            return List.of(baseline, unquantized);
        }
        // What the others are compared with is read first, and once.
        List<TrialRequest> trials = new ArrayList<>(List.of(unquantized, baseline));
        if (study.evidence().divergence() == Evidence.Divergence.NOISE_FLOOR) {
            trials.add(request(TrialLabel.NOISE_FLOOR, inOtherPrecision(unquantized.spec(), reference), 2));
        }
        return trials;
    }

    private static TrialSpec inOtherPrecision(TrialSpec spec, Reference reference) {
        return new TrialSpec(
                        spec.checkpointDigest(),
                        spec.precision() == Precision.FLOAT32 ? Precision.BFLOAT16 : Precision.FLOAT32,
                        spec.quantization(),
                        spec.calibration(),
                        spec.rope(),
                        spec.scales(),
                        spec.plan(),
                        Probe.LOSSES)
                .comparedWith(reference);
    }

    private static TrialSpec beside(@Nullable Reference reference, TrialSpec spec) {
        return reference == null ? spec : spec.comparedWith(reference);
    }

    /** The chosen scales on held-out documents, quantized and, as the control, not. */
    public static List<TrialRequest> last(Study study, BandScales scales) {
        return List.of(heldOut(study, Setting.TUNED, scales, 0), heldOut(study, Setting.CONTROL, scales, 0));
    }

    /** The chosen scales put to tasks, with and without quantization. */
    static List<TrialRequest> lastTasks(Study study, BandScales scales) {
        return tasks(study, scales, Setting.TUNED, Setting.CONTROL);
    }

    /** What the chosen scales are compared with; none where nothing was chosen. */
    public static List<TrialRequest> controls(Study study, BandScales tuned, @Nullable BandScales common) {
        List<TrialRequest> requests = new ArrayList<>();
        for (ControlTrial control : ControlTrial.allOf(study, tuned, common)) {
            requests.add(request(control.label(), spec(study, study.quantized(), control), 1));
            if (control.control() == Control.COMMON) {
                requests.add(request(
                        TrialLabel.heldOutUnquantized(Control.COMMON), spec(study, study.unquantized(), control), 1));
            }
        }
        return requests;
    }

    /** The same models put to needles: what else than the found scales finds them. */
    static List<TrialRequest> controlTasks(Study study, BandScales tuned, @Nullable BandScales common) {
        List<TrialRequest> requests = new ArrayList<>();
        List<ControlTrial> controls = ControlTrial.allOf(study, tuned, common);
        Study.Asked asked = study.asked();
        for (ScoredTask task : asked == null ? List.<ScoredTask>of() : asked.tasks()) {
            controls.stream()
                    .filter(control -> control.control() == Control.COMMON)
                    .forEach(control -> requests.add(request(
                            TrialLabel.taskUnquantized(task.name(), Control.COMMON),
                            spec(study, study.unquantized(), control, task.plan()),
                            3)));
        }
        for (ScoredTask task : study.tasks()) {
            if (task.kind() == ScoredTask.Kind.NEEDLES) {
                controls.forEach(control -> requests.add(
                        request(control.label(task), spec(study, study.quantized(), control, task.plan()), 3)));
            }
        }
        return requests;
    }

    private static TrialSpec spec(Study study, Study.Weights weights, ControlTrial control) {
        return beside(study.reference(), spec(study, weights, control, study.heldOutPlan()));
    }

    private static TrialSpec spec(Study study, Study.Weights weights, ControlTrial control, EvaluationPlan plan) {
        TrialSpec own = spec(study, weights, control.scales(), plan, Probe.LOSSES);
        return new TrialSpec(
                own.checkpointDigest(),
                own.precision(),
                own.quantization(),
                own.calibration(),
                control.rope(),
                own.scales(),
                own.plan(),
                own.probe());
    }

    private static TrialRequest heldOut(Study study, Setting setting, BandScales scales, int priority) {
        Study.Weights weights = setting.isQuantized() ? study.quantized() : study.unquantized();
        return request(
                TrialLabel.heldOut(setting),
                beside(study.reference(), spec(study, weights, scales, study.heldOutPlan(), Probe.LOSSES)),
                priority);
    }

    static List<TrialRequest> candidates(Study study, List<Candidate> candidates, int windowLimit) {
        List<TrialRequest> requests = new ArrayList<>();
        for (Candidate candidate : candidates) {
            requests.add(new TrialRequest(
                    candidate.label(),
                    spec(study, study.quantized(), candidate.scales(), study.searchPlan(), Probe.LOSSES),
                    windowLimit,
                    1));
        }
        return requests;
    }

    private static TrialRequest request(String label, TrialSpec spec, int priority) {
        return new TrialRequest(label, spec, spec.plan().windows().size(), priority);
    }

    private static TrialSpec spec(
            Study study, Study.Weights weights, BandScales scales, EvaluationPlan plan, Probe probe) {
        return new TrialSpec(
                weights.checkpointDigest(),
                study.precision(),
                weights.quantization(),
                weights.calibration(),
                study.rope(),
                scales,
                plan,
                probe);
    }
}
