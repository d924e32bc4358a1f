package qroar.workers.checkpoint;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Decoder families that share LLaMA's block; what sets them apart is in {@link ModelConfig} and the tensors stored. */
public enum Architecture {
    LLAMA(2048),
    /** Sliding window on every layer where the config sets one. */
    MISTRAL(131_072),
    /** Biases on q, k and v. */
    QWEN2(32_768),
    /** RMS norm over each head of q and k before rotation. */
    QWEN3(32_768);

    private final int defaultMaxPositions;

    Architecture(int defaultMaxPositions) {
        this.defaultMaxPositions = defaultMaxPositions;
    }

    /** {@code model_type} in config.json. */
    public String modelType() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** What transformers takes for {@code max_position_embeddings} when config.json lacks it. */
    int defaultMaxPositions() {
        return defaultMaxPositions;
    }

    static @Nullable Architecture ofModelType(String modelType) {
        return Arrays.stream(values())
                .filter(a -> a.modelType().equals(modelType))
                .findFirst()
                .orElse(null);
    }

    static String supported() {
        return Arrays.stream(values()).map(Architecture::modelType).collect(Collectors.joining(", "));
    }
}
