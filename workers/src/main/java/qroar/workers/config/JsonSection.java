package qroar.workers.config;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongPredicate;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;

/**
 * A JSON object of a file, read key by key; every refusal is one line with file, key, value and limit. A key that is
 * absent and one that is null read the same, as they do for most of transformers' keys; {@link #mentions} tells them
 * apart.
 */
public final class JsonSection {
    private static final long MAX_FILE_BYTES = 100L << 20;

    /** Python writes NaN and Infinity, so they are read here and refused where a number must be finite. */
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path file;
    private final String prefix;
    private final ObjectNode node;

    private JsonSection(Path file, String prefix, ObjectNode node) {
        this.file = file;
        this.prefix = prefix;
        this.node = node;
    }

    /** Reads a file that must hold one JSON object of at most 100 MiB. */
    public static JsonSection read(Path file) {
        InputFile.refuseOthers(file);
        try {
            long bytes = Files.size(file);
            if (bytes > MAX_FILE_BYTES) {
                throw new BadInput(file + ": " + bytes + " bytes; at most " + MAX_FILE_BYTES + " are read as JSON");
            }
            if (MAPPER.readTree(InputFile.bytes(file, MAX_FILE_BYTES)) instanceof ObjectNode object) {
                return new JsonSection(file, "", object);
            }
            throw new BadInput(file + ": not a JSON object");
        } catch (NoSuchFileException e) {
            throw FoundFile.missing(file);
        } catch (IOException e) {
            String instead = FoundFile.insteadOfJson(file);
            String problem = e instanceof JsonProcessingException json
                    ? Printable.problem(json)
                    : "cannot be read: " + Printable.text(String.valueOf(e.getMessage()));
            throw new BadInput(file + ": " + (instead == null ? problem : instead), e);
        }
    }

    public Path file() {
        return file;
    }

    /** Whether the key is there at all, null included. */
    public boolean mentions(String key) {
        return node.has(key);
    }

    /** Whether the key is there with a value. */
    public boolean has(String key) {
        return value(key) != null;
    }

    private @Nullable JsonNode value(String key) {
        JsonNode value = node.get(key);
        return value == null || value.isNull() ? null : value;
    }

    private JsonNode required(String key) {
        JsonNode value = value(key);
        if (value == null) {
            throw new BadInput(file + ": key '" + prefix + key + "' is missing");
        }
        return value;
    }

    /** The refusal of a key's value: {@code FILE: key 'K' is V; LIMIT}. */
    public BadInput refuse(String key, String limit) {
        return new BadInput(named(key) + " is " + shown(key) + "; " + limit);
    }

    public int integer(String key, int min, int max) {
        JsonNode value = required(key);
        if (!value.isIntegralNumber()
                || !value.canConvertToLong()
                || value.longValue() < min
                || value.longValue() > max) {
            throw refuse(key, "must be a whole number from " + min + " to " + max);
        }
        return value.intValue();
    }

    public int integer(String key, int min, int max, int absent) {
        return has(key) ? integer(key, min, max) : absent;
    }

    /** A finite number at least {@code min} and at most {@code max}. */
    public double number(String key, double min, double max) {
        JsonNode value = required(key);
        double number = value.isNumber() ? value.doubleValue() : Double.NaN;
        if (!(number >= min && number <= max)) {
            throw refuse(key, "must be a number from " + min + " to " + max);
        }
        return number;
    }

    public double number(String key, double min, double max, double absent) {
        return has(key) ? number(key, min, max) : absent;
    }

    public boolean flag(String key, boolean absent) {
        JsonNode value = value(key);
        if (value == null) {
            return absent;
        }
        if (!value.isBoolean()) {
            throw refuse(key, "must be true or false");
        }
        return value.booleanValue();
    }

    public @Nullable String text(String key) {
        JsonNode value = value(key);
        if (value == null) {
            return null;
        }
        if (!value.isTextual()) {
            throw refuse(key, "must be a string");
        }
        return value.textValue();
    }

    public @Nullable JsonSection section(String key) {
        JsonNode value = value(key);
        if (value == null) {
            return null;
        }
        if (!(value instanceof ObjectNode object)) {
            throw refuse(key, "must be an object");
        }
        return new JsonSection(file, prefix + key + ".", object);
    }

