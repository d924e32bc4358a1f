package qroar.workers.gguf;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.workers.config.Architecture;
import qroar.workers.config.AttentionShape;
import qroar.workers.config.ConfigReader;
import qroar.workers.config.FeedForwardShape;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Vocabulary;

/**
 * From the metadata of a GGUF file to a {@link ModelConfig}, as llama.cpp reads it. Mistral models are of its architecture
 * llama. {@code rope_freqs.weight}, a divisor per RoPE pair by which files carry Llama 3's and any other interpolation, is
 * LongRoPE with one list and no attention factor.
 */
public final class GgufConfig {
    static final String FREQUENCY_DIVISORS = "rope_freqs.weight";

    private final GgufFile file;
    private final Architecture architecture;

    private GgufConfig(GgufFile file) {
        this.file = file;
        String key = "general.architecture";
        Architecture named = Architecture.ofModelType(file.text(key));
        if (named == null || named.ggufLayout() == Architecture.GgufLayout.NOT_NAMED) {
            throw file.refuse(key, "supported: " + Architecture.supportedInGguf());
        }
        this.architecture = named;
    }

    public static ModelConfig read(GgufFile file) {
        return new GgufConfig(file).model();
    }

    private String key(String name) {
        return architecture.modelType() + "." + name;
    }

    private ModelConfig model() {
        int hidden = file.integer(key("embedding_length"), 1, ConfigReader.MAX_WIDTH);
        int heads = file.integer(key("attention.head_count"), 1, ConfigReader.MAX_HEADS);
        int keyValueHeads = file.integer(key("attention.head_count_kv"), 1, heads, heads);
        if (heads % keyValueHeads != 0) {
            throw file.refuse(key("attention.head_count_kv"), "must divide attention.head_count " + heads);
        }
        int layers = file.integer(key("block_count"), 1, ConfigReader.MAX_LAYERS);
        refuseOtherAttention();
        RopeGeometry geometry = geometry(headDim(hidden, heads));
        boolean biases = file.tensor("blk.0.attn_q.bias") != null;
        AttentionShape attention = new AttentionShape(
                heads,
                keyValueHeads,
                Collections.nCopies(layers, AttentionShape.UNLIMITED),
                biases && architecture.attentionBias() != Architecture.AttentionBias.ALWAYS);
        return new ModelConfig(
                architecture,
                hidden,
                layers,
                decimal(key("attention.layer_norm_rms_epsilon")),
                attention,
                new FeedForwardShape(file.integer(key("feed_forward_length"), 1, ConfigReader.MAX_WIDTH), false),
                vocabulary(),
                geometry,
                ropeScaling(geometry),
                List.of());
    }

    private int headDim(int hidden, int heads) {
        String key = key("attention.key_length");
        if (!file.has(key) && hidden % heads != 0) {
            throw file.refuse(
                    key("embedding_length"), "must be a multiple of attention.head_count " + heads + " without " + key);
        }
        int headDim = file.integer(key, 2, ConfigReader.MAX_HEAD_DIM, hidden / heads);
        for (String other : new String[] {key("attention.value_length"), key("rope.dimension_count")}) {
            if (file.integer(other, 0, Integer.MAX_VALUE, headDim) != headDim) {
                throw file.refuse(other, "only heads of one size, rotated as a whole, are supported: " + headDim);
            }
        }
        if (headDim % 2 != 0) {
            throw file.refuse(
                    file.has(key) ? key : key("embedding_length"), "a head's size must be even, not " + headDim);
        }
        return headDim;
    }

    private void refuseOtherAttention() {
        if (file.integer(key("expert_count"), 0, Integer.MAX_VALUE, 0) != 0) {
            throw file.refuse(key("expert_count"), "mixtures of experts are not supported");
        }
        if (file.integer(key("attention.sliding_window"), 0, Integer.MAX_VALUE, 0) != 0) {
            throw file.refuse(key("attention.sliding_window"), "sliding windows are not supported in GGUF files");
        }
    }

