package qroar.reports;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonSerializer;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.ScaleMode;

/**
 * How values look in our JSON: numbers with every digit they have, NaN and infinities as null (JSON has no word for
 * them), instants as ISO-8601, modes as their word. Read back, null is NaN where a number must be.
 */
final class ReportJson {
    private ReportJson() {}

    static SimpleModule values() {
        SimpleModule module = new SimpleModule("qroar-report-values");
        module.addSerializer(double.class, new FiniteOrNull());
        module.addSerializer(Double.class, new FiniteOrNull());
        module.addDeserializer(double.class, new NumberOrNaN());
        module.addSerializer(Instant.class, new InstantText());
        module.addDeserializer(Instant.class, new TextInstant());
        module.addSerializer(ScaleMode.class, new ModeWord());
        module.addDeserializer(ScaleMode.class, new WordMode());
        return module;
    }

    static ObjectMapper mapper() {
        return new ObjectMapper().registerModule(values());
    }

    private static final class FiniteOrNull extends JsonSerializer<Double> {
        @Override
        public void serialize(Double value, JsonGenerator out, SerializerProvider provider) throws IOException {
            if (Double.isFinite(value)) {
                out.writeNumber(value);
            } else {
                out.writeNull();
            }
        }
    }

    private static final class NumberOrNaN extends StdDeserializer<Double> {
        private static final long serialVersionUID = 1L;

        NumberOrNaN() {
            super(double.class);
        }

        @Override
        public Double deserialize(JsonParser in, DeserializationContext context) throws IOException {
            if (!in.currentToken().isNumeric()) {
                return (Double) context.handleUnexpectedToken(double.class, in);
            }
            return in.getDoubleValue();
        }

        @Override
        public @Nullable Double getNullValue(DeserializationContext context) {
            return Double.NaN;
        }
    }

    private static final class InstantText extends JsonSerializer<Instant> {
        @Override
        public void serialize(Instant value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeString(value.toString());
        }
    }

    private static final class TextInstant extends StdDeserializer<Instant> {
        private static final long serialVersionUID = 1L;

        TextInstant() {
            super(Instant.class);
        }

        @Override
        public Instant deserialize(JsonParser in, DeserializationContext context) throws IOException {
            try {
                return Instant.parse(in.getText());
            } catch (DateTimeException e) {
                return (Instant) context.handleWeirdStringValue(
                        Instant.class, in.getText(), "an instant as 2026-01-31T12:00:00Z");
            }
        }
    }

    private static final class ModeWord extends JsonSerializer<ScaleMode> {
        @Override
        public void serialize(ScaleMode value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeString(value.word());
        }
    }

    private static final class WordMode extends StdDeserializer<ScaleMode> {
        private static final long serialVersionUID = 1L;

        WordMode() {
            super(ScaleMode.class);
        }

        @Override
        public ScaleMode deserialize(JsonParser in, DeserializationContext context) throws IOException {
            try {
                return ScaleMode.ofWord(in.getText());
            } catch (IllegalArgumentException e) {
                return (ScaleMode) context.handleWeirdStringValue(ScaleMode.class, in.getText(), "shared or symmetric");
            }
        }
    }
}
