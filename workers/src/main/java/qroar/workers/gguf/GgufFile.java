package qroar.workers.gguf;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;

/**
 * The header of a GGUF file of version 2 or 3, little-endian: metadata and the place of every tensor. Immutable; holds no
 * file open.
 */
public final class GgufFile {
    private static final int MAGIC = 0x46554747;
    private static final int NEWEST_VERSION = 3;
    private static final int MAX_KEYS = 100_000;
    private static final int MAX_TENSORS = 200_000;
    private static final int MAX_DIMENSIONS = 4;
    private static final int DEFAULT_ALIGNMENT = 32;
    private static final String SPLIT_COUNT = "split.count";

    private final Path file;
    private final Map<String, Object> metadata = new HashMap<>();
    private final Map<String, GgufTensor> tensors = new HashMap<>();

    private GgufFile(Path file) {
        this.file = file;
    }

    /** Whether a path names a file of this format, by its ending. */
    public static boolean isNamedBy(Path path) {
        return path.toString().endsWith(".gguf") && !Files.isDirectory(path);
    }

    /**
     * Reads and checks a header.
     *
     * @throws BadInput in one line naming file, key or tensor
     */
    public static GgufFile open(Path file) {
        InputFile.refuseOthers(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            GgufFile read = new GgufFile(file);
            read.read(new GgufReader(file, channel));
            return read;
        } catch (NoSuchFileException e) {
            throw new BadInput(file + ": no such file", e);
        } catch (IOException e) {
            throw new BadInput(file + ": cannot be read: " + e.getMessage(), e);
        }
    }

    private void read(GgufReader in) throws IOException {
        int magic = in.int32();
        if (magic != MAGIC) {
            throw in.refuse("does not begin as a GGUF file does");
        }
        int version = in.int32();
        if (version != 2 && version != NEWEST_VERSION) {
            int reversed = Integer.reverseBytes(version);
            if (reversed >= 1 && reversed <= NEWEST_VERSION) {
                throw in.refuse("is a big-endian GGUF file; supported: little-endian ones");
            }
            throw in.refuse("has GGUF version " + Integer.toUnsignedString(version) + "; supported: 2, 3");
        }
        int tensorCount = in.count("tensors", MAX_TENSORS);
        int keyCount = in.count("metadata keys", MAX_KEYS);
        for (int i = 0; i < keyCount; i++) {
            String key = in.string();
            if (metadata.put(key, in.value(key)) != null) {
                throw in.refuse("has the key '" + key + "' twice");
            }
        }
        refuseParts();
        int alignment = integer("general.alignment", 1, 1 << 20, DEFAULT_ALIGNMENT);
        if (Integer.bitCount(alignment) != 1) {
            throw refuse("general.alignment", "must be a power of two");
        }
        Entry[] entries = new Entry[tensorCount];
        for (int i = 0; i < tensorCount; i++) {
            entries[i] = Entry.read(in);
        }
        long dataStart = (in.position() + alignment - 1) / alignment * alignment;
        long behind = 0;
        for (Entry entry : entries) {
            GgufTensor tensor = entry.tensor(file, dataStart, alignment, in.fileBytes());
            // Tensors lie one behind the other, as llama.cpp too asks: anything else would be read as other weights.
            if (entry.offset() != behind) {
                throw entry.problem(
                        file,
                        "begins at byte " + entry.offset() + " of the data, where the one before it ends at " + behind
                                + ": damaged");
            }
            behind += (tensor.bytes() + alignment - 1) / alignment * alignment;
            if (tensors.put(entry.name(), tensor) != null) {
                throw in.refuse("has the tensor '" + entry.name() + "' twice");
            }
        }
    }

    /** A model in several files has its metadata in the first and its tensors anywhere. */
    private void refuseParts() {
        int parts = integer(SPLIT_COUNT, 0, MAX_TENSORS, 1);
        if (parts > 1) {
            throw refuse(
                    SPLIT_COUNT,
                    "this is one of " + parts + " files of a split model, which are read when they are one: "
                            + "llama-gguf-split --merge FIRST-FILE OUT.gguf");
        }
    }

    /** A tensor's entry as written. */
    private record Entry(String name, int format, long[] shape, long offset) {
        static Entry read(GgufReader in) throws IOException {
            String name = in.string();
            int dimensions = in.int32();
            if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
                throw in.refuse(
                        "tensor '" + name + "' has " + dimensions + " dimensions; must be from 1 to " + MAX_DIMENSIONS);
            }
            long[] shape = new long[dimensions];
            for (int i = dimensions - 1; i >= 0; i--) {
                shape[i] = in.int64();
            }
            return new Entry(name, in.int32(), shape, in.int64());
        }

