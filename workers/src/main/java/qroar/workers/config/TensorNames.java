package qroar.workers.config;

/** Hugging Face names of the tensors of a LLaMA-family decoder. */
public final class TensorNames {
    public static final String EMBEDDING = "model.embed_tokens.weight";
    public static final String FINAL_NORM = "model.norm.weight";
    public static final String OUTPUT_HEAD = "lm_head.weight";

    private TensorNames() {}

    /** RMS norm before attention, [hidden]. */
    public static String inputNorm(int layer) {
        return inLayer(layer, "input_layernorm.weight");
    }

    /** RMS norm before the feed-forward part, [hidden]. */
    public static String postAttentionNorm(int layer) {
        return inLayer(layer, "post_attention_layernorm.weight");
    }

    /** Qwen3: RMS norm over each query head, [head_dim]. */
    public static String queryNorm(int layer) {
        return inLayer(layer, "self_attn.q_norm.weight");
    }

    /** Qwen3: RMS norm over each key head, [head_dim]. */
    public static String keyNorm(int layer) {
        return inLayer(layer, "self_attn.k_norm.weight");
    }

    static String inLayer(int layer, String name) {
        return "model.layers." + layer + "." + name;
    }
}
