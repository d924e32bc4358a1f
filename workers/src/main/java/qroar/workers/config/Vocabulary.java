package qroar.workers.config;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * The tokens of a model.
 *
 * @param size rows of the embedding; token ids are below it
 * @param tiedEmbeddings whether embedding and output head are one tensor
 * @param bosTokenId null when the config names none of the vocabulary
 * @param eosTokenIds empty when the config names none of the vocabulary
 * @param unusableIds what is wrong with a key that should name a token, by the key; refused where the token is needed
 */
public record Vocabulary(
        int size,
        boolean tiedEmbeddings,
        @Nullable Integer bosTokenId,
        List<Integer> eosTokenIds,
        Map<String, String> unusableIds) {
    public Vocabulary {
        eosTokenIds = List.copyOf(eosTokenIds);
        unusableIds = Map.copyOf(unusableIds);
    }

    /** The same tokens, the output head a tensor of its own. */
    Vocabulary untied() {
        return new Vocabulary(size, false, bosTokenId, eosTokenIds, unusableIds);
    }

    /** Of a model that no text is put to. */
    public static Vocabulary withoutSpecialTokens(int size, boolean tiedEmbeddings) {
        return new Vocabulary(size, tiedEmbeddings, null, List.of(), Map.of());
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
}
