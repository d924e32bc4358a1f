package qroar.orchestrator.journal.codec;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Base64;
import qroar.protocol.statistics.LogHistogram;

/** Arrays of numbers as base64 text, exact to the bit. Decoders throw IllegalArgumentException on anything else. */
public final class PackedNumbers {
    private PackedNumbers() {}

    /** Little-endian IEEE 754 doubles; an empty array is an empty text. */
    public static String pack(double[] values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Double.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asDoubleBuffer().put(values);
        return Base64.getEncoder().encodeToString(bytes.array());
    }

    public static double[] unpackDoubles(String text) {
        byte[] bytes = Base64.getDecoder().decode(text);
        if (bytes.length % Double.BYTES != 0) {
            throw new IllegalArgumentException(bytes.length + " bytes are no whole number of doubles");
        }
        double[] values = new double[bytes.length / Double.BYTES];
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asDoubleBuffer().get(values);
        return values;
    }

    /** Zero count, overflow count, first index (zigzag), number of buckets and their counts, each as a LEB128 varint. */
    public static String pack(LogHistogram histogram) {
        return Base64.getEncoder().encodeToString(bytes(histogram));
    }

    public static byte[] bytes(LogHistogram histogram) {
        long[] counts = histogram.counts();
        ByteArrayOutputStream out = new ByteArrayOutputStream(16 + 2 * counts.length);
        varint(out, histogram.zero());
        varint(out, histogram.overflow());
        varint(out, ((long) histogram.firstIndex() << 1) ^ (histogram.firstIndex() >> 31));
        varint(out, counts.length);
        for (long count : counts) {
            varint(out, count);
        }
        return out.toByteArray();
    }

    public static LogHistogram unpackHistogram(String text) {
        return histogram(Base64.getDecoder().decode(text));
    }

    public static LogHistogram histogram(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        long zero = varint(in);
        long overflow = varint(in);
        long zigzag = varint(in);
        long buckets = varint(in);
        if (buckets < 0 || buckets > in.remaining()) {
            throw new IllegalArgumentException("histogram of " + buckets + " buckets in " + in.remaining() + " bytes");
        }
        long[] counts = new long[(int) buckets];
        for (int i = 0; i < counts.length; i++) {
            counts[i] = varint(in);
        }
        if (in.hasRemaining()) {
            throw new IllegalArgumentException(in.remaining() + " bytes too many after a histogram");
        }
        return LogHistogram.ofSparse(zero, overflow, Math.toIntExact((zigzag >>> 1) ^ -(zigzag & 1)), counts);
    }

    private static void varint(ByteArrayOutputStream out, long value) {
        long rest = value;
        while ((rest & ~0x7fL) != 0) {
            out.write((int) (rest & 0x7f) | 0x80);
            rest >>>= 7;
        }
        out.write((int) rest);
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; shift < Long.SIZE; shift += 7) {
            if (!in.hasRemaining()) {
                throw new IllegalArgumentException("histogram ends too early");
            }
            byte next = in.get();
            value |= (long) (next & 0x7f) << shift;
            if (next >= 0) {
                return value;
            }
        }
        throw new IllegalArgumentException("number of more than 64 bits in a histogram");
    }
}
