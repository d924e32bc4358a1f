package qroar.workers.text;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import qroar.protocol.BadInput;

/** Documents from files. Every refusal is one {@link BadInput} line naming the file. */
public final class Documents {
    /**
     * Eight million tokens, eight times the longest context that a model is made for. A tokenizer takes 330 bytes of
     * memory and one to four microseconds for each byte of a document.
     */
    private static final long MAX_TEXT_BYTES = 32L << 20;

    /** Story files are read line by line and only as far as needed, so they may be as large as a data set is. */
    private static final long MAX_STORY_FILE_BYTES = 1L << 42;

    /** The longest papers of proof-pile have a few million characters. */
    private static final int MAX_STORY_BYTES = 64 << 20;

    private Documents() {}

    /**
     * A text file, strictly UTF-8 (a byte order mark is dropped), tokenized with the checkpoint's rule for special tokens.
     *
     * @throws BadInput also for a file that is plainly no text: an archive, binary, UTF-16, JSON or JSON lines
     */
    public static TokenizedDocument text(Path file, Tokenizer tokenizer) {
        String text = PlainText.read(file, MAX_TEXT_BYTES);
        JsonLook.refuse(file, text);
        return TokenizedDocument.of(fileName(file), tokenizer.encode(text));
    }

    /**
     * Token ids used verbatim: {@code {"tokens":[...]}} or a bare array. No BOS is added.
     *
     * @param vocabularySize every id must be below it
     */
    public static TokenizedDocument tokens(Path file, int vocabularySize) {
        return TokenizedDocument.of(fileName(file), TokenFile.read(file, vocabularySize));
    }

    /**
     * Long documents out of a JSON-lines file with one story per line under {@code text}: each story with BOS in front,
     * concatenated and cut as {@code packing} says. Blank lines are passed over.
     *
     * @throws BadInput also when the file has too few stories
     */
    public static List<TokenizedDocument> packed(Path file, Tokenizer tokenizer, Packing packing) {
        List<TokenizedDocument> documents = new ArrayList<>();
        try (TextLines lines = TextLines.open(file, MAX_STORY_FILE_BYTES, MAX_STORY_BYTES)) {
            int[] ids = new int[packing.tokensPerDocument()];
            int filled = 0;
            int stories = 0;
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isBlank() || stories++ < packing.skipStories()) {
                    continue;
                }
                int[] story = tokenizer.encodeAfterBos(StoryLine.text(file, lines.number(), line));
                int taken = Math.min(story.length, ids.length - filled);
                System.arraycopy(story, 0, ids, filled, taken);
                filled += taken;
                if (filled == ids.length) {
                    documents.add(TokenizedDocument.of(fileName(file) + "#" + documents.size(), ids));
                    filled = 0;
                }
                if (documents.size() == packing.documents()) {
                    return List.copyOf(documents);
                }
            }
            throw new BadInput(file + ": " + stories + " stories, " + packing.skipStories() + " of them skipped, fill "
                    + documents.size() + " documents of " + packing.tokensPerDocument() + " tokens; "
                    + packing.documents() + " are asked for");
        }
    }

    private static String fileName(Path file) {
        Path name = file.getFileName();
        return name == null ? file.toString() : name.toString();
    }
}
