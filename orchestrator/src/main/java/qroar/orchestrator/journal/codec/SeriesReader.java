package qroar.orchestrator.journal.codec;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/** Reads what {@link SeriesWriter} wrote; whatever is not that is a {@link JournalFormatException}. */
final class SeriesReader {
    /** Bounds what a wrong length can take. */
    private static final int MOST_BYTES = 1 << 30;

    private final EventCodec codec;
    private final ObjectMapper json;
    private final ByteBuffer in;

    private SeriesReader(EventCodec codec, ObjectMapper json, ByteBuffer in) {
        this.codec = codec;
        this.json = json;
        this.in = in;
    }

    static EventSeries read(byte[] bytes, EventCodec codec, ObjectMapper json) {
        try {
            return new SeriesReader(codec, json, inflated(bytes)).read();
        } catch (DataFormatException
                | BufferUnderflowException
                | IndexOutOfBoundsException
                | IllegalArgumentException
                | ArithmeticException
                | ClassCastException e) {
            throw new JournalFormatException("a stored series of events is damaged: " + e.getMessage(), e);
        }
    }

    private static ByteBuffer inflated(byte[] bytes) throws DataFormatException {
        int length = ByteBuffer.wrap(bytes).getInt();
        if (length < 0 || length > MOST_BYTES) {
            throw new DataFormatException("its length is " + length);
        }
        Inflater inflater = new Inflater();
        try {
            inflater.setInput(bytes, Integer.BYTES, bytes.length - Integer.BYTES);
            byte[] raw = new byte[length];
            int read = 0;
            for (int more = -1; more != 0 && read < length; read += more) {
                more = inflater.inflate(raw, read, length - read);
            }
            if (read < length || inflater.getRemaining() > 0 && inflater.finished()) {
                throw new DataFormatException(read + " of " + length + " bytes");
            }
            return ByteBuffer.wrap(raw);
        } finally {
            inflater.end();
        }
    }

    private EventSeries read() {
        List<List<JournalEvent>> kinds = new ArrayList<>();
        int kindCount = count();
        for (int kind = 0; kind < kindCount; kind++) {
            String manifest = text();
            int events = count();
            kinds.add(events(manifest, columns(events)));
        }
        int[] next = new int[kinds.size()];
        int length = count();
        List<JournalEvent> events = new ArrayList<>(length);
        for (int e = 0; e < length; e++) {
            int kind = count();
            events.add(kinds.get(kind).get(next[kind]++));
        }
        for (int kind = 0; kind < next.length; kind++) {
            if (next[kind] != kinds.get(kind).size()) {
                throw new IllegalArgumentException("an event of it has no place");
            }
        }
        if (in.hasRemaining()) {
            throw new IllegalArgumentException(in.remaining() + " bytes too many");
        }
        return new EventSeries(events);
    }

    private List<JournalEvent> events(String manifest, SeriesColumn.Records rows) {
        List<JournalEvent> events = new ArrayList<>(rows.count());
        EventCodec.Stored stored = codec.stored(manifest);
        if (stored.isOfToday()) {
            RecordShape shape = RecordShape.of(stored.entry().type());
            for (int row = 0; row < rows.count(); row++) {
                events.add((JournalEvent) rows.record(row, shape, json));
            }
        } else {
            for (int row = 0; row < rows.count(); row++) {
                ObjectNode node = rows.node(row, json);
                events.add((JournalEvent) codec.decode(node, stored));
            }
        }
        return events;
    }

    private SeriesColumn.Records columns(int rows) {
        Map<String, SeriesColumn> columns = new LinkedHashMap<>();
        int columnCount = count();
        for (int c = 0; c < columnCount; c++) {
            columns.put(text(), column(rows));
        }
        return SeriesColumn.Records.of(rows, columns);
    }

    private SeriesColumn column(int rows) {
        byte letter = in.get();
        return switch (letter) {
            case 'n' -> new SeriesColumn.Numbers(numbers(rows));
            case 'd' -> new SeriesColumn.Fractions(fractions(rows));
            case 'f' -> new SeriesColumn.Flags(flags(rows));
            case 'a' -> new SeriesColumn.Arrays(arrays(rows));
            case 's' -> new SeriesColumn.Texts(texts(rows));
            case 'r' -> columns(rows);
            case 'j' -> new SeriesColumn.Jsons(texts(rows), new HashMap<>());
            default -> throw new IllegalArgumentException("a column of kind " + letter);
        };
    }

    private long[] numbers(int rows) {
        long[] values = new long[rows];
        long before = 0;
        for (int row = 0; row < rows; row++) {
            long zigzag = number();
            before += zigzag >>> 1 ^ -(zigzag & 1);
            values[row] = before;
        }
        return values;
    }

    private double[] fractions(int count) {
        if (count > in.remaining() / Double.BYTES) {
            throw new BufferUnderflowException();
        }
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = Double.longBitsToDouble(in.getLong());
        }
        return values;
    }

    private boolean[] flags(int rows) {
        boolean[] values = new boolean[rows];
        for (int row = 0; row < rows; row++) {
            values[row] = in.get() != 0;
        }
        return values;
    }

    private double[][] arrays(int rows) {
        double[][] values = new double[rows][];
        for (int row = 0; row < rows; row++) {
            values[row] = fractions(count());
        }
        return values;
    }

    private String[] texts(int rows) {
        String[] values = new String[rows];
        List<String> known = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int place = count();
            if (place == 0) {
                known.add(text());
            }
            values[row] = known.get(place == 0 ? known.size() - 1 : place - 1);
        }
        return values;
    }

    private String text() {
        int length = count();
        if (length > in.remaining()) {
            throw new BufferUnderflowException();
        }
        String text = new String(in.array(), in.position(), length, StandardCharsets.UTF_8);
        in.position(in.position() + length);
        return text;
    }

    /** Of things that take at least a byte each, or are checked where they are read. */
    private int count() {
        long value = number();
        if (value < 0 || value > in.capacity()) {
            throw new IllegalArgumentException("a number of " + value);
        }
        return (int) value;
    }

    private long number() {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("a number of more than 64 bits");
    }
}
