package qroar.workers.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import qroar.protocol.BadInput;

/** One line of a JSON-lines file of stories. */
final class StoryLine {
    private static final JsonMapper MAPPER = new JsonMapper();

    private StoryLine() {}

    static String text(Path file, int lineNumber, String line) {
        JsonNode text;
        try {
            text = MAPPER.readTree(line).path("text");
        } catch (JsonProcessingException e) {
            throw new BadInput(file + ": line " + lineNumber + " is not valid JSON", e);
        }
        if (!text.isTextual()) {
            throw new BadInput(file + ": line " + lineNumber + " has no string under the key 'text'");
        }
        return text.textValue();
    }
}
