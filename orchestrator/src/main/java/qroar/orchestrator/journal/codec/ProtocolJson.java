package qroar.orchestrator.journal.codec;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.KeyDeserializer;
import com.fasterxml.jackson.databind.SerializerProvider;
import com.fasterxml.jackson.databind.deser.std.StdDeserializer;
import com.fasterxml.jackson.databind.jsontype.TypeDeserializer;
import com.fasterxml.jackson.databind.jsontype.TypeSerializer;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.StdSerializer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.TrialKey;

/** Stored forms of the protocol's types that are not simply their components; {@link JournalJson} lists them. */
@SuppressWarnings("serial") // never written with Java serialization
final class ProtocolJson extends SimpleModule {
    ProtocolJson() {
        super("qroar");
        text(double[].class, PackedNumbers::pack, PackedNumbers::unpackDoubles);
        text(LogHistogram.class, PackedNumbers::pack, PackedNumbers::unpackHistogram);
        text(RopeScaling.class, RopeScalingSpec::format, RopeScalingSpec::parse);
        text(QuantizationSpec.class, QuantizationText::format, QuantizationText::parse);
        text(TrialKey.class, TrialKey::hex, TrialKey::new);
        addKeySerializer(TrialKey.class, new StdSerializer<>(TrialKey.class) {
            @Override
            public void serialize(TrialKey key, JsonGenerator out, SerializerProvider provider) throws IOException {
                out.writeFieldName(key.hex());
            }
        });
        addKeyDeserializer(TrialKey.class, new KeyDeserializer() {
            @Override
            public Object deserializeKey(String key, DeserializationContext context) {
                return new TrialKey(key);
            }
        });
        addSerializer(new BandScalesWriter());
        addDeserializer(BandScales.class, new BandScalesReader());
    }

    interface Formatter<T> {
        String format(T value);
    }

    interface Parser<T> {
        T parse(String text);
    }

    private <T> void text(Class<T> type, Formatter<T> formatter, Parser<T> parser) {
        addSerializer(type, new StdSerializer<>(type) {
            @Override
            public void serialize(T value, JsonGenerator out, SerializerProvider provider) throws IOException {
                out.writeString(formatter.format(value));
            }

            @Override
            public void serializeWithType(
                    T value, JsonGenerator out, SerializerProvider provider, TypeSerializer typeSerializer)
                    throws IOException {
                serialize(value, out, provider);
            }
        });
        addDeserializer(type, new StdDeserializer<>(type) {
            @Override
            public T deserialize(JsonParser in, DeserializationContext context) throws IOException {
                String text = in.getValueAsString();
                if (text == null) {
                    throw context.wrongTokenException(in, type, in.currentToken(), "a text is needed");
                }
                try {
                    return parser.parse(text);
                } catch (RuntimeException e) {
                    throw JsonMappingException.from(in, type.getSimpleName() + ": " + e.getMessage(), e);
                }
            }

            @Override
            public Object deserializeWithType(
                    JsonParser in, DeserializationContext context, TypeDeserializer typeDeserializer)
                    throws IOException {
                return deserialize(in, context);
            }
        });
    }

    /**
     * {@code {"mode":"shared","cuts":[0,4,8],"scales":[1.05,1.0]}}: band b holds the pairs cuts[b] to cuts[b+1]-1. With scales of
     * groups of layers also {@code "layers":[22,4]}, the model's layers and those of a group, and the scales of group after group.
     */
    private static final class StoredScales {
        @JsonProperty
        final String mode;

        @JsonProperty
        final List<Integer> cuts;

        @JsonProperty
        final List<Double> scales;

        /** Not among the creator's, for older events have none. */
        @JsonProperty
        @JsonInclude(JsonInclude.Include.NON_NULL)
        @Nullable List<Integer> layers;

        @JsonCreator
        StoredScales(
                @JsonProperty("mode") String mode,
                @JsonProperty("cuts") List<Integer> cuts,
                @JsonProperty("scales") List<Double> scales) {
            this.mode = mode;
            this.cuts = cuts;
            this.scales = scales;
        }

        static StoredScales of(BandScales value) {
            List<Integer> cuts = new ArrayList<>(List.of(0));
            value.partition().bands().forEach(band -> cuts.add(band.toPair()));
            StoredScales stored = new StoredScales(
                    value.mode().word(),
                    cuts,
                    Arrays.stream(value.scales()).boxed().toList());
            LayerGroups groups = value.partition().layers();
            stored.layers = groups.isAll() ? null : List.of(groups.layerCount(), groups.size());
            return stored;
        }

        BandScales bandScales() {
            List<Band> bands = new ArrayList<>();
            for (int b = 0; b + 1 < cuts.size(); b++) {
                bands.add(new Band(cuts.get(b), cuts.get(b + 1)));
            }
            return new BandScales(
                    new BandPartition(bands, groups()),
                    ScaleMode.ofWord(mode),
                    scales.stream().mapToDouble(Double::doubleValue).toArray());
        }

        private LayerGroups groups() {
            if (layers == null) {
                return LayerGroups.ALL;
            }
            if (layers.size() != 2) {
                throw new IllegalArgumentException("layers " + layers + " are not two numbers");
            }
            return new LayerGroups(layers.get(0), layers.get(1));
        }
    }

    private static final class BandScalesWriter extends StdSerializer<BandScales> {
        BandScalesWriter() {
            super(BandScales.class);
        }

        @Override
        public void serialize(BandScales value, JsonGenerator out, SerializerProvider provider) throws IOException {
            provider.defaultSerializeValue(StoredScales.of(value), out);
        }
    }

    private static final class BandScalesReader extends StdDeserializer<BandScales> {
        BandScalesReader() {
            super(BandScales.class);
        }

        @Override
        public BandScales deserialize(JsonParser in, DeserializationContext context) throws IOException {
            StoredScales stored = context.readValue(in, StoredScales.class);
            try {
                return stored.bandScales();
            } catch (RuntimeException e) {
                throw JsonMappingException.from(in, "BandScales: " + e.getMessage(), e);
            }
        }
    }
}
