package qroar.workers.tensors;

import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.List;

/**
 * Where a tensor's elements lie: row-major, little-endian, contiguous.
 *
 * @param file safetensors file
 * @param name tensor name in it
 * @param dtype element type as stored
 * @param shape dimensions, outermost first; copied
 * @param absoluteByteOffset from the start of the file; may exceed 2 GiB, and need be no multiple of the element size
 * @param bytes of all elements; may exceed 2 GiB
 */
public record TensorLocation(Path file, String name, Dtype dtype, long[] shape, long absoluteByteOffset, long bytes)
        implements WeightSource {
    public TensorLocation {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    @Override
    public long elements() {
        return bytes / dtype.bytes();
    }

    @Override
    public long storedBytes() {
        return bytes;
    }

    @Override
    public String encoding() {
        return dtype.name();
    }

    @Override
    public float[] readFloat32() {
        return TensorBytes.readFloat32(this);
    }

    @Override
    public List<RowFactors> rowFactors() {
        long columns = elements() / shape[0];
        return List.of(new RowFactors(
                file, name, dtype, absoluteByteOffset, elements(), dtype.bytes(), i -> (int) (i / columns)));
    }

    @Override
    public long addTo(MessageDigest digest) {
        return TensorBytes.addTo(digest, file, name, absoluteByteOffset, bytes, dtype);
    }

    /** Whether another tensor holds the same elements in the same type, byte by byte; reads both while they do. */
    public boolean holdsTheSame(TensorLocation other) {
        return dtype == other.dtype && Arrays.equals(shape, other.shape) && TensorBytes.areEqual(this, other);
    }

    /** Whether the file can be mapped as one array of the dtype; files before safetensors 0.3 begin anywhere. */
    public boolean isAligned() {
        return absoluteByteOffset % dtype.bytes() == 0;
    }

    /**
     * Offset counted in elements: what a reader that maps the whole file as one array of the dtype needs.
     *
     * @throws IllegalStateException when it is not {@link #isAligned}
     */
    public long elementOffset() {
        if (!isAligned()) {
            throw new IllegalStateException(this + " does not begin at a whole element");
        }
        return absoluteByteOffset / dtype.bytes();
    }

    /** The same place under another name. */
    TensorLocation named(String other) {
        return new TensorLocation(file, other, dtype, shape, absoluteByteOffset, bytes);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TensorLocation that
                && file.equals(that.file)
                && name.equals(that.name)
                && dtype == that.dtype
                && Arrays.equals(shape, that.shape)
                && absoluteByteOffset == that.absoluteByteOffset
                && bytes == that.bytes;
    }

    @Override
    public int hashCode() {
        return 31 * file.hashCode() + name.hashCode();
    }

    @Override
    public String toString() {
        return name + " " + dtype + Arrays.toString(shape) + " at byte " + absoluteByteOffset + " of " + file;
    }
}