    /** Keys in the file's order, those with null among them. */
    public List<String> keys() {
        List<String> keys = new ArrayList<>();
        node.fieldNames().forEachRemaining(keys::add);
        return keys;
    }

    /** Whether both hold the same keys and values, in whatever order. */
    boolean sameAs(JsonSection other) {
        return node.equals(other.node);
    }

    /** Whether the value is an object. */
    public boolean isSection(String key) {
        return value(key) instanceof ObjectNode;
    }

    /** The value as it stands in the file, fit for one line of a message. */
    String shown(String key) {
        JsonNode value = node.get(key);
        // A number's own text has no quotes round NaN and Infinity.
        return Printable.text(value != null && value.isNumber() ? value.asText() : String.valueOf(value));
    }

    /** The key that leads to this section, with those around it. */
    String place() {
        return prefix.endsWith(".") ? prefix.substring(0, prefix.length() - 1) : prefix;
    }

    /** The beginning of a message about a key: {@code FILE: key 'K'}. */
    public String named(String key) {
        return file + ": key '" + prefix + Printable.text(key) + "'";
    }

    /** Whether the value is a string; for keys that are a string or an object. */
    public boolean isText(String key) {
        JsonNode value = value(key);
        return value != null && value.isTextual();
    }

    /** Exactly {@code length} finite numbers from {@code min} to {@code max}. */
    public double[] numbers(String key, int length, double min, double max) {
        JsonNode value = required(key);
        if (!value.isArray() || value.size() != length) {
            String found = value.isArray() ? "has " + value.size() + " entries" : "is no array";
            throw new BadInput(file + ": key '" + prefix + key + "' " + found + "; must have " + length + " numbers");
        }
        double[] numbers = new double[length];
        for (int i = 0; i < length; i++) {
            JsonNode entry = value.get(i);
            numbers[i] = entry.isNumber() ? entry.doubleValue() : Double.NaN;
            if (!(numbers[i] >= min && numbers[i] <= max)) {
                throw new BadInput(file + ": key '" + prefix + key + "[" + i + "]' is "
                        + Printable.text(entry.toString()) + "; must be a number from " + min + " to " + max);
            }
        }
        return numbers;
    }

    /** Whether the value is an array with that string in it. */
    boolean lists(String key, String text) {
        JsonNode value = value(key);
        boolean found = false;
        if (value != null && value.isArray()) {
            for (JsonNode entry : value) {
                found |= entry.isTextual() && entry.textValue().equals(text);
            }
        }
        return found;
    }

    /** One to {@code maxLength} strings, none of them empty. */
    public List<String> texts(String key, int maxLength) {
        JsonNode value = required(key);
        List<String> texts = new ArrayList<>();
        if (value.isArray() && value.size() <= maxLength) {
            value.forEach(entry -> texts.add(entry.isTextual() ? entry.textValue() : ""));
        }
        if (texts.isEmpty() || texts.contains("")) {
            throw refuse(key, "must be an array of 1 to " + maxLength + " strings");
        }
        return texts;
    }

    /**
     * Shows every whole number of a key that holds one number or an array.
     *
     * @param maxLength entries that are looked at
     * @return whether there were only whole numbers, no more than that, and all were accepted
     */
    boolean eachInteger(String key, int maxLength, LongPredicate accept) {
        JsonNode value = required(key);
        boolean good = true;
        int seen = 0;
        for (JsonNode entry : value.isArray() ? value : List.of(value)) {
            if (seen++ == maxLength) {
                return false;
            }
            good &= entry.isIntegralNumber() && entry.canConvertToLong() && accept.test(entry.longValue());
        }
        return good;
    }

    /** Keys and string values, in file order. */
    public Map<String, String> entries() {
        Map<String, String> entries = new LinkedHashMap<>();
        node.properties().forEach(property -> {
            if (!property.getValue().isTextual()) {
                throw refuse(property.getKey(), "must be a string");
            }
            entries.put(property.getKey(), property.getValue().textValue());
        });
        return entries;
    }
}
