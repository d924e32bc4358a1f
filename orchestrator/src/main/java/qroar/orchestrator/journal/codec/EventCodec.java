package qroar.orchestrator.journal.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Events and states to bytes and back: JSON, or many events as a {@link EventSeries}, under a manifest {@code name/version}. Whatever cannot be read exactly as
 * it was written throws {@link JournalFormatException}. Thread-safe.
 */
public final class EventCodec {
    /** Pekko's number for this form, written beside each stored event: never changed, never given to another. */
    public static final int SERIALIZER = 71_501;

    private static final Pattern MANIFEST = Pattern.compile("([a-z][a-z0-9-]*)/([1-9][0-9]{0,5})");

    private final EventCatalog catalog;
    private final ObjectMapper json = JournalJson.mapper();
    /** Manifests met so far: as many as there are kinds and versions of events. */
    private final Map<String, Stored> named = new ConcurrentHashMap<>();

    public EventCodec(EventCatalog catalog) {
        this.catalog = catalog;
    }

    public String manifest(Object value) {
        return catalog.entryOf(value.getClass()).manifest();
    }

    public byte[] encode(Object value) {
        String manifest = manifest(value);
        if (value instanceof EventSeries series) {
            return SeriesWriter.bytes(series, catalog, json);
        }
        try {
            return json.writeValueAsBytes(value);
        } catch (JsonProcessingException e) {
            throw new JournalFormatException("cannot write '" + manifest + "' as JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** What a manifest names. */
    record Stored(EventCatalog.Entry entry, int version) {
        boolean isOfToday() {
            return version == entry.version();
        }

        @Override
        public String toString() {
            return entry.name() + "/" + version;
        }
    }

    Stored stored(String manifest) {
        Stored known = named.get(manifest);
        if (known == null) {
            known = look(manifest);
            named.put(manifest, known);
        }
        return known;
    }

    private Stored look(String manifest) {
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
        return new Stored(entry, version);
    }

    /** A {@link RetiredState} in place of a form that is not read any more. */
    public Object decode(byte[] bytes, String manifest) {
        Stored known = named.get(manifest);
        if (known == null && catalog.isRetired(manifest)) {
            return new RetiredState(manifest);
        }
        Stored stored = known == null ? stored(manifest) : known;
        if (stored.entry().type() == EventSeries.class) {
            return SeriesReader.read(bytes, this, json);
        }
        try {
            if (!stored.isOfToday()) {
                return decode(object(bytes, stored), stored);
            }
            Object value = json.readValue(bytes, stored.entry().type());
            if (value == null) {
                throw new JournalFormatException("stored '" + manifest + "' is null");
            }
            return value;
        } catch (IOException e) {
            throw damaged(stored, e);
        }
    }

    /** Brought up to date, and read. */
    Object decode(ObjectNode object, Stored stored) {
        try {
            return json.treeToValue(upcast(object, stored), stored.entry().type());
        } catch (JsonProcessingException e) {
            throw damaged(stored, e);
        }
    }

    private ObjectNode object(byte[] bytes, Stored stored) throws IOException {
        JsonNode tree = json.readTree(bytes);
        if (!(tree instanceof ObjectNode object)) {
            throw new JournalFormatException("stored '" + stored + "' is not a JSON object");
        }
        return object;
    }

    private static ObjectNode upcast(ObjectNode object, Stored stored) {
        EventCatalog.Entry entry = stored.entry();
        ObjectNode newer = object;
        for (UnaryOperator<ObjectNode> step :
                entry.upcasts().subList(stored.version() - 1, entry.upcasts().size())) {
            try {
                newer = step.apply(newer);
            } catch (RuntimeException e) {
                throw new JournalFormatException(
                        "stored '" + stored + "' cannot be brought to '" + entry.manifest() + "'", e);
            }
        }
        return newer;
    }

    private static JournalFormatException damaged(Stored stored, IOException e) {
        return new JournalFormatException("stored '" + stored + "' is damaged: " + oneLine(e), e);
    }

    private static String oneLine(IOException e) {
        String message = e instanceof JsonProcessingException parse ? parse.getOriginalMessage() : e.getMessage();
        return String.valueOf(message).lines().findFirst().orElse("no cause given");
    }
}
