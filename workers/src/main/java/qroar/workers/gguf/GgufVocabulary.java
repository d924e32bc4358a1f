package qroar.workers.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * From a {@code tokenizer.json} to the metadata of a GGUF file: the way back of {@link GgufTokenizer}, for the same kinds of
 * tokenizers.
 */
public final class GgufVocabulary {
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;
    private static final int UNUSED = 5;
    private static final int BYTE = 6;

    private final JsonNode tokenizer;
    private final JsonNode model;
    private final String[] tokens;
    private final int[] kinds;

    private GgufVocabulary(JsonNode tokenizer, int size) {
        this.tokenizer = tokenizer;
        this.model = tokenizer.path("model");
        this.tokens = new String[size];
        this.kinds = new int[size];
    }

    /**
     * @param size rows of the model's embedding; ids without a token become placeholders
     * @return null for a tokenizer of a kind that llama.cpp does not know by one of our names
     */
    public static @Nullable Map<String, Object> of(JsonNode tokenizer, int size) {
        GgufVocabulary vocabulary = new GgufVocabulary(tokenizer, size);
        if (!vocabulary.model.path("type").asText("BPE").equals("BPE") || !vocabulary.readTokens()) {
            return null;
        }
        String splitting = GgufTokenizer.splitting(tokenizer);
        if (splitting != null) {
            return vocabulary.byteLevel(splitting);
        }
        return vocabulary.isSentencePiece() ? vocabulary.sentencePieces() : null;
    }

    private boolean readTokens() {
        Arrays.fill(kinds, UNUSED);
        for (Map.Entry<String, JsonNode> each : model.path("vocab").properties()) {
            if (!put(each.getValue().asInt(-1), each.getKey(), NORMAL)) {
                return false;
            }
        }
        for (JsonNode added : tokenizer.path("added_tokens")) {
            int kind = added.path("special").asBoolean() ? CONTROL : USER_DEFINED;
            if (!put(added.path("id").asInt(-1), added.path("content").asText(), kind)) {
                return false;
            }
        }
        for (int id = 0; id < tokens.length; id++) {
            if (tokens[id] == null) {
                tokens[id] = "[PAD" + id + "]";
            }
        }
        return true;
    }

    private boolean put(int id, String token, int kind) {
        if (id < 0 || id >= tokens.length) {
            return false;
        }
        tokens[id] = token;
        kinds[id] = kind;
        return true;
    }

    private Map<String, Object> byteLevel(String splitting) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put("tokenizer.ggml.pre", splitting);
        putTokens(metadata);
        List<String> merges = new ArrayList<>();
        model.path("merges")
                .forEach(merge -> merges.add(merge.isTextual() ? merge.asText() : left(merge) + " " + right(merge)));
        metadata.put("tokenizer.ggml.merges", merges);
        return metadata;
    }

    private static String left(JsonNode merge) {
        return merge.isTextual()
                ? merge.asText().split(" ", 2)[0]
                : merge.path(0).asText();
    }

    private static String right(JsonNode merge) {
        return merge.isTextual()
                ? merge.asText().split(" ", 2)[1]
                : merge.path(1).asText();
    }

    private void putTokens(Map<String, Object> metadata) {
        metadata.put("tokenizer.ggml.tokens", List.of(tokens));
        metadata.put("tokenizer.ggml.token_type", kinds);
        metadata.put("tokenizer.ggml.add_bos_token", beginsWithSpecial());
    }

    private boolean beginsWithSpecial() {
        JsonNode processor = tokenizer.path("post_processor");
        if (processor.path("type").asText().equals("Sequence")) {
            for (JsonNode each : processor.path("processors")) {
                if (each.path("single").path(0).has("SpecialToken")) {
                    return true;
                }
            }
        }
        return processor.path("single").path(0).has("SpecialToken");
    }

    /** Pieces with a sign for the space, and bytes for what has no piece. */
    private boolean isSentencePiece() {
        return model.path("byte_fallback").asBoolean()
                && (tokenizer.path("normalizer").toString().contains("\u2581")
                        || tokenizer.path("pre_tokenizer").path("type").asText().equals("Metaspace"));
    }

    /** A piece's score is the order of the merge that makes it. */
    private Map<String, Object> sentencePieces() {
        Map<String, Integer> orders = new HashMap<>();
        int order = 0;
        for (JsonNode merge : model.path("merges")) {
            orders.putIfAbsent(left(merge) + right(merge), order++);
        }
        float[] scores = new float[tokens.length];
        String unknown = model.path("unk_token").asText("");
        for (int id = 0; id < tokens.length; id++) {
            if (kinds[id] == NORMAL && tokens[id].matches("<0x[0-9A-F]{2}>")) {
                kinds[id] = BYTE;
            } else if (tokens[id].equals(unknown)) {
                kinds[id] = UNKNOWN;
            } else if (kinds[id] == NORMAL) {
                scores[id] = -(float) orders.getOrDefault(tokens[id], orders.size() + id);
            }
        }
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("tokenizer.ggml.model", "llama");
        metadata.put("tokenizer.ggml.pre", "default");
        putTokens(metadata);
        metadata.put("tokenizer.ggml.scores", scores);
        metadata.put(
                "tokenizer.ggml.unknown_token_id",
                Math.max(0, Arrays.asList(tokens).indexOf(unknown)));
        boolean prefix = tokenizer.path("normalizer").toString().contains("Prepend")
                || !tokenizer
                                .path("pre_tokenizer")
                                .path("prepend_scheme")
                                .asText("always")
                                .equals("never")
                        && tokenizer.path("pre_tokenizer").has("type");
        metadata.put("tokenizer.ggml.add_space_prefix", prefix);
        return metadata;
    }
}
