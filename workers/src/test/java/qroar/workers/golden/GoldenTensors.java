package qroar.workers.golden;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import qroar.workers.packed.Float16;

/** A golden safetensors file, read plainly and independently of the product's reader. */
public final class GoldenTensors {
    private final ByteBuffer data;
    private final JsonNode header;

    private GoldenTensors(JsonNode header, ByteBuffer data) {
        this.header = header;
        this.data = data;
    }

    public static GoldenTensors read(Path file) {
        try {
            ByteBuffer all = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
            int length = (int) all.getLong();
            byte[] json = new byte[length];
            all.get(json);
            return new GoldenTensors(
                    new ObjectMapper().readTree(json), all.slice().order(ByteOrder.LITTLE_ENDIAN));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public boolean has(String name) {
        return header.has(name);
    }

    public String metadata(String key) {
        return header.get("__metadata__").get(key).textValue();
    }

    public long[] shape(String name) {
        JsonNode shape = header.get(name).get("shape");
        long[] sizes = new long[shape.size()];
        for (int i = 0; i < sizes.length; i++) {
            sizes[i] = shape.get(i).longValue();
        }
        return sizes;
    }

    /** 16-bit types are widened. */
    public float[] floats(String name) {
        JsonNode entry = header.get(name);
        String dtype = entry.get("dtype").textValue();
        if (dtype.equals("F16") || dtype.equals("BF16")) {
            int from = entry.get("data_offsets").get(0).intValue();
            float[] values = new float[(entry.get("data_offsets").get(1).intValue() - from) / Short.BYTES];
            for (int i = 0; i < values.length; i++) {
                short bits = data.getShort(from + i * Short.BYTES);
                values[i] = dtype.equals("F16") ? Float16.toFloat(bits) : Float.intBitsToFloat(bits << 16);
            }
            return values;
        }
        if (!entry.get("dtype").textValue().equals("F32")) {
            throw new IllegalArgumentException(name + " is " + entry.get("dtype"));
        }
        int from = entry.get("data_offsets").get(0).intValue();
        float[] values = new float[(entry.get("data_offsets").get(1).intValue() - from) / Float.BYTES];
        data.slice(from, values.length * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer()
                .get(values);
        return values;
    }

    public int[] integers(String name) {
        JsonNode entry = header.get(name);
        int from = entry.get("data_offsets").get(0).intValue();
        int to = entry.get("data_offsets").get(1).intValue();
        boolean wide = entry.get("dtype").textValue().equals("I64");
        int[] values = new int[(to - from) / (wide ? Long.BYTES : Integer.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = wide ? (int) data.getLong(from + i * Long.BYTES) : data.getInt(from + i * Integer.BYTES);
        }
        return values;
    }
}
