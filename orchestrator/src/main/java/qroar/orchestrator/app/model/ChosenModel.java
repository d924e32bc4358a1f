package qroar.orchestrator.app.model;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.console.Remarks;
import qroar.protocol.BadInput;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.quantization.KeyValueQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.QuantizedModels;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.model.DecoderModel;
import qroar.workers.placement.Placement;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.placement.Residence;
import qroar.workers.quantize.RaggedGroups;
import qroar.workers.tensors.NonFinite;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;

/** The model of a measurement: its checkpoint is open and known to fit what is asked, its weights are not loaded yet. */
public final class ChosenModel {
    private final ModelSettings settings;
    private final Notes notes = new Notes();
    private final Checkpoint checkpoint;
    private final RopeScaling rope;
    private final QuantizationSpec quantization;
    private final Precision precision;
    private final MemoryPlan.Wish wish;

    private ChosenModel(ModelSettings settings) {
        this.settings = settings;
        wish = settings.placement().wish();
        checkpoint = Checkpoint.open(settings.checkpoint());
        notes.tell(checkpoint.notes());
        String word = settings.rope();
        rope = word == null ? checkpoint.config().ropeScaling() : RopeScalingSpec.parse(word);
        InverseFrequencies.of(checkpoint.config().geometry(), rope, InverseFrequencies.AT_CONSTRUCTION);
        quantization = QuantizationText.parse(settings.quantize());
        refuseUnmeasured(settings.quantize(), quantization);
        precision = PrecisionChoice.resolved(
                settings.precision(), List.of(settings.device().named()), checkpoint);
    }

    private static void refuseUnmeasured(String text, QuantizationSpec spec) {
        if (spec.awaitsTails()) {
            KeyValueQuantization keyValues = spec.keyValues();
            String asked = "act-tail=auto";
            String printed = "--bands 1 prints as TIR_W";
            if (keyValues != null && keyValues.awaitsTails()) {
                boolean rotated = keyValues.order() == KeyValueQuantization.Order.POST_ROPE;
                asked = "kv-tails=auto";
                printed = "--bands N prints as " + (rotated ? "TIR_A" : "TIR_W");
            }
            throw new BadInput("--quantize " + text + ": " + asked
                    + " is measured by the studies of a run; give the numbers here, which qroar diagnose " + printed);
        }
    }

    /** @throws qroar.protocol.BadInput in one line, when the checkpoint or a spec is not usable */
    public static ChosenModel open(ModelSettings settings) {
        return new ChosenModel(settings);
    }

    public Checkpoint checkpoint() {
        return checkpoint;
    }

    /** Known to fit the model. */
    public RopeScaling rope() {
        return rope;
    }

    public QuantizationSpec quantization() {
        return quantization;
    }

    /** As resolved. */
    public Precision precision() {
        return precision;
    }

    /** Another checkpoint as it is stored, under the same RoPE scaling, on the same device. */
    public ChosenModel reference(Path other, Precision in) {
        return open(new ModelSettings(
                other,
                RopeScalingSpec.format(rope),
                QuantizationText.format(QuantizationSpec.NONE),
                settings.placement(),
                in.word(),
                settings.calibration(),
                settings.modelCache(),
                settings.modelCacheBytes(),
                settings.device()));
    }

    /** For the sake of its head, which is read from the checkpoint's file when it is used; nothing else is loaded. */
    public DecoderModel openHead() {
        TorchDevice where = settings.device().open();
        Residence mapped = new Residence(Placement.MAPPED, Arithmetic.of(precision, where));
        return DecoderModel.load(checkpoint, where, QuantizationSpec.NONE, mapped);
    }

    /** Says what was noticed on the way, once. */
    public void tell(List<String> noticed) {
        notes.tell(noticed);
    }

    /**
     * Loads, quantizes and hands over; what was calibrated before, here or by a run, is found again.
     *
     * @param longest tokens of the longest pass, which has to fit into memory with the weights
     * @param probe of the passes
     * @throws qroar.orchestrator.console.NoDevice with the figures when it cannot, before memory is taken
     */
    public LoadedModel load(DocumentReader reader, int longest, TrialSpec.Probe probe) {
        return load(reader, longest, probe, LayerGroups.ALL, wish);
    }

