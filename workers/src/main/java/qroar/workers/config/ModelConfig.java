package qroar.workers.config;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
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
 * @param bosTokenId null when the config names none of the vocabulary
 * @param eosTokenIds empty when the config names none of the vocabulary
 * @param unusableIds what is wrong with a key that should name a token, by the key; refused where the token is needed
 * @param notes what was read otherwise than it may look, or not read at all: one sentence each, for people
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
        List<Integer> eosTokenIds,
        Map<String, String> unusableIds,
        List<String> notes) {
    /** A window that no sequence reaches. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public ModelConfig {
        attentionWindows = List.copyOf(attentionWindows);
        eosTokenIds = List.copyOf(eosTokenIds);
        unusableIds = Map.copyOf(unusableIds);
        notes = List.copyOf(notes);
    }

    /**
     * Reads a {@code config.json}.
     *
     * @throws BadInput in one line naming file and key
     */
    public static ModelConfig read(Path configFile) {
        return new ConfigReader(JsonSection.read(configFile)).model();
    }

    /**
     * For who is about to take a special token, or to do without it.
     *
     * @param key {@code bos_token_id} or {@code eos_token_id}
     * @param advice end of the refusal
     * @throws BadInput when the config names one that is no token of the vocabulary
     */
    public void requireUsable(String key, String advice) {
        String problem = unusableIds.get(key);
        if (problem != null) {
            throw new BadInput(problem + advice);
        }
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
        return architecture.normalisesQueryAndKey();
    }
}
