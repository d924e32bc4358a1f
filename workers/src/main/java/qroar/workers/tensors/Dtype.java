package qroar.workers.tensors;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.workers.packed.Float16;

/**
 * Element types of weights that can be run; the names are safetensors' own. Widening to float32 is exact; narrowing
 * rounds to nearest, ties to even, overflows to infinity and keeps NaN a NaN, as PyTorch does.
 */
public enum Dtype {
    F32("float32", 4, Float.MIN_NORMAL) {
        @Override
        public float get(ByteBuffer buffer) {
            return buffer.getFloat();
        }

        @Override
        public void put(ByteBuffer buffer, float value) {
            buffer.putFloat(value);
        }
    },
    F16("float16", 2, 0x1p-14f) {
        @Override
        public float get(ByteBuffer buffer) {
            return Float16.toFloat(buffer.getShort());
        }

        @Override
        public void put(ByteBuffer buffer, float value) {
            buffer.putShort(Float16.ofFloat(value));
        }
    },
    BF16("bfloat16", 2, Float.MIN_NORMAL) {
        @Override
        public float get(ByteBuffer buffer) {
            return Float.intBitsToFloat(buffer.getShort() << 16);
        }

        @Override
        public void put(ByteBuffer buffer, float value) {
            buffer.putShort(floatToBrain(value));
        }
    };

    private final String torchName;
    private final int bytes;
    private final float smallestNormal;

    Dtype(String torchName, int bytes, float smallestNormal) {
        this.torchName = torchName;
        this.bytes = bytes;
        this.smallestNormal = smallestNormal;
    }

    /** Numbers below it have fewer digits. */
    public float smallestNormal() {
        return smallestNormal;
    }

    /** Bytes of one element. */
    public int bytes() {
        return bytes;
    }

    /** Reads one element at the buffer's position; the buffer must be little-endian. */
    public abstract float get(ByteBuffer buffer);

    /** Writes one element at the buffer's position; the buffer must be little-endian. */
    public abstract void put(ByteBuffer buffer, float value);

    /** PyTorch's name, which is that of {@code config.json} and of the command line: {@code float32}. */
    public String torchName() {
        return torchName;
    }

    /** Null for another word. */
    public static @Nullable Dtype ofTorchName(String name) {
        return Arrays.stream(values())
                .filter(d -> d.torchName.equals(name))
                .findFirst()
                .orElse(null);
    }

    static @Nullable Dtype ofName(String name) {
        return Arrays.stream(values())
                .filter(d -> d.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    static String supported() {
        return Arrays.stream(values()).map(Dtype::name).collect(Collectors.joining(", "));
    }

    private static short floatToBrain(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) (Float.isNaN(value) ? bits >>> 16 | 0x40 : Float16.roundedShift(bits, 16));
    }
}