    private Vocabulary vocabulary() {
        Map<String, String> unusable = new LinkedHashMap<>();
        return new Vocabulary(
                vocabularySize(),
                file.tensor("output.weight") == null,
                tokenId("bos_token_id", unusable),
                Stream.ofNullable(tokenId("eos_token_id", unusable)).toList(),
                unusable);
    }

    private int vocabularySize() {
        GgufTensor embedding = file.tensor(GgufWeights.EMBEDDING);
        if (embedding == null) {
            throw new BadInput(file.file() + ": tensor '" + GgufWeights.EMBEDDING + "' is missing");
        }
        return Math.toIntExact(Math.min(embedding.shape()[0], ConfigReader.MAX_VOCABULARY));
    }

    /** Null where none of the vocabulary is named; then what is wrong with it is added to {@code unusable}. */
    private @Nullable Integer tokenId(String name, Map<String, String> unusable) {
        String key = "tokenizer.ggml." + name;
        if (!file.has(key)) {
            return null;
        }
        try {
            return file.integer(key, 0, vocabularySize() - 1);
        } catch (BadInput outside) {
            unusable.put(name, String.valueOf(outside.getMessage()));
            return null;
        }
    }

    private RopeGeometry geometry(int headDim) {
        double theta = file.has(key("rope.freq_base")) ? decimal(key("rope.freq_base")) : 10_000;
        int positions = file.integer(key("context_length"), 1, ConfigReader.MAX_POSITIONS);
        if (!(theta > 1)) {
            throw file.refuse(key("rope.freq_base"), "must be above 1");
        }
        return new RopeGeometry(headDim, theta, positions, null);
    }

    /** A float32's shortest decimal: 1e-5 as config.json has it, not the float32 next to it. */
    private double decimal(String key) {
        return Double.parseDouble(Float.toString((float) file.number(key)));
    }

    private RopeScaling ropeScaling(RopeGeometry geometry) {
        String key = key("rope.scaling.type");
        String type = file.has(key) ? file.text(key) : "none";
        // Older files have linear interpolation under a key of its own.
        double factor = file.number(key("rope.scaling.factor"), file.number(key("rope.scale_linear"), 1));
        if (!(factor > 0)) {
            throw file.refuse(key("rope.scaling.factor"), "must be above 0");
        }
        GgufTensor divisors = file.tensor(FREQUENCY_DIVISORS);
        if (divisors != null && !type.equals("none") && !type.equals("linear")) {
            throw file.refuse(key, "cannot be combined with tensor '" + FREQUENCY_DIVISORS + "'");
        }
        return switch (type) {
            case "none", "linear" ->
                divisors != null
                        ? dividedBy(divisors, factor, geometry)
                        : factor == 1 ? new NoScaling() : new LinearScaling(factor);
            case "yarn" -> yarn(factor);
            default -> throw file.refuse(key, "supported: none, linear, yarn");
        };
    }

    private RopeScaling dividedBy(GgufTensor divisors, double factor, RopeGeometry geometry) {
        float[] values = divisors.dequantized();
        if (values.length != geometry.pairCount()) {
            throw new BadInput(file.file() + ": tensor '" + FREQUENCY_DIVISORS + "' has " + values.length
                    + " values; must have one for each of " + geometry.pairCount() + " RoPE pairs");
        }
        double[] each = new double[values.length];
        for (int i = 0; i < each.length; i++) {
            each[i] = factor * values[i];
        }
        return new LongRopeScaling(each, each, geometry.maxPositions(), 1.0, null);
    }

    /** llama.cpp's {@code attn_factor} multiplies 1 + 0.1 ln(factor); Hugging Face's attention factor is the product. */
    private RopeScaling yarn(double factor) {
        String original = key("rope.scaling.original_context_length");
        Integer window = file.has(original) ? (Integer) file.integer(original, 1, ConfigReader.MAX_POSITIONS) : null;
        double multiplier = file.number(key("rope.scaling.attn_factor"), 1);
        Double attention = multiplier == 1 ? null : (Double) (multiplier * (1 + 0.1 * Math.log(factor)));
        YarnScaling plain = YarnScaling.of(factor, window);
        return new YarnScaling(
                factor, window, plain.betaFast(), plain.betaSlow(), attention, null, null, plain.truncate());
    }
}
