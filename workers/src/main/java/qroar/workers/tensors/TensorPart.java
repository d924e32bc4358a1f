package qroar.workers.tensors;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.function.LongToIntFunction;
import qroar.protocol.BadInput;
import qroar.workers.config.Printable;

/**
 * A stored tensor of any type, one of those that together make up a {@link PackedTensor}.
 *
 * @param dtype as the header writes it
 * @param shape dimensions, outermost first; copied
 * @param offset of its first byte in the file
 */
public record TensorPart(Path file, String name, String dtype, long[] shape, long offset, long bytes) {
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;

    public TensorPart {
        shape = shape.clone();
    }

    /** Refuses another type or shape than the format has. */
    public TensorPart checked(String type, long... dimensions) {
        if (!dtype.equals(type)) {
            throw problem("has dtype " + dtype + "; must be " + type);
        }
        return checkedShape(dimensions);
    }

    /** Refuses another shape, and types other than floating-point ones. */
    public TensorPart checkedFloats(long... dimensions) {
        if (Dtype.ofName(dtype) == null) {
            throw problem("has dtype " + dtype + "; supported: " + Dtype.supported());
        }
        return checkedShape(dimensions);
    }

    private TensorPart checkedShape(long[] dimensions) {
        if (!Arrays.equals(shape, dimensions)) {
            throw problem("has shape " + Printable.shape(shape) + "; must have " + Printable.shape(dimensions));
        }
        if (bytes > MAX_ELEMENTS) {
            throw problem("has " + bytes + " bytes; at most " + MAX_ELEMENTS + " are read as one array");
        }
        return this;
    }

    public BadInput problem(String what) {
        return new BadInput(file + ": tensor '" + Printable.text(name) + "' " + what);
    }

    public int[] integers() {
        int[] values = new int[(int) (bytes / Integer.BYTES)];
        int[] filled = {0};
        stream(chunk -> {
            int count = chunk.remaining() / Integer.BYTES;
            chunk.asIntBuffer().get(values, filled[0], count);
            chunk.position(chunk.limit());
            filled[0] += count;
        });
        return values;
    }

    /** Widened to float32. */
    public float[] floats() {
        Dtype type = Dtype.ofName(dtype);
        if (type == null) {
            throw problem("has dtype " + dtype + "; supported: " + Dtype.supported());
        }
        float[] values = new float[(int) (bytes / type.bytes())];
        int[] filled = {0};
        stream(chunk -> {
            while (chunk.hasRemaining()) {
                values[filled[0]++] = type.get(chunk);
            }
        });
        return values;
    }

    /** Of scales: one per row and group. */
    public RowFactors rowFactors(LongToIntFunction rowOf) {
        Dtype type = Dtype.valueOf(dtype);
        return new RowFactors(file, name, type, offset, bytes / type.bytes(), type.bytes(), rowOf);
    }

    /** See {@link WeightSource#addTo}. */
    public long addTo(MessageDigest digest) {
        return TensorBytes.addTo(digest, file, name, offset, bytes, Dtype.ofName(dtype));
    }

    private void stream(TensorBytes.Sink sink) {
        TensorBytes.stream(file, name, offset, bytes, sink);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorPart that
                && file.equals(that.file)
                && name.equals(that.name)
                && dtype.equals(that.dtype)
                && Arrays.equals(shape, that.shape)
                && offset == that.offset
                && bytes == that.bytes;
    }

    @Override
    public int hashCode() {
        return 31 * file.hashCode() + name.hashCode();
    }
}
