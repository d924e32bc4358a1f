package qroar.workers.tensors;

import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Weights that are NaN or infinite: the first tensor that holds some, and how many there are.
 *
 * @param tensor name of the first
 * @param values of them in it, at least 1
 * @param tensors that hold some, the first included
 */
public record NonFinite(String tensor, long values, int tensors) {
    /** One tensor's share. */
    public record Count(String tensor, long values) {}

    /** Null where all counts are 0. */
    public static @Nullable NonFinite of(List<Count> counts) {
        List<Count> some = counts.stream().filter(count -> count.values > 0).toList();
        return some.isEmpty()
                ? null
                : new NonFinite(some.get(0).tensor(), some.get(0).values(), some.size());
    }

    /** {@code tensor 'T' has N weights that are NaN or infinite}, and how many other tensors have some. */
    @Override
    public String toString() {
        String others =
                tensors == 1 ? "" : ", and " + (tensors - 1) + " more tensor" + (tensors == 2 ? "" : "s") + " some";
        return "tensor '" + tensor + "' has " + values + " weight" + (values == 1 ? "" : "s") + " that "
                + (values == 1 ? "is" : "are") + " NaN or infinite" + others;
    }

    /**
     * How many elements of a piece are NaN or infinite; from position to limit, the buffer is left as it is. Eight bytes at a
     * time: an exponent of all ones, and only that, carries into the sign's bit when its lowest bit is added.
     */
    public static long count(Dtype dtype, ByteBuffer chunk) {
        long exponents = switch (dtype) {
            case F32 -> 0x7f800000_7f800000L;
            case F16 -> 0x7c00_7c00_7c00_7c00L;
            case BF16 -> 0x7f80_7f80_7f80_7f80L;
        };
        long lowest = switch (dtype) {
            case F32 -> 0x00800000_00800000L;
            case F16 -> 0x0400_0400_0400_0400L;
            case BF16 -> 0x0080_0080_0080_0080L;
        };
        long signs = dtype == Dtype.F32 ? 0x80000000_80000000L : 0x8000_8000_8000_8000L;
        long count = 0;
        int whole = chunk.position() + (chunk.remaining() & -Long.BYTES);
        for (int i = chunk.position(); i < whole; i += Long.BYTES) {
            count += Long.bitCount((chunk.getLong(i) & exponents) + lowest & signs);
        }
        ByteBuffer rest = chunk.duplicate().order(chunk.order()).position(whole);
        while (rest.hasRemaining()) {
            count += Float.isFinite(dtype.get(rest)) ? 0 : 1;
        }
        return count;
    }
}
