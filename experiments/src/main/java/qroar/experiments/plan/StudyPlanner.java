package qroar.experiments.plan;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.CalibrationSettings;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.experiments.definition.sweep.SweepPoint;
import qroar.experiments.objective.Objective;
import qroar.experiments.study.ScoredTask;
import qroar.experiments.study.Study;
import qroar.experiments.trial.Control;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.quantization.KeyValueQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;

/** Turns an experiment into the studies of a run: one per point of the sweep that is not excluded. */
public final class StudyPlanner {
    private final ExperimentDefinition definition;
    private final ModelFacts facts;
    private final PlanDocuments documents;
    private final List<ScoredTask> tasks;
    private final AskedQuestions questions;
    private final List<PlanNote> notes = new ArrayList<>();
    private @Nullable Calibration calibration;

    private StudyPlanner(
            ExperimentDefinition definition,
            ModelFacts facts,
            PlanDocuments documents,
            List<ScoredTask> tasks,
            AskedQuestions questions) {
        this.tasks = tasks;
        this.questions = questions;
        this.definition = definition;
        this.facts = facts;
        this.documents = documents;
    }

    /**
     * The plan. Points that become the same study (the checkpoint's own scaling written out, more bands than RoPE pairs)
     * are planned once, with a note.
     *
     * @param search documents to compare candidates on
     * @param heldOut documents to report on; none may equal a search or calibration document
     * @param calibration documents that quantizers calibrate on
     * @throws BadInput in one line, when documents overlap, are shorter than the shortest length, never reach a longer
     *     one, are too short to calibrate on, or when a study could not be searched: whatever its strategy, stopping rule
     *     or settings refuse, they refuse here
     */
    public static StudyPlan plan(
            ExperimentDefinition definition,
            ModelFacts facts,
            List<DocumentRef> search,
            List<DocumentRef> heldOut,
            List<DocumentRef> calibration) {
        return plan(definition, facts, search, heldOut, calibration, List.of(), AskedQuestions.NONE);
    }

    /** The same with tasks that every study's models are put to, and questions that objectives ask. */
    public static StudyPlan plan(
            ExperimentDefinition definition,
            ModelFacts facts,
            List<DocumentRef> search,
            List<DocumentRef> heldOut,
            List<DocumentRef> calibration,
            List<ScoredTask> tasks,
            AskedQuestions questions) {
        Integer override = definition.trainedWindow();
        int trainedWindow = override == null ? facts.trainedWindow() : override;
        PlanDocuments documents = PlanDocuments.of(definition, trainedWindow, search, heldOut, calibration);
        return new StudyPlanner(definition, facts, documents, tasks, questions).plan();
    }

    private StudyPlan plan() {
        documents.notes().forEach(text -> notes.add(new PlanNote("", text)));
        String ofQuestions = questions.note();
        if (ofQuestions != null) {
            notes.add(new PlanNote("", ofQuestions));
        }
        List<SweepPoint> points = definition.sweep().points();
        int digits = Math.max(2, String.valueOf(points.size()).length());
        StudyNames names = new StudyNames(definition.sweep(), digits);
        Map<Identity, Study> planned = new LinkedHashMap<>();
        StudyRehearsal rehearsal = new StudyRehearsal();
        for (SweepPoint point : points) {
            int number = planned.size() + 1;
            RopeScaling rope = point.rope().scaling(facts.ownRope());
            Study study = study(names.id(number, point, rope), point, rope);
            Study twin = planned.putIfAbsent(Identity.of(study), study);
            if (twin != null) {
                notes.add(new PlanNote(
                        twin.id(),
                        "the sweep holds this study twice, also as " + names.describe(point) + "; it runs once"));
                continue;
            }
            rehearsal.require(study);
            note(study, point);
        }
        return new StudyPlan(List.copyOf(planned.values()), notes);
    }

    private Study study(String id, SweepPoint point, RopeScaling rope) {
        KeyValueQuantization keyValues = point.quantizer().keyValues();
        if (keyValues != null) {
            keyValues.requirePairs(facts.geometry().pairCount());
        }
        return new Study(
                id,
                new Study.Model(
                        facts.checkpointDigest(),
                        definition.precision(),
                        facts.geometry(),
                        documents.trainedWindow(),
                        rope,
                        point.quantizer(),
                        calibration(point.quantizer()),
                        facts.controlDigest()),
                BandPartition.logSpaced(facts.geometry().pairCount(), point.bands())
                        .in(point.layers().groups(facts.layerCount())),
                point.mode(),
                objective(point),
                definition.search().withGrid(point.grid()),
                definition.stopping(),
                questions.plans(
                        point.objective(),
                        new Study.Plans(documents.searchPlan(), documents.heldOutPlan(), documents.shortPlan(), tasks)),
                definition.search().controls(),
                definition.heldOut().evidence());
    }

    /** Weights of lengths mean nothing where no text counts: such points are one study. */
    private Objective objective(SweepPoint point) {
        Objective perplexity = point.objective().readsTexts()
                ? point.weights().objective(definition.lengths())
                : Objective.lengthWeighted(definition.lengths());
        return perplexity.with(point.objective(), questions.search().perRound());
    }

