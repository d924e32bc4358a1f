package qroar.workers.checkpoint;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Decoder families that share LLaMA's block, and all that sets them apart: a new family with the same block is a constant
 * here. What a method says of none is what its first line says; the others have to be said of each.
 */
public enum Architecture {
    LLAMA {
        @Override
        int defaultMaxPositions() {
            return 2048;
        }

        @Override
        AttentionBias attentionBias() {
            return AttentionBias.AS_CONFIGURED;
        }

        @Override
        boolean readsMlpBias() {
            return true;
        }

        @Override
        boolean impliesKeyValueHeads() {
            return true;
        }

        @Override
        SlidingWindows slidingWindows() {
            return SlidingWindows.NONE;
        }

        @Override
        GgufLayout ggufLayout() {
            return GgufLayout.INTERLEAVED;
        }
    },
    MISTRAL {
        @Override
        int defaultMaxPositions() {
            return 131_072;
        }

        @Override
        AttentionBias attentionBias() {
            return AttentionBias.NONE;
        }

        @Override
        SlidingWindows slidingWindows() {
            return SlidingWindows.ALL_LAYERS;
        }

        /** GGUF files call it llama. */
        @Override
        GgufLayout ggufLayout() {
            return GgufLayout.NOT_NAMED;
        }
    },
    QWEN2 {
        @Override
        int defaultMaxPositions() {
            return 32_768;
        }

        @Override
        AttentionBias attentionBias() {
            return AttentionBias.ALWAYS;
        }

        @Override
        SlidingWindows slidingWindows() {
            return SlidingWindows.SOME_LAYERS;
        }

        @Override
        GgufLayout ggufLayout() {
            return GgufLayout.PLAIN;
        }
    },
    QWEN3 {
        @Override
        int defaultMaxPositions() {
            return 32_768;
        }

        @Override
        AttentionBias attentionBias() {
            return AttentionBias.AS_CONFIGURED;
        }

        @Override
        boolean normalisesQueryAndKey() {
            return true;
        }

        @Override
        Integer defaultHeadDim() {
            return 128;
        }

        @Override
        SlidingWindows slidingWindows() {
            return SlidingWindows.SOME_LAYERS;
        }

        @Override
        GgufLayout ggufLayout() {
            return GgufLayout.PLAIN;
        }
    };

    /** Biases of q, k, v and o that a checkpoint promises. */
    enum AttentionBias {
        NONE,
        /** On all four where {@code attention_bias} says so. */
        AS_CONFIGURED,
        /** On q, k and v. */
        ALWAYS
    }

    /** Which layers follow the keys about sliding windows. */
    enum SlidingWindows {
        NONE,
        ALL_LAYERS,
        /** Those that {@code layer_types} or {@code max_window_layers} name, where {@code use_sliding_window} says so. */
        SOME_LAYERS
    }

    /** How GGUF files store the rows of q and k. */
    enum GgufLayout {
        /** None is called so. */
        NOT_NAMED,
        PLAIN,
        /** The two halves of a head row by row in turn. */
        INTERLEAVED
    }

    /** What transformers takes for {@code max_position_embeddings} when config.json lacks it. */
    abstract int defaultMaxPositions();

    abstract AttentionBias attentionBias();

    abstract SlidingWindows slidingWindows();

    abstract GgufLayout ggufLayout();

    /** Not read unless said: {@code mlp_bias}. */
    boolean readsMlpBias() {
        return false;
    }

    /** Absent unless said: an RMS norm over each head of q and k before rotation. */
    boolean normalisesQueryAndKey() {
        return false;
    }

    /** hidden_size / num_attention_heads unless said: {@code head_dim} when config.json lacks it. */
    @Nullable Integer defaultHeadDim() {
        return null;
    }

    /** Not unless said: as many key/value heads as query heads when config.json does not mention them. */
    boolean impliesKeyValueHeads() {
        return false;
    }

    /** {@code model_type} in config.json. */
    public String modelType() {
        return name().toLowerCase(Locale.ROOT);
    }

    static @Nullable Architecture ofModelType(@Nullable String modelType) {
        return Arrays.stream(values())
                .filter(a -> a.modelType().equals(modelType))
                .findFirst()
                .orElse(null);
    }

    static String supported() {
        return words(architecture -> true);
    }

    static String supportedInGguf() {
        return words(architecture -> architecture.ggufLayout() != GgufLayout.NOT_NAMED);
    }

    private static String words(Predicate<Architecture> wanted) {
        List<Architecture> all = List.of(values());
        return all.stream().filter(wanted).map(Architecture::modelType).collect(Collectors.joining(", "));
    }
}
