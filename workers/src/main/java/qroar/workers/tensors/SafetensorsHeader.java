package qroar.workers.tensors;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.workers.config.FoundFile;
import qroar.workers.config.Printable;

/**
 * The header of a safetensors file: 8 bytes of little-endian length, that many bytes of JSON, then the data, which the
 * tensors must cover exactly once (the format allows neither overlaps nor holes, so that no byte can mean two things).
 */
final class SafetensorsHeader {
    /** The reference reader's own limit. */
    static final int MAX_HEADER_BYTES = 100_000_000;

    static final int LENGTH_BYTES = 8;

    private static final int MAX_TENSORS = 200_000;
    private static final int MAX_DIMENSIONS = 64;
    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private static final Map<String, Integer> BITS = Map.ofEntries(
            Map.entry("BOOL", 8),
            Map.entry("U8", 8),
            Map.entry("I8", 8),
            Map.entry("F8_E5M2", 8),
            Map.entry("F8_E4M3", 8),
            Map.entry("F8_E8M0", 8),
            Map.entry("I16", 16),
            Map.entry("U16", 16),
            Map.entry("F16", 16),
            Map.entry("BF16", 16),
            Map.entry("I32", 32),
            Map.entry("U32", 32),
            Map.entry("F32", 32),
            Map.entry("F64", 64),
            Map.entry("I64", 64),
            Map.entry("U64", 64),
            Map.entry("C64", 64));

    private final Path file;
    private final long dataStart;
    private final long dataBytes;
    private final Map<String, StoredTensor> tensors = new HashMap<>();

    private SafetensorsHeader(Path file, long dataStart, long dataBytes) {
        this.file = file;
        this.dataStart = dataStart;
        this.dataBytes = dataBytes;
    }

