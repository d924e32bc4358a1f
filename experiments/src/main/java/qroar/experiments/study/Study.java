package qroar.experiments.study;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.Objective;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Evidence;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.StoredQuantization;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.EffectiveScales;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowSpan;

/**
 * One point of a sweep, searched for its best scales.
 *
 * @param id unique within the run, usable as a file name: {@code 01-yarn4-rtn-w2g32-b4-shared}
 * @param model what is scaled
 * @param partition the bands
 * @param mode how a band's scale acts on q and k
 * @param objective what is made small
 * @param search how candidates are chosen
 * @param stopping when a candidate is given up
 * @param plans documents and lengths
 * @param controls what the scales that are found are compared with, besides themselves without quantization
 * @param evidence what held-out documents are measured by besides perplexity
 */
public record Study(
        String id,
        Model model,
        BandPartition partition,
        ScaleMode mode,
        Objective objective,
        SearchSettings search,
        StoppingSettings stopping,
        Plans plans,
        List<Control> controls,
        Evidence evidence) {
    public Study {
        controls = List.copyOf(controls);
    }

    /** Without further controls. */
    public Study(
            String id,
            Model model,
            BandPartition partition,
            ScaleMode mode,
            Objective objective,
            SearchSettings search,
            StoppingSettings stopping,
            Plans plans) {
        this(id, model, partition, mode, objective, search, stopping, plans, List.of());
    }

    /** Measured by perplexity alone. */
    public Study(
            String id,
            Model model,
            BandPartition partition,
            ScaleMode mode,
            Objective objective,
            SearchSettings search,
            StoppingSettings stopping,
            Plans plans,
            List<Control> controls) {
        this(id, model, partition, mode, objective, search, stopping, plans, controls, Evidence.NONE);
    }

    /**
     * The model of a study: a checkpoint, quantized and interpolated.
     *
     * @param checkpointDigest SHA-256 (hex) of the checkpoint
     * @param precision of its forward passes
     * @param geometry its rotary embedding before scaling
     * @param trainedWindow tokens it was trained on, whatever the documents reach
     * @param rope the interpolation
     * @param quantization what is quantized
     * @param calibration what the quantizer is calibrated on
     * @param controlDigest SHA-256 (hex) of the checkpoint without quantization where the quantization is that of the
     *     checkpoint's own files; null where there is none, or none is needed
     */
    public record Model(
            String checkpointDigest,
            Precision precision,
            RopeGeometry geometry,
            int trainedWindow,
            RopeScaling rope,
            QuantizationSpec quantization,
            Calibration calibration,
            @Nullable String controlDigest) {
        /** Without a checkpoint of the control's own. */
        public Model(
                String checkpointDigest,
                Precision precision,
                RopeGeometry geometry,
                int trainedWindow,
                RopeScaling rope,
                QuantizationSpec quantization,
                Calibration calibration) {
            this(checkpointDigest, precision, geometry, trainedWindow, rope, quantization, calibration, null);
        }
    }

    /** What a trial computes with. */
    public record Weights(String checkpointDigest, QuantizationSpec quantization, Calibration calibration) {}

    /**
     * What is read.
     *
     * @param search what candidates read: documents and lengths of the search, questions, or both
     * @param heldOut documents and lengths of headline figures; no document of it is searched on
     * @param shortContext the search documents cut at the trained window, or shorter where they are: the reference
     *     distribution of TIR, without PI
     * @param tasks that its models are put to
     * @param asked what its objective asks; null where perplexity alone is sought
     */
    public record Plans(
            EvaluationPlan search,
            EvaluationPlan heldOut,
            EvaluationPlan shortContext,
            List<ScoredTask> tasks,
            @Nullable Asked asked) {
        public Plans {
            tasks = List.copyOf(tasks);
        }

        /** Without questions. */
        public Plans(
                EvaluationPlan search, EvaluationPlan heldOut, EvaluationPlan shortContext, List<ScoredTask> tasks) {
            this(search, heldOut, shortContext, tasks, null);
        }

        /** Without tasks. */
        public Plans(EvaluationPlan search, EvaluationPlan heldOut, EvaluationPlan shortContext) {
            this(search, heldOut, shortContext, List.of());
        }

        /** With tasks. */
        public Plans with(List<ScoredTask> others) {
            return new Plans(search, heldOut, shortContext, others, asked);
        }
    }

    /**
     * What goes with a search plan that has questions in it.
     *
     * @param texts the search documents, which tails are measured on
     * @param judged what scales that were found are judged by: held-out documents and held-out questions
     * @param tasks of the study whose items the held-out questions are, kind by kind
     * @param rounds of them
     */
    public record Asked(EvaluationPlan texts, EvaluationPlan judged, List<ScoredTask> tasks, int rounds) {
        public Asked {
            tasks = List.copyOf(tasks);
        }

        /**
         * Losses of a model as the plan has them that it is judged by.
         *
         * @param textNll losses of the held-out documents, window by window
         * @param figures of each of the tasks, cell by cell, two for each question: loss and misses
         */
        double[] losses(double[] textNll, List<double[]> figures) {
            List<Double> answers = new ArrayList<>();
            for (int round = 0; round < rounds; round++) {
                for (double[] task : figures) {
                    for (int question = round; question < task.length / 2; question += rounds) {
                        answers.add(task[2 * question]);
                    }
                }
            }
            double[] losses = new double[judged.windows().size()];
            int answer = 0;
            int text = 0;
            for (WindowSpan window : judged.windows()) {
                losses[window.index()] = judged.isAnswer(window.document()) ? answers.get(answer++) : textNll[text++];
            }
            return losses;
        }
    }

    public String checkpointDigest() {
        return model.checkpointDigest();
    }

    public Precision precision() {
        return model.precision();
    }

    public RopeGeometry geometry() {
        return model.geometry();
    }

    public int trainedWindow() {
        return model.trainedWindow();
    }

    public RopeScaling rope() {
        return model.rope();
    }

    public QuantizationSpec quantization() {
        return model.quantization();
    }

    public Calibration calibration() {
        return model.calibration();
    }

    /** What candidates read: search documents, questions, or both. */
    public EvaluationPlan searchPlan() {
        return plans.search();
    }

    /** The search documents, on which tails are measured whatever is sought. */
    public EvaluationPlan textPlan() {
        Asked asked = plans.asked();
        return asked == null ? plans.search() : asked.texts();
    }

    /** What the objective of a model on what is held out is computed from. */
    public EvaluationPlan judgedPlan() {
        Asked asked = plans.asked();
        return asked == null ? plans.heldOut() : asked.judged();
    }

    /** @throws BadInput where the objective wants lengths that a plan does not have */
    void requireLengths() {
        requireLengths(searchPlan(), "search");
        requireLengths(heldOutPlan(), "held-out");
    }

    private void requireLengths(EvaluationPlan plan, String documents) {
        if (!plan.lengths().containsAll(objective.lengths())) {
            throw new BadInput("study " + id + ": the objective needs lengths " + objective.lengths() + ", but the "
                    + documents + " documents are evaluated at " + plan.lengths());
        }
    }

    /** What its objective asks; null where perplexity alone is sought. */
    public @Nullable Asked asked() {
        return plans.asked();
    }

    public EvaluationPlan heldOutPlan() {
        return plans.heldOut();
    }

    public EvaluationPlan shortPlan() {
        return plans.shortContext();
    }

    public List<ScoredTask> tasks() {
        return plans.tasks();
    }

    private boolean isStored() {
        return quantization().weights() instanceof StoredQuantization;
    }

    /** Whether there are unquantized weights to compare with. */
    public boolean hasControl() {
        return !isStored() || model.controlDigest() != null;
    }

    /** Whether no scale can reach a logit, and so nothing is searched: symmetric mode while q and k themselves are not quantized. */
    public boolean isNoOp() {
        BandScales scaled = BandScales.identity(partition, mode).with(0, 2.0);
        return EffectiveScales.of(scaled, quantization()).isIdentity();
    }

    /** The quantized weights; those of the checkpoint's own files need nothing done to them. */
    public Weights quantized() {
        QuantizationSpec own = quantization();
        return new Weights(
                checkpointDigest(),
                isStored() ? new QuantizationSpec(new NoQuantization(), own.activations(), own.keyValues()) : own,
                own.weights().isCalibrated() ? calibration() : Calibration.NONE);
    }

    /** The unquantized weights; without a control, the checkpoint's own. */
    public Weights unquantized() {
        String control = model.controlDigest();
        return new Weights(
                isStored() && control != null ? control : checkpointDigest(), QuantizationSpec.NONE, Calibration.NONE);
    }

    /** What held-out trials are compared with, token by token; null where nothing is asked, or there is none. */
    public @Nullable Reference reference() {
        return evidence.isAsked() && hasControl()
                ? new Reference(unquantized().checkpointDigest(), precision(), rope(), evidence.keyTokens())
                : null;
    }

    /** Whether the interpolation has a factor of its own that acts on logits as one scale for all bands does. */
    public boolean hasAttentionFactor() {
        return mode == ScaleMode.SHARED && rope().withAttentionFactor(1) != null;
    }

    /** Whether ranges are widened by tails that it measures itself, and nothing is quantized before. */
    public boolean awaitsTails() {
        return quantization().awaitsTails();
    }

    /** The same study with tails that were measured, see {@link QuantizationSpec#withTails}. */
    public Study withTails(List<Double> ofKeys, double ofActivations) {
        Model widened = new Model(
                checkpointDigest(),
                precision(),
                geometry(),
                trainedWindow(),
                rope(),
                quantization().withTails(ofKeys, ofActivations),
                calibration(),
                model.controlDigest());
        return new Study(id, widened, partition, mode, objective, search, stopping, plans, controls, evidence);
    }

    /** The same study under another stopping rule. */
    public Study withStopping(StoppingSettings other) {
        return new Study(id, model, partition, mode, objective, search, other, plans, controls, evidence);
    }

    /** The same study with other controls, and a common scale sought for them or for its start. */
    public Study withControls(List<Control> others, SearchSettings.Common common) {
        return new Study(
                id, model, partition, mode, objective, search.withCommon(common), stopping, plans, others, evidence);
    }

    /** The same study on other documents. */
    public Study withPlans(Plans others) {
        return new Study(id, model, partition, mode, objective, search, stopping, others, controls, evidence);
    }

    /** The trial that candidates are compared with: the quantized model, unscaled, on the search documents. */
    public TrialSpec baseline() {
        return new TrialSpec(
                checkpointDigest(),
                precision(),
                quantized().quantization(),
                quantized().calibration(),
                rope(),
                BandScales.identity(partition, mode),
                searchPlan(),
                TrialSpec.Probe.LOSSES);
    }
}
