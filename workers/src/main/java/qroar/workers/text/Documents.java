package qroar.workers.text;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.LineNumberReader;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import qroar.protocol.BadInput;
import qroar.workers.checkpoint.Printable;

/** Documents from files. Every refusal is one {@link BadInput} line naming the file. */
public final class Documents {
    private static final long MAX_TEXT_BYTES = 256L << 20;

    private Documents() {}

    /** A text file, strictly UTF-8, tokenized with the checkpoint's rule for special tokens. */
    public static TokenizedDocument text(Path file, Tokenizer tokenizer) {
        return TokenizedDocument.of(fileName(file), tokenizer.encode(read(file)));
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
        try (LineNumberReader lines = new LineNumberReader(strictReader(file))) {
            int[] ids = new int[packing.tokensPerDocument()];
            int filled = 0;
            int stories = 0;
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isBlank() || stories++ < packing.skipStories()) {
                    continue;
                }
                int[] story = tokenizer.encodeAfterBos(StoryLine.text(file, lines.getLineNumber(), line));
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
        } catch (CharacterCodingException e) {
            throw new BadInput(file + ": is not valid UTF-8", e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static BufferedReader strictReader(Path file) throws IOException {
        return new BufferedReader(new InputStreamReader(Files.newInputStream(file), strictUtf8()));
    }

    private static CharsetDecoder strictUtf8() {
        return StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT);
    }

    private static String read(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_TEXT_BYTES) {
                throw new BadInput(file + ": " + size + " bytes; a document has at most " + MAX_TEXT_BYTES);
            }
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
            CharBuffer text = CharBuffer.allocate(bytes.remaining());
            CoderResult result = strictUtf8().decode(bytes, text, true);
            if (result.isError()) {
                throw new BadInput(file + ": is not valid UTF-8 at byte " + bytes.position());
            }
            return text.flip().toString();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    static BadInput unreadable(Path file, IOException e) {
        if (e instanceof NoSuchFileException) {
            return new BadInput(file + ": no such file", e);
        }
        String why = Files.isDirectory(file) ? "is a directory" : String.valueOf(e.getMessage());
        return new BadInput(file + ": cannot be read: " + Printable.text(why), e);
    }

    private static String fileName(Path file) {
        Path name = file.getFileName();
        return name == null ? file.toString() : name.toString();
    }
}
