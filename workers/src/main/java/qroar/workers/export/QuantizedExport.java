package qroar.workers.export;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.RopeConfigWriter;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.quantize.RescaledRows;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.SafetensorsWriter;
import qroar.workers.tensors.SafetensorsWriter.Entry;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

/**
 * Writes a quantized model as an ordinary Hugging Face checkpoint: {@code config.json} with the dtype of the new
 * tensors, tokenizer files, and every tensor that the forward pass reads, norms and biases changed by AWQ among them.
 * Weights are the de-quantized values, so any program that reads the original reads this. Activation and cache
 * quantization happen at run time and are no part of it.
 *
 * <p>In float32 the export computes what the quantized model computes, bit for bit. <b>bf16 and fp16 round every
 * quantized weight once more</b>, which moves it off its grid: by up to 2^-9 of its value in bf16, as much as the steps of
 * 8-bit weights.
 *
 * <p>The folder appears as a whole, or not at all. Memory: one layer.
 */
public final class QuantizedExport {
    private static final long MAX_CONFIG_BYTES = 100L << 20;
    private static final long MAX_SHARD_BYTES = 4L << 30;
    private static final String CONFIG = "config.json";
    private static final Pattern COMPANIONS = Pattern.compile("tokenizer.*|special_tokens_map\\.json"
            + "|added_tokens\\.json|vocab\\.(json|txt)|merges\\.txt|chat_template.*|generation_config\\.json"
            + "|.*\\.model|LICENSE.*|NOTICE.*|USE_POLICY.*");
    private static final ObjectMapper JSON = new ObjectMapper()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .setNodeFactory(JsonNodeFactory.withExactBigDecimals(true));

    private final Checkpoint checkpoint;
    private final TorchDevice device;
    private final Dtype dtype;
    private final long maxShardBytes;
    private final @Nullable RopeScaling rope;

    QuantizedExport(Checkpoint checkpoint, TorchDevice device, Dtype dtype, long maxShardBytes) {
        this(checkpoint, device, dtype, maxShardBytes, null);
    }

    private QuantizedExport(
            Checkpoint checkpoint, TorchDevice device, Dtype dtype, long maxShardBytes, @Nullable RopeScaling rope) {
        this.checkpoint = checkpoint;
        this.device = device;
        this.dtype = dtype;
        this.maxShardBytes = maxShardBytes;
        this.rope = rope;
    }

    /**
     * A tuned model: quantized, its rows of W_Q and W_K rescaled, and its config with the RoPE scaling that it was tuned
     * under. It needs nothing of ours to run.
     *
     * @param quantizer stays the caller's to close
     */
    public static void writeTuned(
            Checkpoint checkpoint,
            WeightQuantizer quantizer,
            BandScales scales,
            RopeScaling rope,
            TorchDevice device,
            Dtype dtype,
            Path folder) {
        try (RescaledRows rescaled = new RescaledRows(quantizer, scales, device)) {
            new QuantizedExport(checkpoint, device, dtype, MAX_SHARD_BYTES, rope).write(rescaled, folder);
        }
    }

    /**
     * Quantizes and writes.
     *
     * @param calibration token ids, see {@link CalibratedQuantizers}; passed over where none are needed
     * @param folder must not exist, or be empty
     * @throws BadInput when the folder cannot be used or the calibration does not do
     */
    public static void write(
            Checkpoint checkpoint,
            WeightQuantization quantization,
            int[][] calibration,
            TorchDevice device,
            Dtype dtype,
            Path folder) {
        NewFolder.refuseUsed(folder);
        try (WeightQuantizer quantizer = CalibratedQuantizers.of(quantization, checkpoint, device, calibration)) {
            write(checkpoint, quantizer, device, dtype, folder);
        }
    }

    /** The same with a quantizer of one's own, which stays the caller's to close. */
    public static void write(
            Checkpoint checkpoint, WeightQuantizer quantizer, TorchDevice device, Dtype dtype, Path folder) {
        new QuantizedExport(checkpoint, device, dtype, MAX_SHARD_BYTES).write(quantizer, folder);
    }

    /** @throws BadInput when the folder is used already, or disk or permissions do not do */
    void write(WeightQuantizer quantizer, Path folder) {
        NewFolder.fill(folder, "the quantized model", unfinished -> fill(quantizer, unfinished));
    }

    private void fill(WeightQuantizer quantizer, Path folder) throws IOException {
        try (ShardedTensors tensors = ShardedTensors.create(folder, entries(), maxShardBytes)) {
            Set<String> ofLayers = new HashSet<>();
            for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
                try (LayerWeights weights = LayerWeights.read(checkpoint, layer, device)) {
                    quantizer.quantize(layer, weights);
                    for (Map.Entry<String, TorchValue> tensor :
                            weights.named(layer).entrySet()) {
                        tensors.of(tensor.getKey())
                                .append(tensor.getKey(), tensor.getValue().floats());
                        ofLayers.add(tensor.getKey());
                    }
                }
            }
            for (WeightSource other : checkpoint.tensors()) {
                if (!ofLayers.contains(other.name())) {
                    SafetensorsWriter writer = tensors.of(other.name());
                    if (!(other instanceof TensorLocation plain)) {
                        writer.append(other.name(), other.readFloat32());
                    } else if (plain.dtype() == dtype) {
                        writer.copy(plain);
                    } else {
                        writer.convert(plain);
                    }
                }
            }
            tensors.finish();
            if (tensors.isSharded()) {
                FolderFiles.write(folder.resolve("model.safetensors.index.json"), index(tensors));
            }
        }
        FolderFiles.write(folder.resolve(CONFIG), config());
        FolderFiles.permitLike(folder.resolve(CONFIG), folder);
        copyCompanions(folder);
    }

    private List<Entry> entries() {
        List<Entry> entries = new ArrayList<>();
        for (WeightSource tensor : checkpoint.tensors()) {
            entries.add(new Entry(tensor.name(), dtype, tensor.shape()));
        }
        return entries;
    }

    private static byte[] index(ShardedTensors tensors) throws IOException {
        ObjectNode index = JSON.createObjectNode();
        index.putObject("metadata").put("total_size", tensors.totalBytes());
        ObjectNode map = index.putObject("weight_map");
        tensors.files().forEach(map::put);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(index);
    }

    /** The same config; loaders that follow its dtype must not round what was written wider. */
    private byte[] config() throws IOException {
        ObjectNode config = (ObjectNode)
                JSON.readTree(InputFile.bytes(checkpoint.directory().resolve(CONFIG), MAX_CONFIG_BYTES));
        String name = switch (dtype) {
            case F32 -> "float32";
            case F16 -> "float16";
            case BF16 -> "bfloat16";
        };
        if (rope != null) {
            RopeConfigWriter.write(config, rope, checkpoint.config().geometry());
        }
        config.remove("quantization_config");
        config.put(config.has("dtype") ? "dtype" : "torch_dtype", name);
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(config);
    }

    private void copyCompanions(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(checkpoint.directory())) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                String name = file.getFileName().toString();
                if (COMPANIONS.matcher(name).matches()) {
                    Files.copy(file, folder.resolve(name));
                }
            }
        }
    }
}
