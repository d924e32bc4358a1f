package qroar.workers.proof;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import qroar.protocol.BadInput;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.workers.config.Architecture;
import qroar.workers.config.AttentionShape;
import qroar.workers.config.FeedForwardShape;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Vocabulary;

/** Shapes of models that people run, by name, without their weights. */
public final class ModelShape {
    private static final Map<String, ModelConfig> KNOWN = Map.of(
            "llama-2-7b", shape(4096, 11_008, 32, 32, 32, 32_000, false),
            "llama-2-13b", shape(5120, 13_824, 40, 40, 40, 32_000, false),
            "llama-2-70b", shape(8192, 28_672, 80, 64, 8, 32_000, false),
            "llama-3.1-8b", shape(4096, 14_336, 32, 32, 8, 128_256, false),
            "tinyllama", shape(2048, 5632, 22, 32, 4, 32_000, false),
            "smollm2-135m", shape(576, 1536, 30, 9, 3, 49_152, true),
            "d1024", shape(1024, 2816, 8, 16, 16, 32_000, false),
            "tiny", shape(64, 176, 2, 4, 2, 512, true));

    private ModelShape() {}

    private static ModelConfig shape(
            int hidden, int intermediate, int layers, int heads, int keyValueHeads, int vocabulary, boolean tied) {
        return llama(
                hidden,
                layers,
                new AttentionShape(heads, keyValueHeads, Collections.nCopies(layers, AttentionShape.UNLIMITED), false),
                intermediate,
                Vocabulary.withoutSpecialTokens(vocabulary, tied),
                new RopeGeometry(hidden / heads, 10_000, 1 << 20, null));
    }

    /** A model of LLaMA's block. */
    static ModelConfig llama(
            int hidden,
            int layers,
            AttentionShape attention,
            int intermediate,
            Vocabulary vocabulary,
            RopeGeometry geometry) {
        return new ModelConfig(
                Architecture.LLAMA,
                hidden,
                layers,
                1e-5,
                attention,
                new FeedForwardShape(intermediate, false),
                vocabulary,
                geometry,
                new NoScaling(),
                List.of());
    }

    /** All names. */
    public static List<String> names() {
        return KNOWN.keySet().stream().sorted().toList();
    }

    /**
     * A shape by its name, or that of a checkpoint, of which nothing but {@code config.json} is read.
     *
     * @throws BadInput naming the names that are known
     */
    public static ModelConfig of(String nameOrFolder) {
        ModelConfig known = KNOWN.get(nameOrFolder);
        if (known != null) {
            return known;
        }
        Path config = Path.of(nameOrFolder).resolve("config.json");
        if (!Files.exists(config)) {
            throw new BadInput("shape '" + nameOrFolder + "' is neither a folder with a config.json nor one of "
                    + String.join(", ", names()));
        }
        return ModelConfig.read(config);
    }

    /** Numbers of all weights, biases and norms of q and k left out. */
    public static long parameters(ModelConfig config) {
        long head = (long) config.vocabularySize() * config.hiddenSize();
        return (config.tiedEmbeddings() ? head : 2 * head)
                + config.hiddenSize()
                + config.layerCount() * (linear(config) + 2L * config.hiddenSize());
    }

    private static long linear(ModelConfig config) {
        long own = (long) config.headCount() * config.headDim();
        long kv = (long) config.keyValueHeadCount() * config.headDim();
        return config.hiddenSize() * (2 * own + 2 * kv + 3L * config.intermediateSize());
    }

    /**
     * Multiplications and additions of a forward pass with its losses: linears, both products of causal attention over the
     * positions that a layer lets a token see, and the head.
     */
    public static double operations(ModelConfig config, int tokens) {
        double total = 2.0
                * tokens
                * (config.layerCount() * (double) linear(config)
                        + (double) config.vocabularySize() * config.hiddenSize());
        for (int layer = 0; layer < config.layerCount(); layer++) {
            double window = Math.min(tokens, (double) config.attentionWindow(layer));
            double pairs = window * (window + 1) / 2 + (tokens - window) * window;
            total += 4 * pairs * config.headCount() * config.headDim();
        }
        return total;
    }
}
