package qroar.protocol.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.UUID;

/**
 * Replaces a file as a whole: written beside, forced to the disk, then moved over the old one in one step. Whoever opens the
 * name, at any moment and after any crash, reads the old content or the new one.
 */
public final class AtomicFile {
    private static final String SUFFIX = ".partial";

    private AtomicFile() {}

    /**
     * The folder must be there: one that was moved away is not to come into being again, half filled.
     *
     * @throws UncheckedIOException with one line that names the file; the old content is then still there
     */
    public static void write(Path file, byte[] content) {
        try {
            replace(file, content);
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written: " + reason(e), e);
        }
    }

    /** UTF-8; see {@link #write(Path, byte[])}. */
    public static void write(Path file, String content) {
        write(file, content.getBytes(StandardCharsets.UTF_8));
    }

    /** As {@link #write(Path, byte[])}, making the folder where it is missing. */
    public static void writeWithFolder(Path file, byte[] content) {
        try {
            Files.createDirectories(Objects.requireNonNull(file.toAbsolutePath().getParent(), "a root is no file"));
        } catch (IOException e) {
            throw new UncheckedIOException(file + " cannot be written: " + reason(e), e);
        }
        write(file, content);
    }

    /** As {@link #write(Path, byte[])}, for callers that can do without the file. */
    public static void replace(Path file, byte[] content) throws IOException {
        move(file, content, Durability.FORCED);
        syncFolder(file);
    }

    /**
     * As {@link #replace}, but a power failure may lose the file or leave any bytes in it: for content that carries its
     * own checksum and can be made again. Two forced writes per trial would compete with the journal's.
     */
    public static void replaceUnforced(Path file, byte[] content) throws IOException {
        move(file, content, Durability.UNFORCED);
    }

    private enum Durability {
        FORCED,
        UNFORCED
    }

    private static void move(Path file, byte[] content, Durability durability) throws IOException {
        Path partial = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID() + SUFFIX);
        try {
            try (FileChannel channel =
                    FileChannel.open(partial, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                ByteBuffer bytes = ByteBuffer.wrap(content);
                while (bytes.hasRemaining()) {
                    channel.write(bytes);
                }
                if (durability == Durability.FORCED) {
                    channel.force(true);
                }
            }
            Files.move(partial, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException | RuntimeException e) {
            Files.deleteIfExists(partial);
            throw e;
        }
    }

    /** Without it the move itself may be lost with the power. Where folders cannot be opened, the system syncs them. */
    private static void syncFolder(Path file) {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null) {
            return;
        }
        try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        } catch (IOException ignored) {
            // Windows opens no folders.
        }
    }

    /** Deletes what writers that were killed left in a folder; younger files may still be under way elsewhere. */
    public static void deleteLeftovers(Path folder, Duration olderThan) throws IOException {
        Instant limit = Instant.now().minus(olderThan);
        try (DirectoryStream<Path> leftovers = Files.newDirectoryStream(folder, ".*" + SUFFIX)) {
            for (Path leftover : leftovers) {
                try {
                    if (Files.getLastModifiedTime(leftover).toInstant().isBefore(limit)) {
                        Files.deleteIfExists(leftover);
                    }
                } catch (NoSuchFileException e) {
                    // Its writer, another process, has just moved it into place.
                }
            }
        }
    }

    /** What went wrong, without the path that the caller names already. */
    public static String reason(IOException e) {
        if (e instanceof NoSuchFileException) {
            return "no such file or folder";
        }
        if (e instanceof AccessDeniedException) {
            return "access denied";
        }
        if (e instanceof FileSystemException file && file.getReason() != null) {
            return file.getReason();
        }
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }
}
