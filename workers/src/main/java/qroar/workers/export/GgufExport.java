package qroar.workers.export;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.input.InputFile;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.LayerProgress;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.gguf.BlockFormat;
import qroar.workers.gguf.BlockPacking;
import qroar.workers.gguf.GgufFile;
import qroar.workers.gguf.GgufModel;
import qroar.workers.gguf.GgufRope;
import qroar.workers.gguf.GgufTokenizer;
import qroar.workers.gguf.GgufVocabulary;
import qroar.workers.gguf.GgufWriter;
import qroar.workers.packed.Grids;
import qroar.workers.packed.GroupCodes;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.Codes;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

/**
 * Writes a model as one GGUF file: linears in the blocks that hold the quantizer's integers as they are, norms and biases in
 * float32, everything else in one floating-point type. Memory: one layer.
 */
final class GgufExport {
    static final String FILE = "model.gguf";

    private static final long MAX_TOKENIZER_BYTES = 1L << 30;
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Checkpoint checkpoint;
    private final TorchDevice device;
    private final Dtype plain;
    private final GgufModel model;
    private final GgufRope rope;
    private final Map<String, BlockFormat> formats = new LinkedHashMap<>();
    private final BlockPacking packing = new BlockPacking();
    private double largest;

    /**
     * @param plain type of what is not quantized; null for the model's own, or float16 where nothing is quantized
     * @throws qroar.protocol.BadInput when no block holds the codes, or a file cannot say the scaling
     */
    GgufExport(
            Checkpoint checkpoint,
            WeightQuantization quantization,
            @Nullable Dtype plain,
            RopeScaling scaling,
            TorchDevice device) {
        ModelConfig config = checkpoint.config();
        this.checkpoint = checkpoint;
        this.device = device;
        this.model = new GgufModel(config);
        this.rope = GgufRope.of(scaling, config.geometry(), model.takesDivisors());
        ModelTensors quantized = ModelTensors.ofGguf(checkpoint, quantization);
        Dtype own = ModelTensors.modelType(checkpoint);
        this.plain = plain != null ? plain : quantized.linears().isEmpty() && own == Dtype.F32 ? Dtype.F16 : own;
        for (WeightSource tensor : checkpoint.tensors()) {
            Grids grids = quantized.grids(tensor.name());
            BlockFormat format = tensor.shape().length == 1 ? BlockFormat.F32 : BlockFormat.of(this.plain);
            if (grids != null) {
                format = BlockPacking.formatOf(tensor.name(), Math.toIntExact(tensor.shape()[1]), grids);
            }
            formats.put(tensor.name(), format);
        }
    }

    /** What q and k have to be multiplied by for the file to compute the scaling. */
    double attention() {
        return rope.attention();
    }

