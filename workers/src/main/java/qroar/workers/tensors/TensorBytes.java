package qroar.workers.tensors;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.Printable;

/**
 * Streams the bytes of a tensor through one small direct buffer. Positional reads and not a mapping: a file that is cut
 * while it is read then ends in a message, where touching a mapping would end the JVM's thread with an InternalError,
 * and Java 17 cannot unmap.
 */
final class TensorBytes {
    /** A multiple of every element size. */
    private static final int CHUNK_BYTES = 1 << 20;

    private TensorBytes() {}

    /** Takes little-endian bytes from position to limit; the buffer is reused after it returns. */
    interface Sink {
        void accept(ByteBuffer chunk) throws IOException;
    }

    /** @throws UncheckedIOException what the sink threw */
    static void stream(TensorLocation location, Sink sink) {
        stream(location.file(), location.name(), location.absoluteByteOffset(), location.bytes(), sink);
    }

    /**
     * @param name what a message calls the bytes from {@code offset} on
     * @throws UncheckedIOException what the sink threw
     */
    static void stream(Path file, String name, long offset, long bytes, Sink sink) {
        ByteBuffer buffer = ByteBuffer.allocateDirect((int) Math.max(1, Math.min(CHUNK_BYTES, bytes)))
                .order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long done = 0;
            while (done < bytes) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), bytes - done));
                fill(buffer, channel, offset + done, file, name);
                done += buffer.limit();
                take(sink, buffer);
            }
        } catch (IOException e) {
            throw new BadInput(
                    file + ": tensor '" + Printable.text(name) + "' cannot be read: "
                            + Printable.text(String.valueOf(e.getMessage())),
                    e);
        }
    }

    /** Up to the buffer's limit, and ready to be read. */
    private static void fill(ByteBuffer buffer, FileChannel channel, long offset, Path file, String name)
            throws IOException {
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new BadInput(file + ": tensor '" + Printable.text(name) + "' was cut off while it was read");
            }
        }
        buffer.flip();
    }

    /** Whether the bytes of two tensors are the same; reads no further than to the first chunk that differs. */
    static boolean areEqual(TensorLocation one, TensorLocation other) {
        if (one.bytes() != other.bytes()) {
            return false;
        }
        ByteBuffer expected = ByteBuffer.allocateDirect(CHUNK_BYTES);
        try (FileChannel channel = FileChannel.open(one.file(), StandardOpenOption.READ)) {
            long done = 0;
            boolean equal = true;
            while (equal && done < one.bytes()) {
                int length = (int) Math.min(CHUNK_BYTES, one.bytes() - done);
                expected.clear().limit(length);
                fill(expected, channel, one.absoluteByteOffset() + done, one.file(), one.name());
                boolean[] same = {false};
                long from = other.absoluteByteOffset() + done;
                stream(other.file(), other.name(), from, length, chunk -> same[0] = chunk.equals(expected));
                equal = same[0];
                done += length;
            }
            return equal;
        } catch (IOException e) {
            throw new BadInput(
                    one.file() + ": tensor '" + Printable.text(one.name()) + "' cannot be read: "
                            + Printable.text(String.valueOf(e.getMessage())),
                    e);
        }
    }

    private static void take(Sink sink, ByteBuffer chunk) {
        try {
            sink.accept(chunk);
        } catch (IOException e) {
            // It is not the file read that is at fault.
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Adds bytes to a digest and looks at them meanwhile.
     *
     * @param dtype of the numbers that they are; null where they are none
     * @return how many are NaN or infinite
     */
    static long addTo(MessageDigest digest, Path file, String name, long offset, long bytes, @Nullable Dtype dtype) {
        long[] nonFinite = {0};
        stream(file, name, offset, bytes, chunk -> {
            nonFinite[0] += dtype == null ? 0 : NonFinite.count(dtype, chunk);
            digest.update(chunk);
        });
        return nonFinite[0];
    }

    /** All elements as float32; a tensor of 2^31 elements or more is refused. */
    static float[] readFloat32(TensorLocation location) {
        long elements = location.elements();
        if (elements > Integer.MAX_VALUE - 8) {
            throw new BadInput(location.file() + ": tensor '" + Printable.text(location.name()) + "' has " + elements
                    + " elements; a Java array holds at most " + (Integer.MAX_VALUE - 8));
        }
        float[] values = new float[(int) elements];
        int[] filled = {0};
        Dtype dtype = location.dtype();
        stream(location, chunk -> {
            int next = filled[0];
            while (chunk.hasRemaining()) {
                values[next++] = dtype.get(chunk);
            }
            filled[0] = next;
        });
        return values;
    }
}
