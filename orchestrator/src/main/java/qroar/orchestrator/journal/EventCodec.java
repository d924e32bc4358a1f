package qroar.orchestrator.journal;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Events and states to bytes and back: JSON under a manifest {@code name/version}. Whatever cannot be read exactly as
 * it was written throws {@link JournalFormatException}. Thread-safe.
 */
public final class EventCodec {
    private static final Pattern MANIFEST = Pattern.compile("([a-z][a-z0-9-]*)/([1-9][0-9]{0,5})");

    private final EventCatalog catalog;
    private final ObjectMapper json = JournalJson.mapper();

    public EventCodec(EventCatalog catalog) {
        this.catalog = catalog;
    }

    public String manifest(Object value) {
        return catalog.entryOf(value.getClass()).manifest();
    }

    public byte[] encode(Object value) {
        String manifest = manifest(value);
        try {
            return json.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new JournalFormatException("cannot write '" + manifest + "' as JSON: " + e.getOriginalMessage(), e);
        }
    }

    public Object decode(byte[] bytes, String manifest) {
        Matcher parts = MANIFEST.matcher(manifest);
        EventCatalog.Entry entry = parts.matches() ? catalog.entryNamed(parts.group(1)) : null;
        if (entry == null) {
            throw new JournalFormatException("the journal holds '" + manifest + "', which this version does not know");
        }
        int version = Integer.parseInt(parts.group(2));
        if (version > entry.version()) {
            throw new JournalFormatException("the journal holds '" + manifest
                    + "', written by a newer version; this one" + " reads up to '" + entry.manifest() + "'");
        }
        try {
            Object value = version == entry.version()
                    ? json.readValue(bytes, entry.type())
                    : json.treeToValue(upcast(bytes, entry, version), entry.type());
            if (value == null) {
                throw new JournalFormatException("stored '" + manifest + "' is null");
            }
            return value;
        } catch (IOException e) {
            throw new JournalFormatException("stored '" + manifest + "' is damaged: " + oneLine(e), e);
        }
    }

    private ObjectNode upcast(byte[] bytes, EventCatalog.Entry entry, int version) throws IOException {
        JsonNode tree = json.readTree(bytes);
        if (!(tree instanceof ObjectNode object)) {
            throw new JournalFormatException("stored '" + entry.name() + "/" + version + "' is not a JSON object");
        }
        for (UnaryOperator<ObjectNode> step :
                entry.upcasts().subList(version - 1, entry.upcasts().size())) {
            try {
                object = step.apply(object);
            } catch (RuntimeException e) {
                throw new JournalFormatException(
                        "stored '" + entry.name() + "/" + version + "' cannot be brought to '" + entry.manifest() + "'",
                        e);
            }
        }
        return object;
    }

    private static String oneLine(IOException e) {
        String message = e instanceof JsonProcessingException parse ? parse.getOriginalMessage() : e.getMessage();
        return String.valueOf(message).lines().findFirst().orElse("no cause given");
    }
}
