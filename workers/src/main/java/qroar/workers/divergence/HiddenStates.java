package qroar.workers.divergence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import qroar.protocol.StorageFault;
import qroar.protocol.input.CacheRoot;
import qroar.workers.model.StateSink;

/**
 * What a head reads of one document, kept in a file: 64K tokens of a model with 4,096
 * dimensions are 1 GiB. Confined to one thread.
 */
final class HiddenStates implements StateSink, AutoCloseable {
    private static final int PIECE_BYTES = 1 << 20;

    private final int width;
    private final FileChannel channel;
    private long rows;

    private HiddenStates(int width, FileChannel channel) {
        this.width = width;
        this.channel = channel;
    }

    /**
     * In a file of its own that goes with this object.
     *
     * @param width dimensions of a state
     */
    static HiddenStates passing(int width) {
        try {
            Path folder = Files.createDirectories(CacheRoot.path().resolve("states"));
            Path file = Files.createTempFile(folder, "states-", ".f32");
            return new HiddenStates(
                    width,
                    FileChannel.open(
                            file,
                            StandardOpenOption.READ,
                            StandardOpenOption.WRITE,
                            StandardOpenOption.DELETE_ON_CLOSE));
        } catch (IOException e) {
            throw new StorageFault("hidden states cannot be kept in " + CacheRoot.path() + ": " + e.getMessage(), e);
        }
    }

    /** In a file that stays. */
    static HiddenStates in(Path file, int width) throws IOException {
        return new HiddenStates(width, FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE));
    }

    /** Puts bytes behind the states. */
    void append(byte[] more) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(more);
            channel.position(rows * width * Float.BYTES);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            throw new StorageFault("hidden states cannot be kept in " + CacheRoot.path() + ": " + e.getMessage(), e);
        }
    }

    /** Bytes that stand behind so many states. */
    byte[] appended(int behind, int count) {
        ByteBuffer bytes = ByteBuffer.allocate(count);
        try {
            long at = (long) behind * width * Float.BYTES;
            while (bytes.hasRemaining() && channel.read(bytes, at + bytes.position()) >= 0) {
                continue;
            }
        } catch (IOException e) {
            throw new UncheckedIOException("hidden states cannot be read again: " + e.getMessage(), e);
        }
        return bytes.array();
    }

    @Override
    public void take(float[] states) {
        ByteBuffer bytes = ByteBuffer.allocate(PIECE_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try {
            channel.position(rows * width * Float.BYTES);
            for (int i = 0; i < states.length; ) {
                int piece = Math.min(states.length - i, PIECE_BYTES / Float.BYTES);
                bytes.clear();
                bytes.asFloatBuffer().put(states, i, piece);
                bytes.limit(piece * Float.BYTES);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                i += piece;
            }
            rows += states.length / width;
        } catch (IOException e) {
            throw new StorageFault("hidden states cannot be kept in " + CacheRoot.path() + ": " + e.getMessage(), e);
        }
    }

    /** States {@code from} to {@code to}, exclusive, row after row. */
    float[] rows(int from, int to) {
        ByteBuffer bytes =
                ByteBuffer.allocate((to - from) * width * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try {
            long at = (long) from * width * Float.BYTES;
            while (bytes.hasRemaining()) {
                int read = channel.read(bytes, at + bytes.position());
                if (read < 0) {
                    throw new IllegalArgumentException("states [" + from + "," + to + ") of " + rows);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("hidden states cannot be read again: " + e.getMessage(), e);
        }
        float[] states = new float[(to - from) * width];
        bytes.flip().asFloatBuffer().get(states);
        return states;
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
