package qroar.workers.config;

/** The seven linear maps of a decoder block, y = W x + b, W stored as [out, in]. */
public enum Projection {
    QUERY("self_attn.q_proj"),
    KEY("self_attn.k_proj"),
    VALUE("self_attn.v_proj"),
    OUTPUT("self_attn.o_proj"),
    GATE("mlp.gate_proj"),
    UP("mlp.up_proj"),
    DOWN("mlp.down_proj");

    private final String path;

    Projection(String path) {
        this.path = path;
    }

    /** Name inside its layer: {@code self_attn.q_proj}. */
    public String path() {
        return path;
    }

    public String weight(int layer) {
        return TensorNames.inLayer(layer, path + ".weight");
    }

    public String bias(int layer) {
        return TensorNames.inLayer(layer, path + ".bias");
    }

    /** Rows of W: output features. */
    public int outFeatures(ModelConfig config) {
        return switch (this) {
            case QUERY -> config.headCount() * config.headDim();
            case KEY, VALUE -> config.keyValueHeadCount() * config.headDim();
            case OUTPUT, DOWN -> config.hiddenSize();
            case GATE, UP -> config.intermediateSize();
        };
    }

    /** Columns of W: input features. */
    public int inFeatures(ModelConfig config) {
        return switch (this) {
            case QUERY, KEY, VALUE, GATE, UP -> config.hiddenSize();
            case OUTPUT -> config.headCount() * config.headDim();
            case DOWN -> config.intermediateSize();
        };
    }

    /** Whether the config promises a bias; one that is stored without a promise is left out. */
    public boolean biasPromised(ModelConfig config) {
        return switch (this) {
            case QUERY, KEY, VALUE ->
                config.attention().bias() || config.architecture().attentionBias() == Architecture.AttentionBias.ALWAYS;
            case OUTPUT -> config.attention().bias();
            case GATE, UP, DOWN -> config.feedForward().bias();
        };
    }
}
