package qroar.workers.export;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.packed.Grids;
import qroar.workers.stored.PackedFormat;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.SafetensorsWriter.Entry;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;

/** The tensors of a model that is about to be written: what each will be, before anything is quantized. */
final class ModelTensors {
    /** What the names of all tensors of layers begin with; the layer's number follows. */
    static final String LAYERS = "model.layers.";

    private static final String WEIGHT = ".weight";

    private final Checkpoint checkpoint;
    private final ExportFormat format;
    private final Dtype model;
    /** By the weight's name. */
    private final Map<String, Grids> grids = new LinkedHashMap<>();

    private final List<String> plainLinears = new ArrayList<>();
    private final List<Entry> entries = new ArrayList<>();

    /**
     * @param quantization what the quantizer does; none for codes that the checkpoint has
     * @throws BadInput when the format cannot hold them, or there are none
     */
    ModelTensors(Checkpoint checkpoint, WeightQuantization quantization, ExportFormat format) {
        this(checkpoint, format);
        if (format instanceof ExportFormat.Packed) {
            findGrids(quantization);
            if (grids.isEmpty()) {
                String why = checkpoint.isQuantized()
                        ? checkpoint.files().get(0) + " has blocks (" + checkpoint.encoding()
                                + "), which are no integers on grids of rows and groups"
                        : "nothing is quantized in " + checkpoint.directory();
                throw new BadInput("--format " + format.word() + ": " + why + "; use a floating-point format");
            }
        }
        for (WeightSource tensor : checkpoint.tensors()) {
            add(tensor);
        }
    }

    /** Which linears have codes, for a file of another kind. */
    static ModelTensors ofGguf(Checkpoint checkpoint, WeightQuantization quantization) {
        ModelTensors tensors = new ModelTensors(checkpoint, new ExportFormat.Gguf(null));
        tensors.findGrids(quantization);
        return tensors;
    }

    private ModelTensors(Checkpoint checkpoint, ExportFormat format) {
        this.checkpoint = checkpoint;
        this.format = format;
        this.model = modelType(checkpoint);
    }

    /** The type that most of the model is in: that of its embedding, or what packed formats' scales have. */
    static Dtype modelType(Checkpoint checkpoint) {
        return checkpoint.embedding() instanceof TensorLocation plain ? plain.dtype() : Dtype.F16;
    }

    private void findGrids(WeightQuantization quantization) {
        if (!quantization.isEvenlySpaced()) {
            throw new BadInput("--format " + format.word() + " holds evenly spaced codes, and those of "
                    + quantization.type() + " are not; use a floating-point format");
        }
        for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
            for (Projection projection : Projection.values()) {
                WeightSource source = checkpoint.tensor(projection.weight(layer));
                Grids found = quantization.bits() == 0 ? stored(source) : grids(quantization);
                if (found == null) {
                    plainLinears.add(module(source.name()));
                } else {
                    grids.put(source.name(), found);
                }
            }
        }
    }

    private static @Nullable Grids stored(WeightSource source) {
        return source instanceof PackedTensor packed ? packed.grids() : null;
    }

    /** What a quantizer will make of every linear. */
    static Grids grids(WeightQuantization quantization) {
        return new Grids(
                quantization.bits(),
                quantization.group(),
                quantization.reordersGroups() ? Grids.Columns.REORDERED : Grids.Columns.IN_ORDER,
                quantization.isSymmetric() ? Grids.Zeros.MIDDLE : Grids.Zeros.ANYWHERE);
    }

    /** @throws BadInput when readers of the format would not take what we could write */
    void require() {
        if (!(format instanceof ExportFormat.Packed packed)) {
            return;
        }
        PackedFormat written = packed.format();
        grids.forEach((name, each) -> {
            long[] shape = checkpoint.tensor(name).shape();
            written.require(name, Math.toIntExact(shape[0]), Math.toIntExact(shape[1]), each);
        });
        boolean mixed = grids.values().stream().distinct().count() > 1;
        if (!written.mixes() && (mixed || !plainLinears.isEmpty())) {
            throw new BadInput("--format " + written.word() + " wants all linears quantized alike; those of "
                    + checkpoint.directory() + " are not");
        }
    }

    private void add(WeightSource tensor) {
        Grids quantized = grids.get(tensor.name());
        if (quantized != null && format instanceof ExportFormat.Packed packed) {
            int out = Math.toIntExact(tensor.shape()[0]);
            int in = Math.toIntExact(tensor.shape()[1]);
            entries.addAll(packed.format().entries(module(tensor.name()), out, in, quantized, packed.scales(model)));
        } else {
            entries.add(new Entry(tensor.name(), dtype(tensor), tensor.shape()));
        }
    }

    private Dtype dtype(WeightSource tensor) {
        if (format instanceof ExportFormat.Plain plain) {
            return plain.dtype();
        }
        // Norms and biases may be changed by a quantizer or by scales, and are little: nothing is rounded.
        return tensor instanceof TensorLocation stored && !tensor.name().startsWith(LAYERS)
                ? stored.dtype()
                : Dtype.F32;
    }

    List<Entry> entries() {
        return entries;
    }

    /** Null for a tensor that is written as numbers. */
    @Nullable Grids grids(String weight) {
        return grids.get(weight);
    }

    /** By module. */
    Map<String, Grids> linears() {
        Map<String, Grids> linears = new LinkedHashMap<>();
        grids.forEach((name, each) -> linears.put(module(name), each));
        return linears;
    }

    /** Modules whose weights stay plain although others are quantized. */
    List<String> plainLinears() {
        return plainLinears;
    }

    /** What {@code config.json} says of the tensors. */
    Dtype configType() {
        return format instanceof ExportFormat.Plain plain
                ? plain.dtype()
                : ((ExportFormat.Packed) format).scales(model);
    }

    static String module(String weight) {
        return weight.substring(0, weight.length() - WEIGHT.length());
    }
}
