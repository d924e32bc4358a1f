package qroar.workers.config;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.workers.config.Architecture.AttentionBias;
import qroar.workers.config.Architecture.SlidingWindows;

/** From the keys of {@code config.json} to a {@link ModelConfig}. Keys that change no number of ours are not read. */
public final class ConfigReader {
    public static final int MAX_POSITIONS = 1 << 30;

    public static final int MAX_WIDTH = 1 << 20;
    public static final int MAX_LAYERS = 4096;
    public static final int MAX_HEADS = 4096;
    public static final int MAX_HEAD_DIM = 4096;
    public static final int MAX_VOCABULARY = 1 << 24;
    /** A query and key that see each other wherever they are; transformers' words. */
    private static final String FULL = "full_attention";

    private static final String SLIDING = "sliding_attention";

    private static final int MISTRAL_DEFAULT_WINDOW = 4096;
    private static final int QWEN_DEFAULT_WINDOW = 4096;
    private static final int QWEN_DEFAULT_MAX_WINDOW_LAYERS = 28;

    /** What models of other families compute with and those that are read here do not. */
    private static final List<String> OF_OTHER_FAMILIES = List.of(
            "attention_multiplier",
            "attn_logit_softcapping",
            "clip_qkv",
            "dim_model_base",
            "embedding_multiplier",
            "final_logit_softcapping",
            "logit_scale",
            "logits_scaling",
            "no_rope_layers",
            "num_experts",
            "num_local_experts",
            "qk_layernorm",
            "query_pre_attn_scalar",
            "residual_multiplier",
            "rotary_pct",
            "scale_depth",
            "scale_emb",
            "use_qk_norm");

    /** Values with which such a key changes nothing, or asks for nothing. */
    private static final Set<String> WITHOUT_EFFECT = Set.of("false", "0", "0.0", "1", "1.0", "[]");

    private final JsonSection config;
    private final List<String> notes = new ArrayList<>();

    ConfigReader(JsonSection config) {
        this.config = config;
    }

    ModelConfig model() {
        Architecture architecture = architecture();
        refuseWhatWeCannotRun();
        int hidden = config.integer("hidden_size", 1, MAX_WIDTH);
        int heads = config.integer("num_attention_heads", 1, MAX_HEADS);
        int keyValueHeads = keyValueHeads(architecture, heads);
        int headDim = headDim(architecture, hidden, heads);
        int layers = config.integer("num_hidden_layers", 1, MAX_LAYERS);
        int vocabulary = config.integer("vocab_size", 1, MAX_VOCABULARY);
        List<Integer> windows = attentionWindows(architecture, layers);
        RopeConfigReader.Rotary rotary =
                new RopeConfigReader(config, headDim, () -> layerTypesInUse(layers, windows), notes).read(architecture);
        noteWindowsNotRead(architecture, rotary.geometry().maxPositions(), windows);
        noteWhatOthersRead(architecture);
        TokenIds tokens = new TokenIds(config, vocabulary);
        List<Integer> beginning = tokens.of("bos_token_id");
        List<Integer> ends = tokens.of("eos_token_id");
        notes.addAll(tokens.notes());
        AttentionShape attention = new AttentionShape(
                heads,
                keyValueHeads,
                windows,
                architecture.attentionBias() == AttentionBias.AS_CONFIGURED && config.flag("attention_bias", false));
        FeedForwardShape feedForward = new FeedForwardShape(
                config.integer("intermediate_size", 1, MAX_WIDTH),
                architecture.readsMlpBias() && config.flag("mlp_bias", false));
        return new ModelConfig(
                architecture,
                hidden,
                layers,
                config.number("rms_norm_eps", Double.MIN_NORMAL, 1, 1e-6),
                attention,
                feedForward,
                new Vocabulary(
                        vocabulary,
                        config.flag("tie_word_embeddings", false),
                        beginning.isEmpty() ? null : beginning.get(0),
                        ends,
                        tokens.problems()),
                rotary.geometry(),
                rotary.scaling(),
                notes);
    }

    private Architecture architecture() {
        String type = config.text("model_type");
        Architecture architecture = type == null ? null : Architecture.ofModelType(type);
        if (architecture == null) {
            throw config.refuse("model_type", "supported: " + Architecture.supported());
        }
        return architecture;
    }

    private void refuseWhatWeCannotRun() {
        String activation = config.text("hidden_act");
        if (activation != null && !activation.equals("silu")) {
            throw config.refuse("hidden_act", "supported: silu");
        }
    }

    private int keyValueHeads(Architecture architecture, int heads) {
        String key = "num_key_value_heads";
        boolean impliedByHeads = architecture.impliesKeyValueHeads() || config.mentions(key);
        int keyValueHeads = impliedByHeads ? config.integer(key, 1, heads, heads) : config.integer(key, 1, heads);
        if (heads % keyValueHeads != 0) {
            throw config.refuse(key, "must divide num_attention_heads " + heads);
        }
        return keyValueHeads;
    }

