package qroar.workers.text;

import io.airlift.compress.MalformedInputException;
import io.airlift.compress.zstd.ZstdInputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PushbackInputStream;
import java.nio.file.Path;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;

/**
 * Texts as they are stored, compressed by gzip or Zstandard or not at all, which their first bytes tell and not their name. What
 * comes out is bounded too, for a few kilobytes may unpack to terabytes.
 */
final class PackedText {
    private static final int MARK_BYTES = 4;

    /** Text shrinks to a fifth, and to a fiftieth where it repeats itself. */
    private static final long MOST_GROWTH = 200;

    /** What any file may unpack to, however small it is. */
    private static final long ALWAYS = 64L << 20;

    private PackedText() {}

    /**
     * A stream that ends with a {@link BadInput} naming the file where it is too long, before or after it is unpacked, or damaged.
     *
     * @param mostBytes of the text
     */
    static InputStream open(Path file, long mostBytes) {
        InputStream stored = InputFile.open(file, mostBytes);
        try {
            PushbackInputStream in = new PushbackInputStream(stored, MARK_BYTES);
            byte[] mark = new byte[MARK_BYTES];
            int length = in.readNBytes(mark, 0, MARK_BYTES);
            in.unread(mark, 0, length);
            if (isGzip(mark, length)) {
                // The header is read at once.
                return unpacked(new GZIPInputStream(in, 1 << 16), "gzip", file, mostBytes);
            }
            return isZstandard(mark, length) ? unpacked(new ZstdInputStream(in), "zstd", file, mostBytes) : in;
        } catch (IOException | RuntimeException e) {
            close(stored);
            throw e instanceof IOException io ? refusal(file, "gzip", io) : (RuntimeException) e;
        }
    }

    /** Whether only {@link #open} gives the text. */
    static boolean isPacked(Path file) {
        try (InputStream in = InputFile.open(file, Long.MAX_VALUE)) {
            byte[] mark = new byte[MARK_BYTES];
            int length = in.readNBytes(mark, 0, MARK_BYTES);
            return isGzip(mark, length) || isZstandard(mark, length);
        } catch (IOException e) {
            throw InputFile.unreadable(file, e);
        }
    }

    private static boolean isGzip(byte[] mark, int length) {
        return length >= 2 && mark[0] == 0x1f && mark[1] == (byte) 0x8b;
    }

    private static boolean isZstandard(byte[] mark, int length) {
        return length == MARK_BYTES
                && mark[0] == 0x28
                && mark[1] == (byte) 0xb5
                && mark[2] == 0x2f
                && mark[3] == (byte) 0xfd;
    }

    private static InputStream unpacked(InputStream text, String format, Path file, long mostBytes) {
        long size = InputFile.size(file);
        long most =
                size > mostBytes / MOST_GROWTH ? mostBytes : Math.min(mostBytes, Math.max(ALWAYS, MOST_GROWTH * size));
        return InputFile.bounded(new Unpacked(text, format, file), file, most);
    }

    private static BadInput refusal(Path file, String format, IOException e) {
        boolean damaged = e instanceof EOFException || e instanceof ZipException;
        return damaged ? damaged(file, format, e) : InputFile.unreadable(file, e);
    }

    private static BadInput damaged(Path file, String format, Exception e) {
        String what = e instanceof EOFException ? "it ends too early" : String.valueOf(e.getMessage());
        return new BadInput(file + ": is " + format + " and cannot be unpacked: " + what, e);
    }

    private static void close(InputStream in) {
        try {
            in.close();
        } catch (IOException e) {
            // The refusal on its way says more.
            return;
        }
    }

    /** Tells damage as what it is, whatever the library throws for it. */
    private static final class Unpacked extends FilterInputStream {
        private final String format;
        private final Path file;

        Unpacked(InputStream in, String format, Path file) {
            super(in);
            this.format = format;
            this.file = file;
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            try {
                return in.read(bytes, from, length);
            } catch (IOException | MalformedInputException e) {
                throw damaged(file, format, e);
            }
        }
    }
}