        GgufTensor tensor(Path file, long dataStart, int alignment, long fileBytes) {
            BlockFormat known = Arrays.stream(BlockFormat.values())
                    .filter(each -> each.code() == format)
                    .findFirst()
                    .orElseThrow(() -> problem(file, "has " + GgmlNames.of(format) + "; supported: " + supported()));
            long elements = 1;
            try {
                for (long dimension : shape) {
                    elements = Math.multiplyExact(elements, dimension);
                }
            } catch (ArithmeticException e) {
                elements = -1;
            }
            if (elements < 1 || shape[shape.length - 1] % known.elements() != 0) {
                throw problem(
                        file,
                        "has shape " + Arrays.toString(shape) + "; its last dimension must be a multiple of "
                                + known.elements() + " for " + known);
            }
            long blocks = elements / known.elements();
            boolean fits = offset >= 0
                    && offset % alignment == 0
                    && blocks <= fileBytes / known.bytes()
                    && dataStart + offset <= fileBytes - blocks * known.bytes();
            if (!fits) {
                throw problem(
                        file,
                        "of " + known + Arrays.toString(shape) + " does not lie inside the file at byte " + offset
                                + " of its data; the file has " + fileBytes + " bytes: truncated or damaged");
            }
            return new GgufTensor(file, name, known, shape, dataStart + offset);
        }

        private BadInput problem(Path file, String problem) {
            return new BadInput(file + ": tensor '" + name + "' " + problem);
        }

        private static String supported() {
            return Arrays.stream(BlockFormat.values()).map(Enum::name).collect(Collectors.joining(", "));
        }
    }

    public Path file() {
        return file;
    }

    /** All tensors by name. */
    public Map<String, GgufTensor> tensors() {
        return Collections.unmodifiableMap(tensors);
    }

    public @Nullable GgufTensor tensor(String name) {
        return tensors.get(name);
    }

    /** Whether the metadata has a key. */
    public boolean has(String key) {
        return metadata.containsKey(key);
    }

    private Object required(String key) {
        Object value = metadata.get(key);
        if (value == null) {
            throw new BadInput(file + ": key '" + key + "' is missing");
        }
        return value;
    }

    /** The refusal of a key's value: {@code FILE: key 'K' is V; LIMIT}. */
    public BadInput refuse(String key, String limit) {
        Object value = metadata.get(key);
        String text = value instanceof Object[] array ? "an array of " + array.length : String.valueOf(value);
        return new BadInput(file + ": key '" + key + "' is " + text + "; " + limit);
    }

    public int integer(String key, int min, int max) {
        if (!(required(key) instanceof Long value) || value < min || value > max) {
            throw refuse(key, "must be a whole number from " + min + " to " + max);
        }
        return value.intValue();
    }

    public int integer(String key, int min, int max, int absent) {
        return has(key) ? integer(key, min, max) : absent;
    }

    /** A finite number; whole ones count. */
    public double number(String key) {
        Object value = required(key);
        double number = value instanceof Number any ? any.doubleValue() : Double.NaN;
        if (!Double.isFinite(number)) {
            throw refuse(key, "must be a finite number");
        }
        return number;
    }

    public double number(String key, double absent) {
        return has(key) ? number(key) : absent;
    }

    public boolean flag(String key, boolean absent) {
        if (!has(key)) {
            return absent;
        }
        if (!(required(key) instanceof Boolean value)) {
            throw refuse(key, "must be true or false");
        }
        return value;
    }

    public String text(String key) {
        if (!(required(key) instanceof String value)) {
            throw refuse(key, "must be a string");
        }
        return value;
    }

    /** A non-empty array of strings. */
    public List<String> texts(String key) {
        if (!(required(key) instanceof Object[] array) || array.length == 0 || !(array[0] instanceof String)) {
            throw refuse(key, "must be an array of strings");
        }
        return Arrays.stream(array).map(String.class::cast).toList();
    }

    /** A non-empty array of numbers. */
    public double[] numbers(String key) {
        if (!(required(key) instanceof Object[] array) || array.length == 0 || !(array[0] instanceof Number)) {
            throw refuse(key, "must be an array of numbers");
        }
        return Arrays.stream(array)
                .mapToDouble(each -> ((Number) each).doubleValue())
                .toArray();
    }
}