    /** @return the largest rounding of a scale, an offset or a weight, as a share of it */
    double fill(WeightQuantizer quantizer, Path folder) throws IOException {
        Map<String, Object> metadata = model.metadata(name(), rope);
        metadata.putAll(vocabulary());
        Path file = folder.resolve(FILE);
        try (GgufWriter writer = GgufWriter.create(file, metadata, entries())) {
            if (rope.divisors() != null) {
                ByteBuffer divisors = GgufWriter.room((long) rope.divisors().length * Float.BYTES);
                for (float divisor : rope.divisors()) {
                    divisors.putFloat(divisor);
                }
                writer.append(GgufModel.FREQUENCY_DIVISORS, divisors.flip());
            }
            for (WeightSource tensor : checkpoint.tensors()) {
                if (!tensor.name().startsWith("model.layers.")) {
                    numbers(writer, tensor.name(), tensor.readFloat32());
                }
            }
            LayerProgress progress =
                    new LayerProgress("writing " + file, checkpoint.config().layerCount());
            for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
                progress.layer(layer);
                try (LayerWeights weights = LayerWeights.readWithCodes(checkpoint, layer, device)) {
                    quantizer.quantize(layer, weights);
                    write(writer, layer, weights);
                }
            }
            writer.finish();
        }
        return Math.max(largest, packing.largestRounding());
    }

    private String name() {
        Path folder = checkpoint.directory().toAbsolutePath().getFileName();
        return folder == null ? "model" : folder.toString();
    }

    private List<GgufWriter.Entry> entries() {
        List<GgufWriter.Entry> entries = new ArrayList<>();
        if (rope.divisors() != null) {
            entries.add(new GgufWriter.Entry(GgufModel.FREQUENCY_DIVISORS, BlockFormat.F32, rope.divisors().length));
        }
        for (WeightSource tensor : checkpoint.tensors()) {
            entries.add(new GgufWriter.Entry(model.name(tensor.name()), format(tensor.name()), tensor.shape()));
        }
        return entries;
    }

    private BlockFormat format(String tensor) {
        BlockFormat format = formats.get(tensor);
        if (format == null) {
            throw new IllegalStateException("tensor '" + tensor + "' was not planned");
        }
        return format;
    }

    private void write(GgufWriter writer, int layer, LayerWeights weights) throws IOException {
        for (Map.Entry<String, TorchValue> tensor : weights.named(layer).entrySet()) {
            Codes codes = format(tensor.getKey()).isBlock() ? codes(weights, layer, tensor.getKey()) : null;
            if (codes == null) {
                numbers(writer, tensor.getKey(), tensor.getValue().floats());
                continue;
            }
            GroupCodes read = codes.read();
            int[] order = model.order(tensor.getKey());
            GroupCodes ordered = order == null ? read : read.rows(order);
            writer.append(model.name(tensor.getKey()), packing.pack(ordered, format(tensor.getKey())));
        }
    }

    private static Codes codes(LayerWeights weights, int layer, String name) {
        for (Projection projection : Projection.values()) {
            Codes codes = weights.codes(projection);
            if (projection.weight(layer).equals(name) && codes != null) {
                return codes;
            }
        }
        throw new IllegalStateException(name + " came without its codes");
    }

    private void numbers(GgufWriter writer, String name, float[] values) throws IOException {
        Dtype dtype = Dtype.valueOf(format(name).name());
        int[] order = model.order(name);
        int columns = order == null ? values.length : values.length / order.length;
        ByteBuffer bytes = GgufWriter.room((long) values.length * dtype.bytes());
        for (int i = 0; i < values.length; i++) {
            float exact = order == null ? values[i] : values[order[i / columns] * columns + i % columns];
            int at = bytes.position();
            dtype.put(bytes, exact);
            float stored = dtype.get(bytes.position(at));
            if (stored != exact && Float.isFinite(exact)) {
                double size = Math.max(Math.abs(exact), dtype.smallestNormal());
                largest = Math.max(largest, Math.abs((double) stored - exact) / size);
            }
        }
        writer.append(model.name(name), bytes.flip());
    }

    private Map<String, Object> vocabulary() throws IOException {
        ModelConfig config = checkpoint.config();
        Map<String, Object> found = null;
        JsonNode tokenizer = tokenizer();
        if (tokenizer != null) {
            found = GgufVocabulary.of(tokenizer, config.vocabularySize());
        }
        if (found == null) {
            // llama.cpp then takes token ids only.
            return Map.of("tokenizer.ggml.model", "no_vocab");
        }
        if (config.vocabulary().bosTokenId() != null) {
            found.put("tokenizer.ggml.bos_token_id", config.vocabulary().bosTokenId());
        }
        if (!config.vocabulary().eosTokenIds().isEmpty()) {
            found.put(
                    "tokenizer.ggml.eos_token_id",
                    config.vocabulary().eosTokenIds().get(0));
        }
        return found;
    }

    private @Nullable JsonNode tokenizer() throws IOException {
        Path beside = checkpoint.directory().resolve("tokenizer.json");
        if (checkpoint.isGguf()) {
            GgufFile file = GgufFile.open(checkpoint.files().get(0));
            if (GgufTokenizer.isIn(file)) {
                return JSON.readTree(GgufTokenizer.json(file));
            }
        }
        return Files.exists(beside) ? JSON.readTree(InputFile.bytes(beside, MAX_TOKENIZER_BYTES)) : null;
    }
}
