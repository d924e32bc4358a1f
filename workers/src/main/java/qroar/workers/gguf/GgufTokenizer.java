package qroar.workers.gguf;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer in a GGUF file's metadata as a {@code tokenizer.json} of Hugging Face's tokenizers library: byte-level BPE
 * ({@code tokenizer.ggml.model: gpt2}) with the splitting that {@code tokenizer.ggml.pre} names, and SentencePiece BPE
 * ({@code llama}), whose merges follow from the scores of its pieces.
 */
public final class GgufTokenizer {
    private static final String MODEL = "tokenizer.ggml.model";
    private static final String SPLITTING = "tokenizer.ggml.pre";
    private static final String TOKENS = "tokenizer.ggml.tokens";

    private static final String BESIDE = "; or put the model's tokenizer.json beside the file";

    /** Kinds of tokens in {@code tokenizer.ggml.token_type}. */
    private static final int NORMAL = 1;

    private static final int CONTROL = 3;
    private static final int USER_DEFINED = 4;

    /** How byte-level BPE cuts a text into words before it merges. */
    private enum Splitting {
        GPT2(List.of("gpt-2", "gpt2"), false, null),
        /** Digits one by one, then as GPT-2. */
        SMOLLM(List.of("smollm", "starcoder"), false, null),
        LLAMA3(
                List.of("llama-bpe", "llama3", "llama-v3", "smaug-bpe"),
                false,
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+"),
        QWEN2(
                List.of("qwen2"),
                true,
                "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}"
                        + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+");

        private final List<String> names;
        private final boolean composed;
        private final @Nullable String expression;

        Splitting(List<String> names, boolean composed, @Nullable String expression) {
            this.names = names;
            this.composed = composed;
            this.expression = expression;
        }

        static Splitting of(GgufFile file) {
            String name = file.text(SPLITTING);
            return Arrays.stream(values())
                    .filter(each -> each.names.contains(name))
                    .findFirst()
                    .orElseThrow(() -> file.refuse(SPLITTING, "supported: " + supported() + BESIDE));
        }

        private static String supported() {
            return Arrays.stream(values()).flatMap(each -> each.names.stream()).collect(Collectors.joining(", "));
        }
    }

    private final GgufFile file;
    private final JsonMapper json = new JsonMapper();
    private final ObjectNode tokenizer = json.createObjectNode();
    private final List<String> tokens;

    private GgufTokenizer(GgufFile file) {
        this.file = file;
        this.tokens = file.texts(TOKENS);
    }

    /** Whether the metadata has a tokenizer of a kind that {@link #json} can write. */
    public static boolean isIn(GgufFile file) {
        if (!file.has(MODEL) || !file.has(TOKENS)) {
            return false;
        }
        String model = file.text(MODEL);
        return model.equals("llama")
                || model.equals("gpt2")
                        && file.has(SPLITTING)
                        && Arrays.stream(Splitting.values())
                                .anyMatch(each -> each.names.contains(file.text(SPLITTING)));
    }

    /**
     * UTF-8 JSON.
     *
     * @throws qroar.protocol.BadInput when the tokenizer is of a kind that is not supported
     */
    public static byte[] json(GgufFile file) {
        return new GgufTokenizer(file).json();
    }

    /** The name of a byte-level tokenizer's splitting, by what its {@code tokenizer.json} does; null for another. */
    static @Nullable String splitting(JsonNode tokenizer) {
        JsonNode pre = tokenizer.path("pre_tokenizer");
        List<JsonNode> steps = new ArrayList<>();
        if (pre.path("type").asText().equals("Sequence")) {
            pre.path("pretokenizers").forEach(steps::add);
        } else {
            steps.add(pre);
        }
        boolean byteLevel = false;
        boolean digits = false;
        String expression = null;
        for (JsonNode step : steps) {
            switch (step.path("type").asText()) {
                case "ByteLevel" -> byteLevel = true;
                case "Digits" -> digits = step.path("individual_digits").asBoolean();
                case "Split" -> expression = step.path("pattern").path("Regex").asText();
                default -> {
                    return null;
                }
            }
        }
        if (!byteLevel) {
            return null;
        }
        for (Splitting each : Splitting.values()) {
            if (Objects.equals(each.expression, expression) && (each == Splitting.SMOLLM) == digits) {
                return each.names.get(0);
            }
        }
        return null;
    }

    private byte[] json() {
        tokenizer.put("version", "1.0").putNull("truncation").putNull("padding");
        addedTokens();
        boolean addsBos;
        switch (file.text(MODEL)) {
            case "gpt2" -> {
                byteLevel(Splitting.of(file));
                addsBos = file.flag("tokenizer.ggml.add_bos_token", false);
            }
            case "llama" -> {
                sentencePieces();
                addsBos = file.flag("tokenizer.ggml.add_bos_token", true);
            }
            default -> throw file.refuse(MODEL, "supported: gpt2, llama" + BESIDE);
        }
        postProcessor(addsBos);
        try {
            return json.writeValueAsBytes(tokenizer);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int kind(double[] kinds, int id) {
        return id < kinds.length ? (int) kinds[id] : NORMAL;
    }

    private double[] kinds() {
        String key = "tokenizer.ggml.token_type";
        return file.has(key) ? file.numbers(key) : new double[0];
    }

    private void addedTokens() {
        ArrayNode added = tokenizer.putArray("added_tokens");
        double[] kinds = kinds();
        for (int id = 0; id < tokens.size(); id++) {
            int kind = kind(kinds, id);
            if (kind == CONTROL || kind == USER_DEFINED) {
                added.addObject()
                        .put("id", id)
                        .put("content", tokens.get(id))
                        .put("single_word", false)
                        .put("lstrip", false)
                        .put("rstrip", false)
                        .put("normalized", false)
                        .put("special", kind == CONTROL);
            }
        }
    }

    private ObjectNode model() {
        ObjectNode model = tokenizer.putObject("model");
        model.put("type", "BPE").putNull("dropout");
        model.putNull("continuing_subword_prefix").putNull("end_of_word_suffix");
        ObjectNode vocabulary = model.putObject("vocab");
        for (int id = 0; id < tokens.size(); id++) {
            vocabulary.put(tokens.get(id), id);
        }
        return model;
    }

    private void byteLevel(Splitting splitting) {
        if (splitting.composed) {
            tokenizer.putObject("normalizer").put("type", "NFC");
        } else {
            tokenizer.putNull("normalizer");
        }
        ObjectNode sequence = tokenizer.putObject("pre_tokenizer").put("type", "Sequence");
        ArrayNode steps = sequence.putArray("pretokenizers");
        if (splitting == Splitting.SMOLLM) {
            steps.addObject().put("type", "Digits").put("individual_digits", true);
        }
        if (splitting.expression != null) {
            ObjectNode split = steps.addObject().put("type", "Split");
            split.putObject("pattern").put("Regex", splitting.expression);
            split.put("behavior", "Isolated").put("invert", false);
        }
        byteLevel(steps.addObject()).put("use_regex", splitting.expression == null);
        byteLevel(tokenizer.putObject("decoder")).put("use_regex", true);
        ObjectNode model = model();
        model.putNull("unk_token").put("fuse_unk", false).put("byte_fallback", false);
        model.put("ignore_merges", splitting == Splitting.LLAMA3);
        ArrayNode merges = model.putArray("merges");
        file.texts("tokenizer.ggml.merges").forEach(merges::add);
    }

    private static ObjectNode byteLevel(ObjectNode step) {
        return step.put("type", "ByteLevel").put("add_prefix_space", false).put("trim_offsets", true);
    }

    private void sentencePieces() {
        ObjectNode normalizer = tokenizer.putObject("normalizer").put("type", "Sequence");
        ArrayNode steps = normalizer.putArray("normalizers");
        if (file.flag("tokenizer.ggml.add_space_prefix", true)) {
            steps.addObject().put("type", "Prepend").put("prepend", "\u2581");
        }
        replace(steps.addObject(), " ", "\u2581");
        tokenizer.putNull("pre_tokenizer");
        ObjectNode decoder = tokenizer.putObject("decoder").put("type", "Sequence");
        ArrayNode decoders = decoder.putArray("decoders");
        replace(decoders.addObject(), "\u2581", " ");
        decoders.addObject().put("type", "ByteFallback");
        decoders.addObject().put("type", "Fuse");
        decoders.addObject()
                .put("type", "Strip")
                .put("content", " ")
                .put("start", 1)
                .put("stop", 0);
        ObjectNode model = model();
        int unknown = file.integer("tokenizer.ggml.unknown_token_id", 0, tokens.size() - 1, 0);
        model.put("unk_token", tokens.get(unknown)).put("fuse_unk", true).put("byte_fallback", true);
        ArrayNode merges = model.putArray("merges");
        double[] scores = file.numbers("tokenizer.ggml.scores");
        double[] kinds = kinds();
        PieceMerges.of(tokens, scores, id -> kind(kinds, id) == NORMAL)
                .forEach(merge -> merges.addArray().add(merge.left()).add(merge.right()));
    }

    private static void replace(ObjectNode step, String pattern, String content) {
        step.put("type", "Replace").putObject("pattern").put("String", pattern);
        step.put("content", content);
    }

    private void postProcessor(boolean addsBos) {
        String key = "tokenizer.ggml.bos_token_id";
        if (!addsBos || !file.has(key)) {
            tokenizer.putNull("post_processor");
            return;
        }
        int id = file.integer(key, 0, tokens.size() - 1);
        String bos = tokens.get(id);
        ObjectNode processor = tokenizer.putObject("post_processor").put("type", "TemplateProcessing");
        for (String name : new String[] {"single", "pair"}) {
            ArrayNode template = processor.putArray(name);
            template.addObject().putObject("SpecialToken").put("id", bos).put("type_id", 0);
            template.addObject().putObject("Sequence").put("id", "A").put("type_id", 0);
            if (name.equals("pair")) {
                template.addObject().putObject("Sequence").put("id", "B").put("type_id", 1);
            }
        }
        ObjectNode special = processor.putObject("special_tokens").putObject(bos);
        special.put("id", bos);
        special.putArray("ids").add(id);
        special.putArray("tokens").add(bos);
    }
}
