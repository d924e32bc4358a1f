package qroar.orchestrator.journal.codec;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One component of many records, as {@link SeriesWriter} lays it out. Read once, by one thread. */
@SuppressWarnings("ArrayRecordComponent") // never compared
sealed interface SeriesColumn {
    /** A row as the component of a record; a type that does not fit is an IllegalArgumentException or ClassCastException. */
    @Nullable Object value(int row, RecordShape.Part part, ObjectMapper json);

    /** A row as in the record's JSON. */
    JsonNode node(int row, ObjectMapper json);

    record Numbers(long[] values) implements SeriesColumn {
        @Override
        public Object value(int row, RecordShape.Part part, ObjectMapper json) {
            return part.type() == int.class ? (Object) Math.toIntExact(values[row]) : (Object) values[row];
        }

        @Override
        public JsonNode node(int row, ObjectMapper json) {
            return LongNode.valueOf(values[row]);
        }
    }

    record Fractions(double[] values) implements SeriesColumn {
        @Override
        public Object value(int row, RecordShape.Part part, ObjectMapper json) {
            return values[row];
        }

        @Override
        public JsonNode node(int row, ObjectMapper json) {
            return DoubleNode.valueOf(values[row]);
        }
    }

    record Flags(boolean[] values) implements SeriesColumn {
        @Override
        public Object value(int row, RecordShape.Part part, ObjectMapper json) {
            return values[row];
        }

        @Override
        public JsonNode node(int row, ObjectMapper json) {
            return BooleanNode.valueOf(values[row]);
        }
    }

    record Arrays(double[][] values) implements SeriesColumn {
        @Override
        public Object value(int row, RecordShape.Part part, ObjectMapper json) {
            return values[row];
        }

        @Override
        public JsonNode node(int row, ObjectMapper json) {
            return TextNode.valueOf(PackedNumbers.pack(values[row]));
        }
    }

    record Texts(String[] values) implements SeriesColumn {
        @Override
        public Object value(int row, RecordShape.Part part, ObjectMapper json) {
            return values[row];
        }

        @Override
        public JsonNode node(int row, ObjectMapper json) {
            return TextNode.valueOf(values[row]);
        }
    }

    record Records(int count, Map<String, SeriesColumn> columns, Map<Class<?>, RecordShape> shapes)
            implements SeriesColumn {
        static Records of(int count, Map<String, SeriesColumn> columns) {
            return new Records(count, columns, new LinkedHashMap<>());
        }

        @Override
        public Object value(int row, RecordShape.Part part, ObjectMapper json) {
            return record(row, shapes.computeIfAbsent(part.type(), RecordShape::of), json);
        }

        /** The columns have to be the record's components, no more and no fewer. */
        Object record(int row, RecordShape shape, ObjectMapper json) {
            List<RecordShape.Part> parts = shape.parts();
            Object[] values = new Object[parts.size()];
            for (int p = 0; p < values.length; p++) {
                RecordShape.Part part = parts.get(p);
                SeriesColumn column = columns.get(part.name());
                if (column == null || columns.size() != values.length) {
                    throw new IllegalArgumentException(
                            "its columns are " + columns.keySet() + ", not those of " + part.name());
                }
                values[p] = column.value(row, part, json);
            }
            return shape.make(values);
        }

        @Override
        public ObjectNode node(int row, ObjectMapper json) {
            ObjectNode node = json.createObjectNode();
            columns.forEach((name, column) -> node.set(name, column.node(row, json)));
            return node;
        }
    }

    /** @param known what texts mean that were read before */
    record Jsons(String[] values, Map<String, Object> known) implements SeriesColumn {
        @Override
        public @Nullable Object value(int row, RecordShape.Part part, ObjectMapper json) {
            return values[row].equals("null")
                    ? null
                    : known.computeIfAbsent(values[row], text -> {
                        try {
                            return Objects.requireNonNull(
                                    json.readValue(text, json.getTypeFactory().constructType(part.fullType())));
                        } catch (JsonProcessingException e) {
                            throw new IllegalArgumentException(part.name() + ": " + e.getOriginalMessage(), e);
                        }
                    });
        }

        @Override
        public JsonNode node(int row, ObjectMapper json) {
            try {
                return json.readTree(values[row]);
            } catch (JsonProcessingException e) {
                throw new IllegalArgumentException(e.getOriginalMessage(), e);
            }
        }
    }
}
