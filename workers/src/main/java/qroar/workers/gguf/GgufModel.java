package qroar.workers.gguf;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.Architecture;
import qroar.workers.config.AttentionShape;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;

/** How a model is called and ordered in a GGUF file: the way back of {@link GgufConfig} and {@link GgufWeights}. */
public final class GgufModel {
    /** The divisor of each pair's frequency. */
    public static final String FREQUENCY_DIVISORS = GgufConfig.FREQUENCY_DIVISORS;

    private final ModelConfig config;
    private final Architecture architecture;
    private final Map<String, String> names = new LinkedHashMap<>();
    /** Heads of the tensors whose rows are interleaved. */
    private final Map<String, Integer> interleaved = new LinkedHashMap<>();

    /** @throws BadInput when llama.cpp cannot run such a model as it is */
    public GgufModel(ModelConfig config) {
        this.config = config;
        this.architecture = config.architecture() == Architecture.MISTRAL ? Architecture.LLAMA : config.architecture();
        if (config.attention().windows().stream().anyMatch(window -> window != AttentionShape.UNLIMITED)) {
            throw new BadInput("--format gguf: sliding windows are not supported in GGUF files");
        }
        names.put(TensorNames.EMBEDDING, GgufWeights.EMBEDDING);
        names.put(TensorNames.FINAL_NORM, GgufWeights.FINAL_NORM);
        names.put(TensorNames.OUTPUT_HEAD, GgufWeights.OUTPUT_HEAD);
        for (int layer = 0; layer < config.layerCount(); layer++) {
            String block = "blk." + layer + ".";
            names.put(TensorNames.inputNorm(layer), block + "attn_norm.weight");
            names.put(TensorNames.postAttentionNorm(layer), block + "ffn_norm.weight");
            names.put(TensorNames.queryNorm(layer), block + "attn_q_norm.weight");
            names.put(TensorNames.keyNorm(layer), block + "attn_k_norm.weight");
            for (Projection projection : Projection.values()) {
                String stored = block + GgufWeights.shortName(projection);
                names.put(projection.weight(layer), stored + ".weight");
                names.put(projection.bias(layer), stored + ".bias");
                interleave(projection, layer);
            }
        }
    }

    private void interleave(Projection projection, int layer) {
        boolean turned = projection == Projection.QUERY || projection == Projection.KEY;
        if (turned && architecture.ggufLayout() == Architecture.GgufLayout.INTERLEAVED) {
            int heads = projection == Projection.QUERY ? config.headCount() : config.keyValueHeadCount();
            interleaved.put(projection.weight(layer), heads);
            interleaved.put(projection.bias(layer), heads);
        }
    }

    /** The name in the file of a tensor with a Hugging Face name. */
    public String name(String tensor) {
        String name = names.get(tensor);
        if (name == null) {
            throw new IllegalArgumentException("tensor '" + tensor + "' has no name in GGUF");
        }
        return name;
    }

    /** Whether llama.cpp reads divisors of frequencies for the architecture. */
    public boolean takesDivisors() {
        return architecture == Architecture.LLAMA;
    }

    /** The row that is stored as each row; null where they stay in order. */
    public int @Nullable [] order(String tensor) {
        Integer heads = interleaved.get(tensor);
        if (heads == null) {
            return null;
        }
        int headDim = config.headDim();
        int[] rows = new int[heads * headDim];
        Arrays.setAll(rows, stored -> {
            int inHead = stored % headDim;
            return stored - inHead + inHead % 2 * (headDim / 2) + inHead / 2;
        });
        return rows;
    }

    /** Everything but the tokenizer. */
    public Map<String, Object> metadata(String name, GgufRope rope) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        String prefix = architecture.modelType() + ".";
        metadata.put("general.architecture", architecture.modelType());
        metadata.put("general.name", name);
        metadata.put("general.quantization_version", 2);
        metadata.put(prefix + "embedding_length", config.hiddenSize());
        metadata.put(prefix + "feed_forward_length", config.intermediateSize());
        metadata.put(prefix + "block_count", config.layerCount());
        metadata.put(prefix + "attention.head_count", config.headCount());
        metadata.put(prefix + "attention.head_count_kv", config.keyValueHeadCount());
        metadata.put(prefix + "attention.key_length", config.headDim());
        metadata.put(prefix + "attention.value_length", config.headDim());
        metadata.put(prefix + "attention.layer_norm_rms_epsilon", (float) config.rmsNormEpsilon());
        metadata.put(prefix + "rope.dimension_count", config.headDim());
        metadata.put(prefix + "vocab_size", config.vocabularySize());
        rope.keys().forEach((key, value) -> metadata.put(prefix + key, value));
        return metadata;
    }
}