    private Calibration calibration(QuantizationSpec quantization) {
        if (!quantization.weights().isCalibrated()) {
            return Calibration.NONE;
        }
        Calibration fitted = calibration();
        long tokens = (long) fitted.sequences() * fitted.lengthTokens();
        int least = quantization.weights().leastCalibrationTokens();
        if (tokens < least) {
            throw new BadInput("key 'calibration': " + tokens + " tokens for " + QuantizationText.format(quantization)
                    + ", which needs at least " + least);
        }
        return fitted;
    }

    /** Of all studies; what is noted of it is noted once. */
    private Calibration calibration() {
        if (calibration == null) {
            CalibrationSettings settings = definition.calibration();
            Calibration asked = new Calibration(
                    documents.calibration(), settings.sequences(), settings.lengthTokens(), settings.blocks());
            requireTokens(asked);
            String shortage = asked.shortage();
            if (shortage != null) {
                notes.add(new PlanNote("", "key 'calibration' " + shortage));
            }
            calibration = asked.fitted();
        }
        return calibration;
    }

    /** Consecutive blocks are taken as asked or not at all, as when there was no other choice. */
    private static void requireTokens(Calibration asked) {
        long wanted = (long) asked.sequences() * asked.lengthTokens();
        long present = asked.documents().stream().mapToLong(DocumentRef::tokens).sum();
        if (asked.choice() == BlockChoice.CONSECUTIVE && present < wanted) {
            throw new BadInput("key 'calibration' asks for " + asked.sequences() + " x " + asked.lengthTokens() + " = "
                    + wanted + " tokens, but the calibration documents have only " + present);
        }
    }

    private void note(Study study, SweepPoint point) {
        int pairs = facts.geometry().pairCount();
        if (point.bands() > pairs) {
            notes.add(new PlanNote(
                    study.id(),
                    "head_dim " + facts.geometry().headDim() + " has " + pairs + " RoPE pairs, so " + point.bands()
                            + " bands become " + pairs));
        }
        int layers = facts.layerCount();
        if (point.layers().size() >= layers) {
            notes.add(new PlanNote(
                    study.id(),
                    "the model has " + layers + " layers, so groups of "
                            + point.layers().size() + " are all of them"));
        }
        QuantizationSpec quantization = study.quantization();
        if (!study.hasControl()) {
            notes.add(new PlanNote(
                    study.id(),
                    "attribution is not possible: its weights are quantized in the checkpoint's files, and key 'control'"
                            + " names no unquantized checkpoint"));
        }
        if (study.evidence().isAsked() && !study.hasControl()) {
            notes.add(new PlanNote(
                    study.id(), "held-out.divergence and held-out.long-ppl are left out: there is no such reference"));
        }
        if (study.mode() == ScaleMode.SYMMETRIC && !quantization.quantizesRotatedKeys()) {
            notes.add(new PlanNote(
                    study.id(),
                    "symmetric scales change no logit here, because nothing after RoPE is quantized (kv-bits would be):"
                            + " there is nothing to search"));
        }
        if (study.controls().contains(Control.ATTENTION_FACTOR) && !study.hasAttentionFactor()) {
            notes.add(new PlanNote(
                    study.id(),
                    "the control attention-factor is left out: it is for yarn in mode shared, where it acts as one scale"
                            + " for all bands does"));
        }
        if (quantization.isNone()) {
            notes.add(new PlanNote(
                    study.id(), "nothing is quantized: whatever this study gains repairs the interpolation alone"));
        }
        int longest = definition.heldOut().choosesLengths()
                ? study.heldOutPlan().maxLength()
                : study.searchPlan().maxLength();
        if (study.rope() instanceof NoScaling && longest > documents.trainedWindow()) {
            notes.add(new PlanNote(
                    study.id(),
                    "no RoPE scaling, although length " + longest + " is beyond the trained window of "
                            + documents.trainedWindow() + " tokens"));
        }
        double factor = study.rope().stretch();
        Integer named = study.rope().originalWindow();
        int window = named == null ? documents.trainedWindow() : named;
        if (factor * window < longest) {
            notes.add(new PlanNote(
                    study.id(),
                    String.format(
                            Locale.ROOT,
                            "factor %s stretches a window of %d tokens to %.0f, and length %d is beyond that",
                            BigDecimal.valueOf(factor).stripTrailingZeros().toPlainString(),
                            window,
                            factor * window,
                            longest)));
        }
    }

    /** What tells two points of one run apart. */
    private record Identity(
            QuantizationSpec quantization,
            RopeScaling rope,
            BandPartition partition,
            ScaleMode mode,
            Objective objective,
            int gridSize) {
        static Identity of(Study study) {
            return new Identity(
                    study.quantization(),
                    study.rope(),
                    study.partition(),
                    study.mode(),
                    study.objective(),
                    study.search().gridSize());
        }
    }
}
