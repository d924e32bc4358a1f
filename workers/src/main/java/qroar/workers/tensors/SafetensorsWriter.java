package qroar.workers.tensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes one safetensors file. All names, dtypes and shapes are known before the first byte, so every tensor has its
 * place from the start and may be filled in any order, a piece at a time; nothing is held in memory. The file appears
 * under its name only when {@link #finish} has seen every tensor full and the disk has it all; closed earlier, it
 * leaves nothing behind. Not safe for use by several threads.
 *
 * <p>Disk errors are {@link IOException}s: they are no fault of the input.
 */
public final class SafetensorsWriter implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 20;

    /**
     * A tensor to be written.
     *
     * @param type as the header names it
     */
    public record Entry(String name, String type, int elementBytes, long[] shape) {
        public Entry {
            shape = shape.clone();
        }

        public Entry(String name, Dtype dtype, long... shape) {
            this(name, dtype.name(), dtype.bytes(), shape);
        }

        /** Words of packed codes. */
        public static Entry ofIntegers(String name, long... shape) {
            return new Entry(name, "I32", Integer.BYTES, shape);
        }

        public static Entry ofLongs(String name, long... shape) {
            return new Entry(name, "I64", Long.BYTES, shape);
        }

        @Override
        public long[] shape() {
            return shape.clone();
        }

        /** Of all elements. */
        public long bytes() {
            return Arrays.stream(shape).reduce(elementBytes, Math::multiplyExact);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Entry that
                    && name.equals(that.name)
                    && type.equals(that.type)
                    && Arrays.equals(shape, that.shape);
        }

        @Override
        public int hashCode() {
            return name.hashCode();
        }
    }

    private static final class Slot {
        final Entry entry;
        final long begin;
        long written;

        Slot(Entry entry, long begin) {
            this.entry = entry;
            this.begin = begin;
        }

        long free() {
            return entry.bytes() - written;
        }
    }

    private final Path target;
    private final Path unfinished;
    private final FileChannel channel;
    private final long dataStart;
    private final Map<String, Slot> slots;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES).order(ByteOrder.LITTLE_ENDIAN);

    private SafetensorsWriter(
            Path target, Path unfinished, FileChannel channel, long dataStart, Map<String, Slot> slots) {
        this.target = target;
        this.unfinished = unfinished;
        this.channel = channel;
        this.dataStart = dataStart;
        this.slots = slots;
    }

    /**
     * Starts a file beside its final place.
     *
     * @param metadata free text for the header; {@code format=pt} is what transformers asks for
     */
    public static SafetensorsWriter create(Path target, List<Entry> entries, Map<String, String> metadata)
            throws IOException {
        Map<String, Slot> slots = layOut(entries);
        byte[] header = header(slots, metadata);
        Path folder = target.toAbsolutePath().getParent();
        Path unfinished = Files.createTempFile(folder, "." + target.getFileName(), ".partial");
        FileChannel channel = FileChannel.open(unfinished, StandardOpenOption.WRITE);
        SafetensorsWriter writer = new SafetensorsWriter(
                target, unfinished, channel, SafetensorsHeader.LENGTH_BYTES + header.length, slots);
        try {
            ByteBuffer length =
                    ByteBuffer.allocate(SafetensorsHeader.LENGTH_BYTES).order(ByteOrder.LITTLE_ENDIAN);
            writer.writeFully(length.putLong(header.length).flip(), 0);
            writer.writeFully(ByteBuffer.wrap(header), SafetensorsHeader.LENGTH_BYTES);
            return writer;
        } catch (IOException e) {
            writer.close();
            throw e;
        }
    }

    /** Wide elements first, so that every tensor starts at a multiple of its element size; then by name. */
    private static Map<String, Slot> layOut(List<Entry> entries) {
        Map<String, Slot> slots = new LinkedHashMap<>();
        List<Entry> ordered = entries.stream()
                .sorted(Comparator.comparingInt((Entry e) -> -e.elementBytes()).thenComparing(Entry::name))
                .toList();
        long begin = 0;
        for (Entry entry : ordered) {
            if (slots.put(entry.name(), new Slot(entry, begin)) != null) {
                throw new IllegalArgumentException("tensor '" + entry.name() + "' is listed twice");
            }
            begin = Math.addExact(begin, entry.bytes());
        }
        return slots;
    }

    private static byte[] header(Map<String, Slot> slots, Map<String, String> metadata) throws IOException {
        ByteArrayOutputStream json = new ByteArrayOutputStream();
        try (JsonGenerator generator = new JsonFactory().createGenerator(json)) {
            generator.writeStartObject();
            generator.writeObjectFieldStart("__metadata__");
            for (Map.Entry<String, String> entry : metadata.entrySet()) {
                generator.writeStringField(entry.getKey(), entry.getValue());
            }
            generator.writeEndObject();
            for (Slot slot : slots.values()) {
                generator.writeObjectFieldStart(slot.entry.name());
                generator.writeStringField("dtype", slot.entry.type());
                generator.writeFieldName("shape");
                long[] shape = slot.entry.shape();
                generator.writeArray(shape, 0, shape.length);
                generator.writeFieldName("data_offsets");
                generator.writeArray(new long[] {slot.begin, slot.begin + slot.entry.bytes()}, 0, 2);
                generator.writeEndObject();
            }
            generator.writeEndObject();
        }
        while (json.size() % SafetensorsHeader.LENGTH_BYTES != 0) {
            json.write(' ');
        }
        return json.toByteArray();
    }

    /** Element type of a floating-point tensor that was announced. */
    public Dtype dtype(String name) {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw new IllegalArgumentException("tensor '" + name + "' was not announced");
        }
        return Dtype.valueOf(slot.entry.type());
    }

    /** Appends little-endian bytes, from position to limit, to a tensor. */
    public void append(String name, ByteBuffer bytes) throws IOException {
        Slot slot = slots.get(name);
        if (slot == null) {
            throw new IllegalArgumentException("tensor '" + name + "' was not announced");
        }
        if (bytes.remaining() > slot.free()) {
            throw new IllegalArgumentException(
                    "tensor '" + name + "' has room for " + slot.free() + " more bytes, not " + bytes.remaining());
        }
        int count = bytes.remaining();
        writeFully(bytes, dataStart + slot.begin + slot.written);
        slot.written += count;
    }

    /** Appends values in the tensor's dtype, rounded to nearest, ties to even. */
    public void append(String name, float[] values) throws IOException {
        Dtype dtype = dtype(name);
        int next = 0;
        while (next < values.length) {
            chunk.clear();
            int end = (int) Math.min(values.length, (long) next + CHUNK_BYTES / dtype.bytes());
            while (next < end) {
                dtype.put(chunk, values[next++]);
            }
            append(name, chunk.flip());
        }
    }

    /** Appends whole numbers in the tensor's type. */
    public void append(String name, int[] values) throws IOException {
        int next = 0;
        while (next < values.length) {
            chunk.clear();
            int count = Math.min(values.length - next, CHUNK_BYTES / Integer.BYTES);
            chunk.asIntBuffer().put(values, next, count);
            append(name, chunk.position(0).limit(count * Integer.BYTES));
            next += count;
        }
    }

    /** Copies a stored tensor, of the announced dtype, bit for bit. */
    public void copy(TensorLocation source) throws IOException {
        Slot slot = slots.get(source.name());
        if (slot == null || !slot.entry.type().equals(source.dtype().name())) {
            throw new IllegalArgumentException(
                    "tensor '" + source.name() + "' of " + source.dtype() + " was not announced");
        }
        stream(source, piece -> append(source.name(), piece));
    }

    /** Appends a stored tensor in the announced dtype: widened exactly, or rounded to nearest, ties to even. */
    public void convert(TensorLocation source) throws IOException {
        Dtype stored = source.dtype();
        stream(source, piece -> {
            float[] values = new float[piece.remaining() / stored.bytes()];
            for (int i = 0; i < values.length; i++) {
                values[i] = stored.get(piece);
            }
            append(source.name(), values);
        });
    }

    private static void stream(TensorLocation source, TensorBytes.Sink sink) throws IOException {
        try {
            TensorBytes.stream(source, sink);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    /** Ends the file: flushed to the disk, then moved to its name in one step, over a file that may be there. */
    public void finish() throws IOException {
        for (Slot slot : slots.values()) {
            if (slot.free() != 0) {
                throw new IllegalStateException(
                        "tensor '" + slot.entry.name() + "' still lacks " + slot.free() + " bytes");
            }
        }
        channel.force(true);
        channel.close();
        Files.move(unfinished, target, StandardCopyOption.ATOMIC_MOVE);
        try (FileChannel folder = FileChannel.open(target.toAbsolutePath().getParent(), StandardOpenOption.READ)) {
            folder.force(true);
        } catch (AccessDeniedException e) {
            // Windows lets nobody open a folder; there, how soon a move is durable is the system's own affair.
            return;
        }
    }

    private void writeFully(ByteBuffer bytes, long position) throws IOException {
        long at = position;
        while (bytes.hasRemaining()) {
            at += channel.write(bytes, at);
        }
    }

    /** Drops the file unless {@link #finish} has run. */
    @Override
    public void close() throws IOException {
        channel.close();
        Files.deleteIfExists(unfinished);
    }
}
