package qroar.orchestrator.journal.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;

/**
 * Many events in few bytes: the events of one kind together, their first components one behind the other, then their second
 * ones, and so on. What is stored of an event is what its JSON holds, under the same names and its own manifest, so that an
 * event of an older version is brought up to date as one in the journal is. Layout, all of it deflated behind its length:
 *
 * <pre>
 * number of kinds; per kind: manifest, number of events, columns
 * number of events; per event: its kind
 *
 * columns: their number; per column: name, a letter, values
 * n  whole numbers: the difference to the one before
 * d  floating-point numbers: 8 bytes      f  truth values: 1 byte
 * a  arrays of them: length, 8 bytes each
 * s  texts: 0 and a new one, or 1 + which one of those so far
 * r  records of numbers and truth values: columns
 * j  anything else: its JSON, as texts
 * </pre>
 *
 * Whole numbers are LEB128, those that may be negative zigzag; texts are UTF-8 behind their length.
 */
final class SeriesWriter {
    private static final int ENOUGH_FOR_MOST = 1 << 16;

    private final EventCatalog catalog;
    private final ObjectMapper json;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(ENOUGH_FOR_MOST);
    private final DataOutputStream out = new DataOutputStream(bytes);

    private SeriesWriter(EventCatalog catalog, ObjectMapper json) {
        this.catalog = catalog;
        this.json = json;
    }

    static byte[] bytes(EventSeries series, EventCatalog catalog, ObjectMapper json) {
        SeriesWriter writer = new SeriesWriter(catalog, json);
        try {
            writer.write(series.events());
            return deflated(writer.bytes);
        } catch (IOException e) {
            throw new UncheckedIOException("memory does not fail", e);
        }
    }

    /** The quickest level: most of what it could still save is digests, which are random. */
    private static byte[] deflated(ByteArrayOutputStream raw) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream(raw.size() / 2);
        DataOutputStream head = new DataOutputStream(packed);
        head.writeInt(raw.size());
        Deflater deflater = new Deflater(Deflater.BEST_SPEED);
        try (DeflaterOutputStream out = new DeflaterOutputStream(packed, deflater)) {
            raw.writeTo(out);
        } finally {
            deflater.end();
        }
        return packed.toByteArray();
    }

    private void write(List<JournalEvent> events) throws IOException {
        Map<Class<?>, List<Object>> kinds = new LinkedHashMap<>();
        for (JournalEvent event : events) {
            kinds.computeIfAbsent(event.getClass(), kind -> new ArrayList<>()).add(event);
        }
        number(kinds.size());
        Map<Class<?>, Integer> places = new HashMap<>();
        for (Map.Entry<Class<?>, List<Object>> kind : kinds.entrySet()) {
            places.put(kind.getKey(), places.size());
            text(catalog.entryOf(kind.getKey()).manifest());
            number(kind.getValue().size());
            columns(kind.getKey(), kind.getValue());
        }
        number(events.size());
        for (JournalEvent event : events) {
            number(places.getOrDefault(event.getClass(), 0));
        }
    }

    private void columns(Class<?> type, List<Object> records) throws IOException {
        RecordShape shape = RecordShape.of(type);
        number(shape.parts().size());
        for (RecordShape.Part part : shape.parts()) {
            text(part.name());
            List<Object> values = new ArrayList<>(records.size());
            for (Object whole : records) {
                values.add(part.of(whole));
            }
            column(part, values);
        }
    }

    private void column(RecordShape.Part part, List<Object> values) throws IOException {
        Class<?> type = part.type();
        if (type == int.class || type == long.class) {
            out.writeByte('n');
            long before = 0;
            for (Object value : values) {
                long now = ((Number) value).longValue();
                signed(now - before);
                before = now;
            }
        } else if (type == double.class) {
            out.writeByte('d');
            for (Object value : values) {
                out.writeDouble((double) value);
            }
        } else if (type == boolean.class) {
            out.writeByte('f');
            for (Object value : values) {
                out.writeBoolean((boolean) value);
            }
        } else if (type == double[].class && !values.contains(null)) {
            out.writeByte('a');
            for (Object value : values) {
                array((double[]) value);
            }
        } else if (type == String.class && !values.contains(null)) {
            out.writeByte('s');
            texts(values);
        } else if (RecordShape.isPlain(type) && !values.contains(null)) {
            out.writeByte('r');
            columns(type, values);
        } else {
            out.writeByte('j');
            texts(jsons(part, values));
        }
    }

    private List<Object> jsons(RecordShape.Part part, List<Object> values) throws JsonProcessingException {
        ObjectWriter writer = json.writerFor(json.getTypeFactory().constructType(part.fullType()));
        List<Object> texts = new ArrayList<>(values.size());
        for (Object value : values) {
            texts.add(writer.writeValueAsString(value));
        }
        return texts;
    }

    private void array(double[] values) throws IOException {
        number(values.length);
        for (double value : values) {
            out.writeLong(Double.doubleToRawLongBits(value));
        }
    }

    private void texts(List<Object> values) throws IOException {
        Map<Object, Integer> known = new HashMap<>();
        for (Object value : values) {
            Integer place = known.putIfAbsent(value, known.size());
            number(place == null ? 0 : place + 1);
            if (place == null) {
                text((String) value);
            }
        }
    }

    private void text(String value) throws IOException {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        number(utf8.length);
        out.write(utf8);
    }

    private void signed(long value) throws IOException {
        number(value << 1 ^ value >> 63);
    }

    private void number(long value) throws IOException {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.writeByte((int) rest & 0x7f | 0x80);
            rest >>>= 7;
        }
        out.writeByte((int) rest);
    }
}
