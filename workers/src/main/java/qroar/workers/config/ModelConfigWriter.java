package qroar.workers.config;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import qroar.protocol.rope.RopeGeometry;

/** A {@code config.json} for a model that came without one. */
public final class ModelConfigWriter {
    private ModelConfigWriter() {}

    /** Everything that {@link ModelConfig#read} and transformers need; without an element type. */
    public static ObjectNode write(ModelConfig model) {
        RopeGeometry geometry = model.geometry();
        ObjectNode config = JsonNodeFactory.instance.objectNode();
        config.putArray("architectures").add(model.architecture().modelClass());
        config.put("model_type", model.architecture().modelType())
                .put("hidden_size", model.hiddenSize())
                .put("intermediate_size", model.intermediateSize())
                .put("num_hidden_layers", model.layerCount())
                .put("num_attention_heads", model.headCount())
                .put("num_key_value_heads", model.keyValueHeadCount())
                .put("head_dim", model.headDim())
                .put("vocab_size", model.vocabularySize())
                .put("rms_norm_eps", model.rmsNormEpsilon())
                .put("max_position_embeddings", geometry.maxPositions())
                .put("rope_theta", geometry.theta())
                .put("hidden_act", "silu")
                .put("tie_word_embeddings", model.tiedEmbeddings());
        if (model.architecture().attentionBias() == Architecture.AttentionBias.AS_CONFIGURED) {
            config.put("attention_bias", model.attention().bias());
        }
        if (model.vocabulary().bosTokenId() != null) {
            config.put("bos_token_id", model.vocabulary().bosTokenId());
        }
        if (!model.vocabulary().eosTokenIds().isEmpty()) {
            ArrayNode ends = config.putArray("eos_token_id");
            model.vocabulary().eosTokenIds().forEach(ends::add);
        }
        RopeConfigWriter.write(config, model.ropeScaling(), geometry);
        return config;
    }
}
