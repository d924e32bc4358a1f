package qroar.workers.config;

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
        public int defaultMaxPositions() {
            return 2048;
        }

        @Override
        public AttentionBias attentionBias() {
            return AttentionBias.AS_CONFIGURED;
        }

        @Override
        public boolean readsMlpBias() {
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
        public GgufLayout ggufLayout() {
            return GgufLayout.INTERLEAVED;
        }
    },
    MISTRAL {
        @Override
        public int defaultMaxPositions() {
            return 131_072;
        }

        @Override
        public AttentionBias attentionBias() {
            return AttentionBias.NONE;
        }

        @Override
        SlidingWindows slidingWindows() {
            return SlidingWindows.ALL_LAYERS;
        }

        /** GGUF files call it llama. */
        @Override
        public GgufLayout ggufLayout() {
            return GgufLayout.NOT_NAMED;
        }
    },
    QWEN2 {
        @Override
        public int defaultMaxPositions() {
            return 32_768;
        }

        @Override
        public AttentionBias attentionBias() {
            return AttentionBias.ALWAYS;
        }

        @Override
        SlidingWindows slidingWindows() {
            return SlidingWindows.SOME_LAYERS;
        }

        @Override
        public GgufLayout ggufLayout() {
            return GgufLayout.PLAIN;
        }
    },
    QWEN3 {
        @Override
        public int defaultMaxPositions() {
            return 32_768;
        }

        @Override
        public AttentionBias attentionBias() {
            return AttentionBias.AS_CONFIGURED;
        }

        @Override
        public boolean normalisesQueryAndKey() {
            return true;
        }

        @Override
        public Integer defaultHeadDim() {
            return 128;
        }

        @Override
        SlidingWindows slidingWindows() {
            return SlidingWindows.SOME_LAYERS;
        }

        @Override
        public GgufLayout ggufLayout() {
            return GgufLayout.PLAIN;
        }
    };

    /** Biases of q, k, v and o that a checkpoint promises. */
    public enum AttentionBias {
        NONE,
        /** On all four where {@code attention_bias} says so. */
        AS_CONFIGURED,
        /** On q, k and v. */
        ALWAYS
    }

    /** Which layers follow the keys about sliding windows. */
    public enum SlidingWindows {
        NONE,
        ALL_LAYERS,
        /** Those that {@code layer_types} or {@code max_window_layers} name, where {@code use_sliding_window} says so. */
        SOME_LAYERS
    }

    /** How GGUF files store the rows of q and k. */
    public enum GgufLayout {
        /** None is called so. */
        NOT_NAMED,
        PLAIN,
        /** The two halves of a head row by row in turn. */
        INTERLEAVED
    }

    /** What transformers takes for {@code max_position_embeddings} when config.json lacks it. */
    public abstract int defaultMaxPositions();

    public abstract AttentionBias attentionBias();

    abstract SlidingWindows slidingWindows();

    public abstract GgufLayout ggufLayout();

    /** Not read unless said: {@code mlp_bias}. */
    public boolean readsMlpBias() {
        return false;
    }

    /** Absent unless said: an RMS norm over each head of q and k before rotation. */
    public boolean normalisesQueryAndKey() {
        return false;
    }

    /** hidden_size / num_attention_heads unless said: {@code head_dim} when config.json lacks it. */
    public @Nullable Integer defaultHeadDim() {
        return null;
    }

    /** Not unless said: as many key/value heads as query heads when config.json does not mention them. */
    boolean impliesKeyValueHeads() {
        return false;
    }

    /** The class that transformers loads. */
    String modelClass() {
        return name().charAt(0) + name().substring(1).toLowerCase(Locale.ROOT) + "ForCausalLM";
    }

    /** {@code model_type} in config.json. */
    public String modelType() {
        return name().toLowerCase(Locale.ROOT);
    }

    public static @Nullable Architecture ofModelType(@Nullable String modelType) {
        return Arrays.stream(values())
                .filter(a -> a.modelType().equals(modelType))
                .findFirst()
                .orElse(null);
    }

    static String supported() {
        return words(architecture -> true);
    }

    public static String supportedInGguf() {
        return words(architecture -> architecture.ggufLayout() != GgufLayout.NOT_NAMED);
    }

    private static String words(Predicate<Architecture> wanted) {
        List<Architecture> all = List.of(values());
        return all.stream().filter(wanted).map(Architecture::modelType).collect(Collectors.joining(", "));
    }
}
