package qroar.workers.gguf;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import qroar.protocol.BadInput;

/** Reads the little-endian values of a header one after the other, never beyond the file and never more than it has. */
final class GgufReader {
    private static final int BUFFER_BYTES = 1 << 16;
    /** A chat template is some kilobytes, a token some bytes. */
    private static final int MAX_STRING_BYTES = 1 << 24;
    /** Vocabularies have up to some hundred thousand entries. */
    private static final int MAX_ARRAY_LENGTH = 1 << 24;

    private final Path file;
    private final FileChannel channel;
    private final long fileBytes;
    private final ByteBuffer buffer =
            ByteBuffer.allocate(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN).limit(0);
    private long bufferStart;

    GgufReader(Path file, FileChannel channel) throws IOException {
        this.file = file;
        this.channel = channel;
        this.fileBytes = channel.size();
    }

    long position() {
        return bufferStart + buffer.position();
    }

    long fileBytes() {
        return fileBytes;
    }

    private ByteBuffer need(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            long from = position();
            if (fileBytes - from < bytes) {
                throw refuse("ends at byte " + fileBytes + " in the middle of its header; it is truncated");
            }
            bufferStart = from;
            buffer.clear();
            while (buffer.position() < bytes) {
                if (channel.read(buffer, bufferStart + buffer.position()) < 0) {
                    throw refuse("ended while its header was read");
                }
            }
            buffer.flip();
        }
        return buffer;
    }

    int int32() throws IOException {
        return need(Integer.BYTES).getInt();
    }

    long int64() throws IOException {
        return need(Long.BYTES).getLong();
    }

    byte int8() throws IOException {
        return need(1).get();
    }

    short int16() throws IOException {
        return need(Short.BYTES).getShort();
    }

    float float32() throws IOException {
        return need(Float.BYTES).getFloat();
    }

    double float64() throws IOException {
        return need(Double.BYTES).getDouble();
    }

    /** A count of things of at least one byte each, so that the file's size bounds it. */
    int count(String what, int max) throws IOException {
        long count = int64();
        if (count < 0 || count > max || count > fileBytes) {
            throw refuse("has " + Long.toUnsignedString(count) + " " + what + "; must be from 0 to "
                    + Math.min(max, fileBytes));
        }
        return (int) count;
    }

    /** UTF-8 with its length before it. */
    String string() throws IOException {
        int length = count("bytes in a string", MAX_STRING_BYTES);
        byte[] bytes = new byte[length];
        for (int done = 0; done < length; ) {
            int part = Math.min(length - done, BUFFER_BYTES);
            need(part).get(bytes, done, part);
            done += part;
        }
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new BadInput(file + ": has a string that is not UTF-8 before byte " + position(), e);
        }
    }

    /** The value of a metadata key: Boolean, Long, Double, String, or an array of one of these. */
    Object value(String key) throws IOException {
        return value(key, int32());
    }

    private Object value(String key, int type) throws IOException {
        return switch (type) {
            case 0 -> (long) Byte.toUnsignedInt(int8());
            case 1 -> (long) int8();
            case 2 -> (long) Short.toUnsignedInt(int16());
            case 3 -> (long) int16();
            case 4 -> Integer.toUnsignedLong(int32());
            case 5 -> (long) int32();
            case 6 -> (double) float32();
            case 7 -> int8() != 0;
            case 8 -> string();
            case 9 -> array(key);
            case 10, 11 -> int64();
            case 12 -> float64();
            default -> throw refuse("key '" + key + "' has the unknown value type " + type);
        };
    }

    private Object[] array(String key) throws IOException {
        int type = int32();
        if (type == 9) {
            throw refuse("key '" + key + "' is an array of arrays, which no known key is");
        }
        Object[] values = new Object[count("values in '" + key + "'", MAX_ARRAY_LENGTH)];
        for (int i = 0; i < values.length; i++) {
            values[i] = value(key, type);
        }
        return values;
    }

    BadInput refuse(String problem) {
        return new BadInput(file + ": " + problem);
    }
}
