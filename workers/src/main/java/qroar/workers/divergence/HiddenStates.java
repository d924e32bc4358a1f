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
 * What a head reads of one document, kept in a file that goes with this object: 64K tokens of a model with 4,096
 * dimensions are 1 GiB. Confined to one thread.
 */
final class HiddenStates implements StateSink, AutoCloseable {
    private static final int PIECE_BYTES = 1 << 20;

    private final int width;
    private final FileChannel channel;
    private long rows;

    /** @param width dimensions of a state */
    HiddenStates(int width) {
        this.width = width;
        try {
            Path folder = Files.createDirectories(CacheRoot.path().resolve("states"));
            Path file = Files.createTempFile(folder, "states-", ".f32");
            channel = FileChannel.open(
                    file, StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE);
        } catch (IOException e) {
            throw new StorageFault("hidden states cannot be kept in " + CacheRoot.path() + ": " + e.getMessage(), e);
        }
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
