package qroar.protocol.input;

import java.io.BufferedInputStream;
import java.io.FileNotFoundException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * Files that users name. A directory, a device, a pipe or a socket is refused at once (opening a pipe would wait for a
 * writer, and {@code /dev/zero} never ends), and so is a file with more bytes than its reader takes. Every refusal is one
 * {@link BadInput} line naming the file and the limit.
 */
public final class InputFile {
    private InputFile() {}

    /**
     * The whole file.
     *
     * @param mostBytes that are read; a quarter of the heap where that is less, because what is made of the bytes takes
     *     more room than they do
     */
    public static byte[] bytes(Path file, long mostBytes) {
        long most = mostAtOnce(mostBytes);
        long size = size(file);
        if (size > most) {
            throw tooLarge(file, size + " bytes", most, mostBytes);
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes((int) Math.min(most + 1, Integer.MAX_VALUE - 8));
            if (bytes.length > most) {
                throw tooLarge(file, "more than " + most + " bytes", most, mostBytes);
            }
            return bytes;
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * The same of a file that need not be there, or that another process may take away at any moment: whether it is there is
     * told by opening it, for between asking and reading it may go.
     *
     * @return null where it is not there
     * @throws BadInput when it is there and is no file, is larger, or cannot be read
     */
    public static byte @Nullable [] bytesIfThere(Path file, long mostBytes) {
        try {
            return bytes(file, mostBytes);
        } catch (BadInput refusal) {
            if (refusal.getCause() instanceof NoSuchFileException) {
                return null;
            }
            throw refusal;
        }
    }

    /** The same as text in UTF-8; what is no UTF-8 becomes U+FFFD. */
    public static @Nullable String textIfThere(Path file, long mostBytes) {
        byte[] bytes = bytesIfThere(file, mostBytes);
        return bytes == null ? null : new String(bytes, StandardCharsets.UTF_8);
    }

    /** A stream that ends with a {@link BadInput} instead of the byte after {@code mostBytes}. Buffered. */
    public static InputStream open(Path file, long mostBytes) {
        long size = size(file);
        if (size > mostBytes) {
            throw tooLarge(file, size + " bytes", mostBytes, mostBytes);
        }
        try {
            return new Bounded(new BufferedInputStream(Files.newInputStream(file), 1 << 16), file, mostBytes);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** A stream of what is made of a file's bytes (unpacked, say) that ends in the same way. */
    public static InputStream bounded(InputStream in, Path file, long mostBytes) {
        return new Bounded(in, file, mostBytes);
    }

    /** What {@link #bytes} reads at most. */
    public static long mostAtOnce(long mostBytes) {
        return Math.min(mostBytes, Runtime.getRuntime().maxMemory() / 4);
    }

    /**
     * Bytes of a regular file as the file system tells them.
     *
     * @throws BadInput when it is none
     */
    public static long size(Path file) {
        try {
            BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
            if (!attributes.isRegularFile()) {
                throw new BadInput(file + ": is " + kind(attributes) + ", not a file");
            }
            return attributes.size();
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /**
     * For readers that open a file themselves: nothing when it is regular or not there at all.
     *
     * @throws BadInput when it is a directory, a device, a pipe or a socket
     */
    public static void refuseOthers(Path file) {
        try {
            size(file);
        } catch (BadInput refusal) {
            if (!(refusal.getCause() instanceof IOException)) {
                throw refusal;
            }
            // Not there, or out of reach, which whoever opens it says.
        }
    }

    /** A text file of the product's own or a user's, in UTF-8; what is no UTF-8 becomes U+FFFD. */
    public static String text(Path file, long mostBytes) {
        return new String(bytes(file, mostBytes), StandardCharsets.UTF_8);
    }

    private static String kind(BasicFileAttributes attributes) {
        return attributes.isDirectory() ? "a directory" : "a device, a pipe or a socket";
    }

    private static BadInput tooLarge(Path file, String found, long most, long mostBytes) {
        return new BadInput(file + ": " + found + "; at most " + most + " are read here"
                + (most < mostBytes ? ", a quarter of this process's memory (give it more with -Xmx)" : ""));
    }

    /** The refusal of a file that cannot be opened or read. */
    public static BadInput unreadable(Path file, IOException e) {
        if (e instanceof NoSuchFileException || e instanceof FileNotFoundException) {
            Path target = danglingTarget(file);
            return new BadInput(
                    file + (target == null ? ": no such file" : ": is a link to " + target + ", which is not there"),
                    e);
        }
        return new BadInput(file + ": cannot be read: " + reason(file, e), e);
    }

    private static String reason(Path file, IOException e) {
        if (Files.isDirectory(file)) {
            return "is a directory";
        }
        if (e instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemLoopException) {
            return "its links lead in a circle";
        }
        String reason = e instanceof FileSystemException system ? system.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName() : reason;
    }

    private static @Nullable Path danglingTarget(Path file) {
        try {
            return Files.exists(file, LinkOption.NOFOLLOW_LINKS) && Files.isSymbolicLink(file)
                    ? Files.readSymbolicLink(file)
                    : null;
        } catch (IOException e) {
            return null;
        }
    }

    private static final class Bounded extends FilterInputStream {
        private final Path file;
        private final long mostBytes;
        private long left;

        Bounded(InputStream in, Path file, long mostBytes) {
            super(in);
            this.file = file;
            this.mostBytes = mostBytes;
            this.left = mostBytes;
        }

        @Override
        public int read() throws IOException {
            int read = in.read();
            count(read < 0 ? 0 : 1);
            return read;
        }

        @Override
        public int read(byte[] bytes, int from, int length) throws IOException {
            int read = in.read(bytes, from, length);
            count(Math.max(0, read));
            return read;
        }

        @Override
        public long skip(long bytes) throws IOException {
            long skipped = in.skip(bytes);
            count(skipped);
            return skipped;
        }

        @Override
        public boolean markSupported() {
            return false;
        }

        private void count(long read) {
            left -= read;
            if (left < 0) {
                throw tooLarge(file, "more than " + mostBytes + " bytes", mostBytes, mostBytes);
            }
        }
    }
}
