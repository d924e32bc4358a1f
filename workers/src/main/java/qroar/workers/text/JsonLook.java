package qroar.workers.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.io.JsonEOFException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import java.io.IOException;
import java.nio.file.Path;
import qroar.protocol.BadInput;

/**
 * Whether a text is JSON or JSON lines, by its content: the words would be right, but keys, quotes and escapes would be
 * scored with them, and no figure would say so. A text is JSON when it is a sequence of objects and arrays and nothing
 * else; the last may be cut off.
 */
final class JsonLook {
    /** So many values are enough: no text begins with them by chance. */
    private static final int VALUES = 16;

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private int objects;
    private int arrays;
    private int tokens;
    private boolean hasKey;
    private boolean hasText;
    private boolean hasIds;
    private boolean cutOff;

    private JsonLook() {}

    /** @throws BadInput naming the file, and the way that its texts or tokens are read instead */
    static void refuse(Path file, String text) {
        int start = 0;
        while (start < text.length() && Character.isWhitespace(text.charAt(start))) {
            start++;
        }
        if (start == text.length() || (text.charAt(start) != '{' && text.charAt(start) != '[')) {
            return;
        }
        JsonLook look = new JsonLook();
        if (!look.isJson(text)) {
            return;
        }
        String way = look.hasIds
                ? "its token ids are read with --tokens, or with 'tokens: " + file.getFileName()
                        + "' in an experiment file"
                : look.hasText
                        ? "its texts are read with 'packed: " + file.getFileName()
                                + "' in an experiment file; write them as text files for --docs"
                        : "write its texts as text files, or its token ids as {\"tokens\":[...]} for --tokens";
        throw new BadInput(file + ": looks like " + (look.objects + look.arrays > 1 ? "JSON lines" : "JSON")
                + ", whose keys, quotes and escapes would be scored as text; " + way);
    }

    private boolean isJson(String text) {
        try (JsonParser parser = JSON.createParser(text)) {
            for (JsonToken token = parser.nextToken();
                    token != null && objects + arrays < VALUES;
                    token = parser.nextToken()) {
                if (token == JsonToken.START_OBJECT) {
                    object(parser);
                    objects++;
                } else if (token == JsonToken.START_ARRAY) {
                    array(parser);
                    arrays++;
                } else {
                    return false;
                }
            }
        } catch (JsonEOFException e) {
            cutOff = true;
        } catch (JsonProcessingException e) {
            // Two whole objects and then damage: still no text that somebody meant.
            return objects > 1;
        } catch (IOException e) {
            throw new IllegalStateException("reading from memory cannot fail", e);
        }
        // "{}" or "[1]" alone may be anything.
        return (objects + arrays > 0 || cutOff) && (hasKey || tokens > 1);
    }

    private void object(JsonParser parser) throws IOException {
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            hasKey = true;
            JsonToken value = parser.nextToken();
            hasText |= key.equals("text") && value == JsonToken.VALUE_STRING;
            hasIds |= key.equals("tokens") && value == JsonToken.START_ARRAY;
            skip(parser);
        }
    }

    private void array(JsonParser parser) throws IOException {
        boolean whole = true;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            tokens++;
            whole &= token == JsonToken.VALUE_NUMBER_INT;
            skip(parser);
        }
        hasIds |= whole;
    }

    /** Past the value that has begun; what is inside counts as JSON too. */
    private void skip(JsonParser parser) throws IOException {
        if (parser.currentToken().isStructStart()) {
            parser.skipChildren();
            tokens++;
        }
    }
}