    /** Reads and checks a header; at most {@link #MAX_HEADER_BYTES}, and never more than the file has, are loaded. */
    static SafetensorsHeader read(Path file) {
        InputFile.refuseOthers(file);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            long fileBytes = channel.size();
            if (fileBytes < LENGTH_BYTES) {
                throw new BadInput(file + ": " + fileBytes + " bytes; a safetensors file has at least " + LENGTH_BYTES);
            }
            String instead = FoundFile.insteadOfSafetensors(file);
            if (instead != null) {
                throw new BadInput(file + ": " + instead);
            }
            long length = fill(file, channel, LENGTH_BYTES, 0).getLong();
            if (length < 2 || length > MAX_HEADER_BYTES) {
                throw new BadInput(file + ": header length " + Long.toUnsignedString(length)
                        + " bytes; must be from 2 to " + MAX_HEADER_BYTES);
            }
            long dataStart = LENGTH_BYTES + length;
            if (dataStart > fileBytes) {
                throw new BadInput(file + ": header of " + length + " bytes is larger than the file of " + fileBytes
                        + " bytes; it is truncated or no safetensors file");
            }
            byte[] json = fill(file, channel, (int) length, LENGTH_BYTES).array();
            SafetensorsHeader header = new SafetensorsHeader(file, dataStart, fileBytes - dataStart);
            header.parse(json);
            header.checkCoverage();
            return header;
        } catch (NoSuchFileException e) {
            throw FoundFile.missing(file);
        } catch (JsonProcessingException e) {
            throw new BadInput(file + ": header is " + Printable.problem(e), e);
        } catch (IOException e) {
            String what = Files.isDirectory(file) ? "is a directory" : Printable.text(String.valueOf(e.getMessage()));
            throw new BadInput(file + ": cannot be read: " + what, e);
        }
    }

    private static ByteBuffer fill(Path file, FileChannel channel, int bytes, long position) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, position + buffer.position()) < 0) {
                throw new BadInput(file + ": ended while its header was read");
            }
        }
        return buffer.flip();
    }

    private void parse(byte[] json) throws IOException {
        try (JsonParser parser = JSON.createParser(json)) {
            require(parser.nextToken() == JsonToken.START_OBJECT, "header is not a JSON object");
            while (parser.nextToken() == JsonToken.FIELD_NAME) {
                String name = parser.currentName();
                parser.nextToken();
                if (name.equals("__metadata__")) {
                    parser.skipChildren();
                    continue;
                }
                require(tensors.size() < MAX_TENSORS, "header lists more than " + MAX_TENSORS + " tensors");
                tensors.put(name, entry(parser, name));
            }
            require(parser.nextToken() == null, "header goes on after its JSON object");
        }
    }

    private StoredTensor entry(JsonParser parser, String name) throws IOException {
        requireTensor(parser.currentToken() == JsonToken.START_OBJECT, name, "is described by no JSON object");
        String dtype = null;
        long[] shape = null;
        long[] offsets = null;
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            JsonToken value = parser.nextToken();
            switch (key) {
                case "dtype" -> {
                    requireTensor(value == JsonToken.VALUE_STRING, name, "has a dtype that is no string");
                    dtype = parser.getText();
                }
                case "shape" -> shape = wholeNumbers(parser, name, "shape", MAX_DIMENSIONS);
                case "data_offsets" -> offsets = wholeNumbers(parser, name, "data_offsets", 2);
                default -> throw tensorProblem(name, "has an unknown key '" + Printable.text(key) + "'");
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            throw tensorProblem(name, "lacks dtype, shape or data_offsets");
        }
        return checked(name, dtype, shape, offsets);
    }

    private long[] wholeNumbers(JsonParser parser, String name, String key, int max) throws IOException {
        requireTensor(parser.currentToken() == JsonToken.START_ARRAY, name, "has " + key + " that is no array");
        long[] numbers = new long[max];
        int count = 0;
        for (JsonToken token = parser.nextToken(); token != JsonToken.END_ARRAY; token = parser.nextToken()) {
            requireTensor(count < max, name, "has more than " + max + " numbers in " + key);
            boolean whole = token == JsonToken.VALUE_NUMBER_INT
                    && parser.getNumberType() != JsonParser.NumberType.BIG_INTEGER
                    && parser.getLongValue() >= 0;
            if (!whole) {
                throw tensorProblem(
                        name,
                        "has " + Printable.text(String.valueOf(parser.getText())) + " in " + key
                                + "; must be whole numbers from 0 to " + Long.MAX_VALUE);
            }
            numbers[count++] = parser.getLongValue();
        }
        return Arrays.copyOf(numbers, count);
    }

    private StoredTensor checked(String name, String dtype, long[] shape, long[] offsets) {
        Integer bits = BITS.get(dtype);
        if (bits == null) {
            throw tensorProblem(
                    name, "has unknown dtype '" + Printable.text(dtype) + "'; supported: " + Dtype.supported());
        }
        requireTensor(offsets.length == 2, name, "has data_offsets with " + offsets.length + " numbers; must be 2");
        long begin = offsets[0];
        long end = offsets[1];
        requireTensor(begin <= end, name, "ends at " + end + " before it begins at " + begin);
        if (end > dataBytes) {
            throw tensorProblem(
                    name,
                    "ends at byte " + end + " of the data, but the file has only " + dataBytes
                            + " bytes of data; it is truncated or damaged");
        }
        long bytes = bits / 8;
        try {
            for (long dimension : shape) {
                bytes = Math.multiplyExact(bytes, dimension);
            }
        } catch (ArithmeticException e) {
            throw tensorProblem(name, "has shape " + Printable.shape(shape) + ", more bytes than a file can have");
        }
        if (bytes != end - begin) {
            throw tensorProblem(
                    name,
                    "has shape " + Printable.shape(shape) + " of " + dtype + ", " + bytes
                            + " bytes, but its data_offsets span " + (end - begin));
        }
        return new StoredTensor(name, dtype, shape, begin, end);
    }

    private void checkCoverage() {
        List<StoredTensor> ordered = tensors.values().stream()
                .sorted(Comparator.comparingLong(StoredTensor::begin).thenComparingLong(StoredTensor::end))
                .toList();
        long covered = 0;
        String previous = "the header";
        for (StoredTensor tensor : ordered) {
            if (tensor.begin() < covered) {
                throw tensorProblem(
                        tensor.name(),
                        "overlaps " + previous + ": it begins at " + tensor.begin() + ", before " + covered);
            }
            requireTensor(
                    tensor.begin() == covered,
                    tensor.name(),
                    "begins at " + tensor.begin() + " and leaves a gap after " + covered + "; the format allows none");
            covered = tensor.end();
            previous = "tensor '" + Printable.text(tensor.name()) + "'";
        }
        require(
                covered == dataBytes,
                "has " + (dataBytes - covered) + " bytes after its last tensor; the format allows none");
    }

    private void require(boolean holds, String problem) {
        if (!holds) {
            throw new BadInput(file + ": " + problem);
        }
    }

    private void requireTensor(boolean holds, String name, String problem) {
        if (!holds) {
            throw tensorProblem(name, problem);
        }
    }

    private BadInput tensorProblem(String name, String problem) {
        return new BadInput(file + ": tensor '" + Printable.text(name) + "' " + problem);
    }

    Path file() {
        return file;
    }

    /** Names of all tensors, usable or not. */
    Set<String> names() {
        return tensors.keySet();
    }

    /** A tensor of any type, or null when the file has none of that name. */
    @Nullable TensorPart part(String name) {
        StoredTensor tensor = tensors.get(name);
        return tensor == null
                ? null
                : new TensorPart(
                        file, name, tensor.dtype(), tensor.shape(), dataStart + tensor.begin(), tensor.bytes());
    }

    /**
     * Where a tensor's floating-point elements are, or null when the file has no tensor of that name.
     *
     * @throws BadInput when its dtype cannot be run
     */
    @Nullable TensorLocation locate(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor == null) {
            return null;
        }
        Dtype dtype = Dtype.ofName(tensor.dtype());
        if (dtype == null) {
            throw tensorProblem(name, "has dtype " + tensor.dtype() + "; supported: " + Dtype.supported());
        }
        long offset = dataStart + tensor.begin();
        return new TensorLocation(file, name, dtype, tensor.shape(), offset, tensor.bytes());
    }
}
