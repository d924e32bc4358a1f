package qroar.experiments.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.JsonGeneratorDelegate;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;

/**
 * JSON for others to read: a number that is NaN or infinite is {@code null}, wherever it stands, for JSON has no word for it.
 * Jackson alone would write the string {@code "NaN"}, which a reader takes for text, or the bare word, which strict readers
 * refuse. It is done where numbers leave, so no field, array, map or tree of numbers can be forgotten. What the product stores for
 * itself (journal, caches) needs the numbers back, and has forms of its own.
 */
public final class FiniteJson {
    private FiniteJson() {}

    /** A new mapper, to be configured further. */
    public static ObjectMapper mapper() {
        return new ObjectMapper(JsonFactory.builder()
                .addDecorator((factory, generator) -> new FiniteOrNull(generator))
                .build());
    }

    private static final class FiniteOrNull extends JsonGeneratorDelegate {
        FiniteOrNull(JsonGenerator plain) {
            // Trees and objects are to be written by this generator, not handed to the plain one whole.
            super(plain, false);
        }

        @Override
        public void writeNumber(double value) throws IOException {
            if (Double.isFinite(value)) {
                super.writeNumber(value);
            } else {
                writeNull();
            }
        }

        @Override
        public void writeNumber(float value) throws IOException {
            if (Float.isFinite(value)) {
                super.writeNumber(value);
            } else {
                writeNull();
            }
        }

        @Override
        public void writeArray(double[] values, int offset, int length) throws IOException {
            writeStartArray(values, length);
            for (int i = offset; i < offset + length; i++) {
                writeNumber(values[i]);
            }
            writeEndArray();
        }
    }
}
