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
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.Interval;
import qroar.experiments.json.FiniteJson;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.Standing;
import qroar.protocol.band.ScaleMode;

/**
 * How values look in our JSON: numbers with every digit they have, NaN and infinities as null ({@link FiniteJson}), instants
 * as ISO-8601, modes, settings and standings as their word, gains under the names that their ends have here. Read back, null is NaN where a number must be.
 */
final class ReportJson {
    private ReportJson() {}

    static SimpleModule values() {
        SimpleModule module = new SimpleModule("qroar-report-values");
        module.addDeserializer(double.class, new NumberOrNaN());
        module.addSerializer(Instant.class, new InstantText());
        module.addDeserializer(Instant.class, new TextInstant());
        module.addSerializer(Interval.class, new IntervalAsGain());
        module.addDeserializer(Interval.class, new GainAsInterval());
        addWords(module, ScaleMode.class, ScaleMode::word);
        addWords(module, Control.class, Control::word);
        addWords(module, Setting.class, Setting::word);
        addWords(module, Standing.class, Standing::word);
        addWords(module, Attribution.ShortContext.class, Attribution.ShortContext::word);
        return module;
    }

    static ObjectMapper mapper() {
        return FiniteJson.mapper().registerModule(values());
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

    /** An interval of nats as it is stored. */
    private record Gain(double nats, double lowNats, double highNats, double confidence) {}

    private static final class IntervalAsGain extends JsonSerializer<Interval> {
        @Override
        public void serialize(Interval value, JsonGenerator out, SerializerProvider provider) throws IOException {
            Gain gain = new Gain(value.estimate(), value.lower(), value.upper(), Interval.CONFIDENCE);
            provider.defaultSerializeValue(gain, out);
        }
    }

    private static final class GainAsInterval extends StdDeserializer<Interval> {
        private static final long serialVersionUID = 1L;

        GainAsInterval() {
            super(Interval.class);
        }

        @Override
        public Interval deserialize(JsonParser in, DeserializationContext context) throws IOException {
            Gain gain = context.readValue(in, Gain.class);
            if (Double.isInfinite(gain.nats())
                    || Double.isInfinite(gain.lowNats())
                    || Double.isInfinite(gain.highNats())) {
                context.reportInputMismatch(this, "a gain and its ends must be finite numbers, not %s", gain);
            }
            return new Interval(gain.nats(), gain.lowNats(), gain.highNats());
        }
    }

    private static <E extends Enum<E>> void addWords(SimpleModule module, Class<E> type, Function<E, String> word) {
        module.addSerializer(type, new WordOf<>(word));
        module.addDeserializer(type, new OfWord<>(type, word));
    }

    private static final class WordOf<E extends Enum<E>> extends JsonSerializer<E> {
        private final Function<E, String> word;

        WordOf(Function<E, String> word) {
            this.word = word;
        }

        @Override
        public void serialize(E value, JsonGenerator out, SerializerProvider provider) throws IOException {
            out.writeString(word.apply(value));
        }
    }

    private static final class OfWord<E extends Enum<E>> extends StdDeserializer<E> {
        private static final long serialVersionUID = 1L;

        private final Class<E> type;
        private final transient Map<String, E> constants = new LinkedHashMap<>();

        OfWord(Class<E> type, Function<E, String> word) {
            super(type);
            this.type = type;
            for (E constant : type.getEnumConstants()) {
                constants.put(word.apply(constant), constant);
            }
        }

        @Override
        public E deserialize(JsonParser in, DeserializationContext context) throws IOException {
            E constant = constants.get(in.getText());
            return constant != null
                    ? constant
                    : type.cast(context.handleWeirdStringValue(
                            type, in.getText(), "one of %s", String.join(", ", constants.keySet())));
        }
    }
}