    private int headDim(Architecture architecture, int hidden, int heads) {
        int headDim;
        Integer familys = architecture.defaultHeadDim();
        if (config.has("head_dim")) {
            headDim = config.integer("head_dim", 2, MAX_HEAD_DIM);
        } else if (familys != null) {
            headDim = familys;
        } else if (hidden % heads != 0) {
            throw config.refuse(
                    "hidden_size", "must be a multiple of num_attention_heads " + heads + " without head_dim");
        } else {
            headDim = hidden / heads;
        }
        if (headDim % 2 != 0 || headDim > MAX_HEAD_DIM) {
            String limit = "head_dim " + headDim + " must be even and at most " + MAX_HEAD_DIM;
            throw config.refuse(config.has("head_dim") ? "head_dim" : "hidden_size", limit);
        }
        return headDim;
    }

    private List<Integer> attentionWindows(Architecture architecture, int layers) {
        return switch (architecture.slidingWindows()) {
            case NONE -> Collections.nCopies(layers, AttentionShape.UNLIMITED);
            case ALL_LAYERS ->
                Collections.nCopies(
                        layers,
                        window(config.mentions("sliding_window") ? AttentionShape.UNLIMITED : MISTRAL_DEFAULT_WINDOW));
            case SOME_LAYERS -> qwenWindows(layers);
        };
    }

    private int window(int absent) {
        return config.integer("sliding_window", 1, AttentionShape.UNLIMITED, absent);
    }

    private List<Integer> qwenWindows(int layers) {
        if (!config.flag("use_sliding_window", false)) {
            return Collections.nCopies(layers, AttentionShape.UNLIMITED);
        }
        int window = window(config.mentions("sliding_window") ? AttentionShape.UNLIMITED : QWEN_DEFAULT_WINDOW);
        List<String> types = layerTypes(layers);
        Integer[] windows = new Integer[layers];
        int firstSliding = config.integer("max_window_layers", 0, Integer.MAX_VALUE, QWEN_DEFAULT_MAX_WINDOW_LAYERS);
        for (int layer = 0; layer < layers; layer++) {
            boolean slides =
                    types == null ? layer >= firstSliding : types.get(layer).equals(SLIDING);
            windows[layer] = slides ? window : AttentionShape.UNLIMITED;
        }
        return List.of(windows);
    }

    private @Nullable List<String> layerTypes(int layers) {
        if (!config.has("layer_types")) {
            return null;
        }
        List<String> types = config.texts("layer_types", MAX_LAYERS);
        if (types.size() != layers) {
            throw config.refuse("layer_types", "must have " + layers + " entries, as num_hidden_layers says");
        }
        if (!types.stream().allMatch(type -> type.equals(FULL) || type.equals(SLIDING))) {
            throw config.refuse("layer_types", "supported: " + FULL + ", " + SLIDING);
        }
        return types;
    }

    /** The kinds of attention that {@code layer_types} tells layers to have, or that follow from their windows. */
    private Set<String> layerTypesInUse(int layers, List<Integer> windows) {
        List<String> told = layerTypes(layers);
        if (told != null) {
            return new LinkedHashSet<>(told);
        }
        Set<String> types = new LinkedHashSet<>();
        windows.forEach(window -> types.add(window == AttentionShape.UNLIMITED ? FULL : SLIDING));
        return types;
    }

    private void noteWhatOthersRead(Architecture architecture) {
        for (String key : OF_OTHER_FAMILIES) {
            if (config.has(key) && !WITHOUT_EFFECT.contains(config.shown(key))) {
                notes.add(config.named(key) + " is not read for " + architecture.modelType()
                        + ", nor by transformers; a model that needs it is of another family");
            }
        }
    }

    /** Keys about sliding windows that this family does not follow although they would have an effect elsewhere. */
    private void noteWindowsNotRead(Architecture architecture, int maxPositions, List<Integer> windows) {
        boolean slides = windows.stream().anyMatch(window -> window != AttentionShape.UNLIMITED);
        boolean windowGiven = config.has("sliding_window")
                && config.eachInteger("sliding_window", 1, window -> window < maxPositions);
        boolean typesSlide = config.lists("layer_types", SLIDING);
        SlidingWindows followed = architecture.slidingWindows();
        if (followed == SlidingWindows.NONE
                && (typesSlide || (windowGiven && config.flag("use_sliding_window", true)))) {
            notes.add(config.named(typesSlide ? "layer_types" : "sliding_window") + " is not read for "
                    + architecture.modelType() + ": every layer sees all positions, as in transformers");
        } else if (followed == SlidingWindows.ALL_LAYERS && config.has("layer_types") && typesSlide != slides) {
            notes.add(config.named("layer_types")
                    + " is not read for " + architecture.modelType()
                    + ": sliding_window holds for every layer, as in transformers");
        } else if (followed != SlidingWindows.NONE && typesSlide && !slides) {
            notes.add(config.named("layer_types")
                    + " asks for sliding windows, but use_sliding_window is not true: every layer sees all positions");
        }
    }
}
