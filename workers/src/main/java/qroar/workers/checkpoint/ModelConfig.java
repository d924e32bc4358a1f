package qroar.workers.checkpoint;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;

/**
 * What {@code config.json} says of a model, with the defaults that transformers 4.57 applies to absent keys.
 *
 * @param architecture {@code model_type}
 * @param hiddenSize width of the residual stream
 * @param intermediateSize width of the feed-forward part
 * @param layerCount decoder layers
 * @param headCount query heads
 * @param keyValueHeadCount key and value heads, a divisor of {@code headCount}
 * @param vocabularySize rows of the embedding; token ids are below it
 * @param rmsNormEpsilon added to the mean square inside every RMS norm
 * @param geometry rotary embedding before scaling; its head_dim is the model's
 * @param ropeScaling the checkpoint's own scaling, {@link NoScaling} where it has none
 * @param attentionWindows one per layer: query i sees keys j with i - window &lt; j &lt;= i; {@link #UNLIMITED} without a
 *     sliding window
 * @param tiedEmbeddings whether embedding and output head are one tensor
 * @param attentionBias whether q, k, v and o are promised biases
 * @param mlpBias whether gate, up and down are promised biases
 * @param bosTokenId null when the config names none
 * @param eosTokenIds empty when the config names none
 */
public record ModelConfig(
        Architecture architecture,
        int hiddenSize,
        int intermediateSize,
        int layerCount,
        int headCount,
        int keyValueHeadCount,
        int vocabularySize,
        double rmsNormEpsilon,
        RopeGeometry geometry,
        RopeScaling ropeScaling,
        List<Integer> attentionWindows,
        boolean tiedEmbeddings,
        boolean attentionBias,
        boolean mlpBias,
        @Nullable Integer bosTokenId,
        List<Integer> eosTokenIds) {
    /** A window that no sequence reaches. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public ModelConfig {
        attentionWindows = List.copyOf(attentionWindows);
        eosTokenIds = List.copyOf(eosTokenIds);
    }

    /**
     * Reads a {@code config.json}.
     *
     * @throws qroar.protocol.BadInput in one line naming file and key
     */
    public static ModelConfig read(Path configFile) {
        return new ConfigReader(JsonSection.read(configFile)).model();
    }

    /** Size of one head, even. */
    public int headDim() {
        return geometry.headDim();
    }

    /** Keys visible to a query of this layer, itself included. */
    public int attentionWindow(int layer) {
        return attentionWindows.get(layer);
    }

    /** Whether q and k are normalised per head before rotation. */
    public boolean normalisesQueryAndKey() {
        return architecture == Architecture.QWEN3;
    }
}