    /** The same for passes that give losses alone, under scales. */
    public LoadedModel load(DocumentReader reader, int longest, ChosenScales scales) {
        return load(reader, longest, TrialSpec.Probe.LOSSES, scales.layers(), wish);
    }

    /** The same for passes that can only go chunk by chunk through all layers. */
    public LoadedModel loadForDocumentOrder(DocumentReader reader, int longest, ChosenScales scales) {
        if (wish.order() == ReadingPlan.Order.LAYER) {
            throw new BadInput("--order layer has no meaning here: answers share the beginning of a document, which is"
                    + " read once for all of them");
        }
        return load(
                reader,
                longest,
                TrialSpec.Probe.LOSSES,
                scales.layers(),
                new MemoryPlan.Wish(wish.placement(), ReadingPlan.Order.DOCUMENT));
    }

    private LoadedModel load(
            DocumentReader reader, int longest, TrialSpec.Probe probe, LayerGroups layers, MemoryPlan.Wish wanted) {
        CalibrationSource.Blocks blocks = settings.calibration().read(quantization, reader);
        int[][] sequences = blocks.tokens();
        notes.tell(reader.notes());
        String ragged = RaggedGroups.note(checkpoint.config(), quantization);
        if (ragged != null) {
            notes.tell(ragged);
        }
        TorchDevice where = settings.device().open();
        String slower = PrecisionChoice.note(precision, where);
        if (slower != null) {
            notes.tell(slower);
        }
        MemoryPlan.Passes passes =
                MemoryPlan.Passes.alone(longest, probe, precision, where).in(layers);
        MemoryPlan plan = settings.device().choose(where, checkpoint, passes, wanted);
        QuantizedModels kept = new QuantizedModels(settings.modelCache(), settings.modelCacheBytes());
        if (quantization.weights().isCalibrated()) {
            boolean known = kept.holds(checkpoint, quantization.weights(), sequences);
            if (!known) {
                settings.device()
                        .requireRoom(
                                where,
                                MemoryNeed.ofQuantizing(
                                        checkpoint, quantization.weights(), CalibrationSize.of(sequences)));
            }
            Remarks.tell((known
                            ? "using the calibrated model in "
                            : "calibrating on " + blocks.summary() + "; the model is kept in ")
                    + settings.modelCache());
        }
        if (!plan.isPlain() && !plan.isForcedBy(wish)) {
            Remarks.tell(plan.sentence() + ": " + plan.need() + " (" + plan.options() + ")");
        }
        Residence residence = new Residence(plan.placement(), passes.arithmetic());
        DecoderModel loaded = DecoderModel.load(checkpoint, where, quantization, sequences, kept, residence);
        noteNonFinite(loaded);
        return new LoadedModel(loaded, plan.reading());
    }

    /** Weights that are no numbers; those that stay in their files are seen when they have been computed with. */
    public void noteNonFinite(DecoderModel loaded) {
        NonFinite nonFinite = loaded.nonFinite();
        if (nonFinite != null) {
            notes.tell(settings.checkpoint() + ": " + nonFinite + "; what depends on them is NaN");
        }
    }

    /**
     * The same, and where all weights are numbers what was measured and is none: activations went beyond what the precision
     * holds, which is soon in float16.
     *
     * @param measured losses, or what else was made of activations
     * @param what they are called, such as "losses"
     */
    public void noteNonFinite(DecoderModel loaded, double[] measured, String what) {
        noteNonFinite(loaded);
        long missing =
                Arrays.stream(measured).filter(value -> !Double.isFinite(value)).count();
        if (missing > 0 && loaded.nonFinite() == null) {
            notes.tell(
                    missing + " of " + measured.length + " " + what + " are no numbers: activations went beyond what "
                            + precision.word() + " can hold"
                            + (precision == Precision.FLOAT16
                                    ? " (its largest number is 65504); give --precision bfloat16 or float32"
                                    : ""));
        }
    }

    /** What is measured, for a JSON result. */
    public Map<String, Object> describe() {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("model", settings.checkpoint().toString());
        described.put("rope", RopeScalingSpec.format(rope));
        described.put("quantize", QuantizationText.format(quantization));
        described.put("precision", precision.word());
        return described;
    }
}
