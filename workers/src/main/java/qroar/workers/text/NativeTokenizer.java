package qroar.workers.text;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.IOException;
import java.nio.file.Path;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;

/**
 * The native library's tokenizer of one {@code tokenizer.json}, tried before in a child process ({@link
 * ProvenTokenizers}). What the library refuses is one {@link BadInput} line naming the file.
 */
final class NativeTokenizer implements AutoCloseable {
    /** Four times the largest vocabularies there are (Gemma's has 33 million bytes). */
    private static final long MAX_BYTES = 128L << 20;

    private final Path file;
    private final HuggingFaceTokenizer tokenizer;

    private NativeTokenizer(Path file, HuggingFaceTokenizer tokenizer) {
        this.file = file;
        this.tokenizer = tokenizer;
    }

    /** The content of a {@code tokenizer.json}. */
    static String read(Path file) {
        return PlainText.read(file, MAX_BYTES);
    }

    /** @param file that the JSON is from, for messages */
    static NativeTokenizer of(Path file, String json) {
        String problem = ProvenTokenizers.problem(json);
        if (problem != null) {
            throw new BadInput(file + ": " + problem + "; it is damaged, or no tokenizer.json of a known version");
        }
        try {
            return new NativeTokenizer(file, TokenizerProbe.create(json));
        } catch (IOException | RuntimeException e) {
            throw new BadInput(file + ": cannot be read as a tokenizer: " + reason(e), e);
        }
    }

    /**
     * Ids of a text.
     *
     * @param specialTokens whether those of the post-processor are added
     */
    long[] encode(String text, boolean specialTokens) {
        requireWhole(text);
        try {
            return tokenizer.encode(text, specialTokens, false).getIds();
        } catch (RuntimeException e) {
            throw new BadInput(file + ": cannot encode a text: " + reason(e), e);
        } catch (OutOfMemoryError e) {
            throw new BadInput(
                    "a text of " + text.length() + " characters: its tokens do not fit this process's memory of "
                            + Runtime.getRuntime().maxMemory() + " bytes (give it more with -Xmx, or cut the text)",
                    e);
        }
    }

    /** Half a surrogate pair has no UTF-8, and the library takes it for a broken promise. */
    private static void requireWhole(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean pair = Character.isHighSurrogate(c)
                        && i + 1 < text.length()
                        && Character.isLowSurrogate(text.charAt(i + 1));
                if (!pair) {
                    throw new BadInput("a text holds half of a surrogate pair after '"
                            + OneLine.value(text.substring(Math.max(0, i - 40), i)) + "', which is no character");
                }
                i++;
            }
        }
    }

    String decode(long[] ids) {
        return tokenizer.decode(ids, true);
    }

    private static String reason(Exception e) {
        return OneLine.value(String.valueOf(e.getMessage()).lines().findFirst().orElse(""));
    }

    @Override
    public void close() {
        tokenizer.close();
    }
}
