package qroar.workers.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.workers.config.Printable;

/** Reads token ids from JSON as a stream, so that a file of any length costs four bytes per id. */
final class TokenFile {
    private static final String KEY = "tokens";
    private static final int MAX_TOKENS = 1 << 28;
    /** Ids of at most seven digits, a comma and a blank each. */
    private static final long MAX_BYTES = 9L * MAX_TOKENS;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private final Path file;
    private final int vocabularySize;

    private TokenFile(Path file, int vocabularySize) {
        this.file = file;
        this.vocabularySize = vocabularySize;
    }

    static int[] read(Path file, int vocabularySize) {
        try (InputStream bytes = PackedText.open(file, MAX_BYTES);
                JsonParser parser = JSON.createParser(bytes)) {
            int[] ids = new TokenFile(file, vocabularySize).document(parser);
            if (parser.nextToken() != null) {
                throw new BadInput(file + ": goes on after its token ids");
            }
            return ids;
        } catch (JsonProcessingException e) {
            throw new BadInput(file + ": " + Printable.problem(e), e);
        } catch (IOException e) {
            throw InputFile.unreadable(file, e);
        }
    }

    private int[] document(JsonParser parser) throws IOException {
        JsonToken first = parser.nextToken();
        if (first == JsonToken.START_ARRAY) {
            return ids(parser);
        }
        int @Nullable [] ids = null;
        if (first == JsonToken.START_OBJECT) {
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String key = parser.currentName();
                JsonToken value = parser.nextToken();
                if (!key.equals(KEY)) {
                    parser.skipChildren();
                } else if (value == JsonToken.START_ARRAY) {
                    ids = ids(parser);
                } else {
                    throw new BadInput(file + ": key '" + KEY + "' is no array");
                }
            }
        }
        if (ids == null) {
            throw new BadInput(file + ": holds no token ids; give {\"" + KEY + "\":[...]} or a bare array");
        }
        return ids;
    }

    private int[] ids(JsonParser parser) throws IOException {
        int[] ids = new int[1024];
        int count = 0;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            if (token != JsonToken.VALUE_NUMBER_INT
                    || parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
                    || parser.getLongValue() < 0
                    || parser.getLongValue() >= vocabularySize) {
                throw new BadInput(
                        file + ": tokens[" + count + "] is " + Printable.text(String.valueOf(parser.getText()))
                                + "; must be a whole number from 0 to " + (vocabularySize - 1)
                                + ", the vocabulary's last id");
            }
            if (count == MAX_TOKENS) {
                throw new BadInput(file + ": more than " + MAX_TOKENS + " tokens");
            }
            if (count == ids.length) {
                ids = Arrays.copyOf(ids, 2 * count);
            }
            ids[count++] = (int) parser.getLongValue();
        }
        return Arrays.copyOf(ids, count);
    }
}
