package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.DocumentReader;
import qroar.orchestrator.console.Notes;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.QuantizedModels;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.Placement;
import qroar.workers.model.ReadingPlan;
import qroar.workers.quantize.RaggedGroups;
import qroar.workers.tensors.NonFinite;
import qroar.workers.torch.TorchDevice;

/** Which model a measurement loads, how it is quantized and interpolated, and where it runs. */
public final class ModelOptions {
    @Option(
            names = "--model",
            required = true,
            paramLabel = "DIR",
            description = "checkpoint: config.json, safetensors, and a tokenizer.json when texts are given")
    private Path model = Path.of("");

    @Option(names = "--rope", paramLabel = "SPEC", description = "${bundle:rope-forms}; left out, the checkpoint's own")
    private @Nullable String rope;

    @Option(
            names = "--quantize",
            paramLabel = "SPEC",
            defaultValue = "none",
            description =
                    "${bundle:quantization-forms}; group=0 is one group per output row" + " (default ${DEFAULT-VALUE})")
    private String quantize = "none";

    @Option(
            names = "--placement",
            paramLabel = "PLACE",
            defaultValue = "widened",
            description =
                    "where weights rest, which changes no figure: widened (default, float32 in memory), stored (in"
                            + " memory, 16-bit ones in 16 bits) or mapped (in the checkpoint's files, read layer by layer)")
    private String placement = "widened";

    @Mixin
    private CalibrationOptions calibration = new CalibrationOptions();

    @Mixin
    private RunsOption runs = new RunsOption();

    @Mixin
    private ModelCacheOption cache = new ModelCacheOption();

    @Mixin
    private DeviceOption device = new DeviceOption();

    private final Notes notes = new Notes();

    public Checkpoint checkpoint() {
        Checkpoint checkpoint = Checkpoint.open(model);
        notes.tell(checkpoint.notes());
        return checkpoint;
    }

    /** The chosen scaling, known to fit the model. */
    public RopeScaling rope(Checkpoint checkpoint) {
        RopeScaling scaling = rope == null ? checkpoint.config().ropeScaling() : RopeScalingSpec.parse(rope);
        InverseFrequencies.of(checkpoint.config().geometry(), scaling, InverseFrequencies.AT_CONSTRUCTION);
        return scaling;
    }

    public QuantizationSpec quantization() {
        return QuantizationText.parse(quantize);
    }

    /** Says what was noticed on the way, once. */
    public void tell(List<String> noticed) {
        notes.tell(noticed);
    }

    /**
     * Loads, quantizes and hands over; what was calibrated before, here or by a run, is found again.
     *
     * @param positions of the longest pass, which has to fit into memory with the weights
     * @param reading in which order passes go
     * @throws NoDevice with the figures when that cannot fit, before memory is taken
     */
    public DecoderModel load(Checkpoint checkpoint, DocumentReader reader, int positions, ReadingPlan reading) {
        Placement chosen = Placement.ofWord(placement);
        QuantizationSpec quantization = quantization();
        int[][] sequences = calibration.read(quantization, reader);
        notes.tell(reader.notes());
        String ragged = RaggedGroups.note(checkpoint.config(), quantization);
        if (ragged != null) {
            notes.tell(ragged);
        }
        QuantizedModels kept = cache.open(runs.models());
        if (quantization.weights().isCalibrated()) {
            boolean known = kept.holds(checkpoint, quantization.weights(), sequences);
            System.err.println(
                    "qroar: " + (known ? "using the calibrated model in " : "calibrating; the model is kept in ")
                            + runs.models());
        }
        TorchDevice where = device.open();
        device.requireRoom(where, need(checkpoint, positions, reading, chosen));
        DecoderModel loaded = DecoderModel.load(checkpoint, where, quantization, sequences, kept, chosen);
        noteNonFinite(loaded);
        return loaded;
    }

    private static MemoryNeed need(Checkpoint checkpoint, int positions, ReadingPlan reading, Placement placement) {
        MemoryNeed need =
                MemoryNeed.of(checkpoint, positions, TrialSpec.Probe.LOSSES).resting(checkpoint, placement);
        return reading.order() == ReadingPlan.Order.LAYER ? need.inLayerOrder(checkpoint.config(), positions) : need;
    }

    /** Weights that are no numbers; those that stay in their files are seen when they have been computed with. */
    public void noteNonFinite(DecoderModel loaded) {
        NonFinite nonFinite = loaded.nonFinite();
        if (nonFinite != null) {
            notes.tell(model + ": " + nonFinite + "; what depends on them is NaN");
        }
    }

    /** What was measured, for a JSON result. */
    public Map<String, Object> describe(RopeScaling scaling) {
        Map<String, Object> described = new LinkedHashMap<>();
        described.put("model", model.toString());
        described.put("rope", RopeScalingSpec.format(scaling));
        described.put("quantize", QuantizationText.format(quantization()));
        return described;
    }
}
