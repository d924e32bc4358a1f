package qroar.workers.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import qroar.protocol.BadInput;
import qroar.workers.config.Printable;

/** One line of a JSON-lines file of stories. */
final class StoryLine {
    /** Python writes NaN and Infinity among a story's other keys, so they are read. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private StoryLine() {}

    static String text(Path file, int lineNumber, String line) {
        JsonNode text;
        try {
            text = MAPPER.readTree(line).path("text");
        } catch (JsonProcessingException e) {
            throw new BadInput(file + ": line " + lineNumber + " is " + Printable.problem(e), e);
        }
        if (!text.isTextual()) {
            throw new BadInput(file + ": line " + lineNumber + " has no string under the key 'text'");
        }
        return text.textValue();
    }
}
