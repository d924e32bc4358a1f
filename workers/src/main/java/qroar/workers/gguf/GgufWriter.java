package qroar.workers.gguf;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes one GGUF file of version 3. Metadata, names, formats and shapes are known before the first byte, so that every tensor
 * has its place from the start and nothing is held in memory. Not safe for use by several threads.
 */
public final class GgufWriter implements AutoCloseable {
    private static final int ALIGNMENT = 32;
    private static final int VERSION = 3;

    /**
     * A tensor to be written.
     *
     * @param shape dimensions, outermost first; copied
     */
    public record Entry(String name, BlockFormat format, long... shape) {
        public Entry {
            shape = shape.clone();
        }

        /** Of all its blocks. */
        public long bytes() {
            long elements = 1;
            for (long dimension : shape) {
                elements = Math.multiplyExact(elements, dimension);
            }
            return elements / format.elements() * format.bytes();
        }
    }

    private final FileChannel channel;
    private final Map<String, Long> begins = new HashMap<>();
    private final Map<String, Long> room = new HashMap<>();

    private GgufWriter(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * @param metadata values of type Integer, Float, Boolean, String, {@code List<String>}, {@code int[]}, {@code float[]}
     */
    public static GgufWriter create(Path file, Map<String, Object> metadata, List<Entry> entries) throws IOException {
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        GgufWriter writer = new GgufWriter(channel);
        try {
            writer.begin(metadata, entries);
            return writer;
        } catch (IOException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void begin(Map<String, Object> metadata, List<Entry> entries) throws IOException {
        LittleEndian header = new LittleEndian();
        header.out.write("GGUF".getBytes(StandardCharsets.US_ASCII));
        header.int32(VERSION);
        header.int64(entries.size());
        header.int64(metadata.size());
        for (Map.Entry<String, Object> each : metadata.entrySet()) {
            header.string(each.getKey());
            header.value(each.getValue());
        }
        long offset = 0;
        for (Entry entry : entries) {
            header.string(entry.name());
            header.int32(entry.shape().length);
            for (int i = entry.shape().length - 1; i >= 0; i--) {
                header.int64(entry.shape()[i]);
            }
            header.int32(entry.format().code());
            header.int64(offset);
            begins.put(entry.name(), offset);
            room.put(entry.name(), entry.bytes());
            offset += aligned(entry.bytes());
        }
        long dataStart = aligned(header.bytes.size());
        begins.replaceAll((name, begin) -> begin + dataStart);
        write(ByteBuffer.wrap(header.bytes.toByteArray()), 0);
        // The last tensor's padding is part of the file.
        write(ByteBuffer.wrap(new byte[1]), dataStart + offset - 1);
    }

    private static long aligned(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    /** Appends blocks, from position to limit, to a tensor. */
    public void append(String name, ByteBuffer blocks) throws IOException {
        Long at = begins.get(name);
        long free = room.getOrDefault(name, 0L);
        if (at == null || blocks.remaining() > free) {
            throw new IllegalArgumentException(
                    "tensor '" + name + "' has room for " + free + " more bytes, not " + blocks.remaining());
        }
        int count = blocks.remaining();
        write(blocks, at);
        begins.put(name, at + count);
        room.put(name, free - count);
    }

    /** Ends the file: every tensor is full, and the disk has it all. */
    public void finish() throws IOException {
        room.forEach((name, free) -> {
            if (free != 0) {
                throw new IllegalStateException("tensor '" + name + "' still lacks " + free + " bytes");
            }
        });
        channel.force(true);
    }

    private void write(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }

    /** The header's values. */
    private static final class LittleEndian {
        private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        private final DataOutputStream out = new DataOutputStream(bytes);

        void int32(int value) throws IOException {
            out.writeInt(Integer.reverseBytes(value));
        }

        void int64(long value) throws IOException {
            out.writeLong(Long.reverseBytes(value));
        }

        void float32(float value) throws IOException {
            int32(Float.floatToRawIntBits(value));
        }

        void string(String text) throws IOException {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            int64(utf8.length);
            out.write(utf8);
        }

        void value(Object value) throws IOException {
            if (value instanceof Integer integer) {
                int32(4);
                int32(integer);
            } else if (value instanceof Float number) {
                int32(6);
                float32(number);
            } else if (value instanceof Boolean flag) {
                int32(7);
                out.writeByte(flag ? 1 : 0);
            } else if (value instanceof String text) {
                int32(8);
                string(text);
            } else {
                int32(9);
                array(value);
            }
        }

        private void array(Object value) throws IOException {
            if (value instanceof int[] integers) {
                int32(5);
                int64(integers.length);
                for (int integer : integers) {
                    int32(integer);
                }
            } else if (value instanceof float[] numbers) {
                int32(6);
                int64(numbers.length);
                for (float number : numbers) {
                    float32(number);
                }
            } else if (value instanceof List<?> texts) {
                int32(8);
                int64(texts.size());
                for (Object text : texts) {
                    string((String) text);
                }
            } else {
                throw new IllegalArgumentException("no metadata: " + value);
            }
        }
    }

    /** Little-endian room for blocks. */
    public static ByteBuffer room(long bytes) {
        return ByteBuffer.allocate(Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
