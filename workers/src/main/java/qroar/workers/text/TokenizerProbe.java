package qroar.workers.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The main class of a child process that makes a tokenizer out of the {@code tokenizer.json} on its standard input and
 * encodes texts with it. What the native library takes for a broken promise of its own ends the process, whatever Java
 * would say; so the exit code is the answer: 0, or a crash. Errors that the library reports are no crash: the parent
 * meets them again and tells them.
 */
final class TokenizerProbe {
    /** Changes with the texts, so that earlier answers no longer count. */
    static final String VERSION = "1";

    /** Long enough for what grows with the length of a word to show. */
    private static final int RUN_CHARS = 5000;

    /** Beyond the scripts of the basic plane's first half every so-manieth character stands for its neighbours. */
    private static final int STEP = 13;

    private TokenizerProbe() {}

    public static void main(String[] arguments) throws IOException {
        String json = new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        try (HuggingFaceTokenizer tokenizer = create(json)) {
            for (String text : texts(json)) {
                for (boolean special : new boolean[] {true, false}) {
                    encode(tokenizer, text, special);
                }
            }
        } catch (RuntimeException told) {
            System.exit(0);
        }
        System.exit(0);
    }

    static HuggingFaceTokenizer create(String json) throws IOException {
        return HuggingFaceTokenizer.newInstance(
                new ByteArrayInputStream(json.getBytes(StandardCharsets.UTF_8)),
                Map.of("truncation", "false", "padding", "false"));
    }

    private static void encode(HuggingFaceTokenizer tokenizer, String text, boolean special) {
        try {
            tokenizer.encode(text, special, false);
        } catch (RuntimeException told) {
            // A tokenizer without a token for the unknown is one; whether the user's texts need it shows there.
        }
    }

    /** Every trait that normalizers, splitters and models tell apart. */
    private static List<String> texts(String json) {
        List<String> texts = new ArrayList<>(List.of(
                "",
                " ",
                "The quick brown fox, it's said, jumps over 13 lazy dogs!  (Twice?)\n\n\tYes: http://a.b/c_d-e.\r\n",
                "Straße, ﬁn, Ǆ, İ, ὈΔΥΣΣΕΎΣ, 한국어, 日本語テキスト, العربية, हिन्दी, ไทย, e\u0301\u0300, 😀👩‍👩‍👧, \ufeff\u200b",
                "a".repeat(RUN_CHARS),
                " ".repeat(RUN_CHARS),
                "\n".repeat(RUN_CHARS),
                "1".repeat(RUN_CHARS),
                "é".repeat(RUN_CHARS),
                "aB1 _'s".repeat(RUN_CHARS / 5)));
        texts.add(characters());
        texts.addAll(addedTokens(json));
        return texts;
    }

    private static String characters() {
        StringBuilder text = new StringBuilder();
        for (int c = 0; c <= Character.MAX_CODE_POINT; c += c < 0x3400 ? 1 : STEP) {
            if (Character.isDefined(c) && !(c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE)) {
                text.appendCodePoint(c);
            }
        }
        return text.toString();
    }

    private static List<String> addedTokens(String json) {
        List<String> contents = new ArrayList<>();
        try {
            for (JsonElement token :
                    JsonParser.parseString(json).getAsJsonObject().getAsJsonArray("added_tokens")) {
                contents.add(token.getAsJsonObject().get("content").getAsString());
            }
        } catch (RuntimeException none) {
            // No list of added tokens, or not ours to complain about.
        }
        return contents.isEmpty() ? contents : List.of(String.join("", contents), String.join(" x ", contents));
    }
}
