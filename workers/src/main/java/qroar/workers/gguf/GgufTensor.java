package qroar.workers.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import qroar.protocol.BadInput;

/**
 * A tensor of a GGUF file.
 *
 * @param name of 1 to 64 bytes, as llama.cpp allows
 * @param format of its blocks
 * @param shape outermost dimension first, as PyTorch writes it (the file has it the other way round); copied
 * @param offset of its first byte in the file
 */
public record GgufTensor(Path file, String name, BlockFormat format, long[] shape, long offset) {
    private static final int MAX_ELEMENTS = Integer.MAX_VALUE - 8;
    private static final int CHUNK_BLOCKS = 4096;

    public GgufTensor {
        shape = shape.clone();
    }

    @Override
    public long[] shape() {
        return shape.clone();
    }

    /** The format's name as llama.cpp writes it: {@code Q4_K}. */
    public String formatName() {
        return format.name();
    }

    public long elements() {
        long elements = 1;
        for (long dimension : shape) {
            elements *= dimension;
        }
        return elements;
    }

    /** Bytes in the file. */
    public long bytes() {
        return elements() / format.elements() * format.bytes();
    }

    /**
     * The elements, row-major, de-quantized to float32.
     *
     * @throws BadInput when the file was cut off since, or has 2^31 elements or more
     */
    public float[] dequantized() {
        if (elements() > MAX_ELEMENTS) {
            throw new BadInput(file + ": tensor '" + name + "' has " + elements()
                    + " elements; a Java array holds at most " + MAX_ELEMENTS);
        }
        float[] values = new float[(int) elements()];
        int[] filled = {0};
        stream(chunk -> {
            while (chunk.hasRemaining()) {
                format.dequantize(chunk, values, filled[0]);
                filled[0] += format.elements();
            }
        });
        return values;
    }

    /** Takes whole blocks, little-endian, from position to limit; the buffer is reused after it returns. */
    public interface Sink {
        void accept(ByteBuffer chunk);
    }

    /**
     * Adds the bytes as they are stored.
     *
     * @return how many elements are NaN or infinite
     */
    public long addTo(MessageDigest digest) {
        long[] nonFinite = {0};
        float[] block = new float[format.elements()];
        stream(chunk -> {
            digest.update(chunk.duplicate());
            while (chunk.hasRemaining()) {
                format.dequantize(chunk, block, 0);
                for (float value : block) {
                    nonFinite[0] += Float.isFinite(value) ? 0 : 1;
                }
            }
        });
        return nonFinite[0];
    }

    /** Reads the bytes as they are stored. */
    public void stream(Sink sink) {
        ByteBuffer buffer = ByteBuffer.allocate(CHUNK_BLOCKS * format.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long end = offset + bytes();
            for (long at = offset; at < end; at += buffer.limit()) {
                buffer.clear().limit((int) Math.min(buffer.capacity(), end - at));
                while (buffer.hasRemaining()) {
                    if (channel.read(buffer, at + buffer.position()) < 0) {
                        throw new BadInput(file + ": tensor '" + name + "' was cut off while it was read");
                    }
                }
                sink.accept(buffer.flip());
            }
        } catch (IOException e) {
            throw new BadInput(file + ": tensor '" + name + "' cannot be read: " + e.getMessage(), e);
        }
    }
}
