package qroar.protocol;

import java.nio.file.FileSystemException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * This machine's storage fails: a disk is full, a folder is gone or must not be written, no more files may be open. It is
 * the fault of no trial, no study and no input: whoever meets it stops in order and leaves everything to be taken up. The
 * message is one line that names the file or folder and the cause.
 */
public final class StorageFault extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What systems say, also in messages of native libraries, whose classes say nothing. */
    private static final List<String> WORDS = List.of(
            "No space left on device",
            "Disk quota exceeded",
            "File too large",
            "Too many open files",
            "Read-only file system",
            "Input/output error",
            "Stale file handle",
            "Transport endpoint is not connected",
            "not enough space on the disk",
            // SQLite's own.
            "database or disk is full",
            "disk I/O error");

    public StorageFault(String message) {
        super(message);
    }

    public StorageFault(String message, Throwable cause) {
        super(message, cause);
    }

    /**
     * Whether something failed because storage did, as one line; null where it failed for another reason. What a file
     * says is never storage's fault, although readers of JSON throw {@code IOException}s.
     */
    public static @Nullable StorageFault in(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause() == t ? null : t.getCause()) {
            if (t instanceof StorageFault fault) {
                return fault;
            }
            if (t instanceof FileSystemException || isTold(t)) {
                return new StorageFault(line(failure, t), failure);
            }
        }
        return null;
    }

    /** Whether the system itself says that there is no room, no handle or no disk, rather than no such file. */
    static boolean isTold(Throwable failure) {
        String message = failure.getMessage();
        // Readers of JSON repeat what a file says.
        return !failure.getClass().getName().startsWith("com.fasterxml.")
                && message != null
                && WORDS.stream().anyMatch(message::contains);
    }

    /** Whether it may be mended without touching what was asked for: room or handles, not a folder closed for writing. */
    public static boolean isPassing(Throwable failure) {
        for (Throwable t = failure; t != null; t = t.getCause() == t ? null : t.getCause()) {
            if (isTold(t) && !String.valueOf(t.getMessage()).contains("Read-only file system")) {
                return true;
            }
        }
        return false;
    }

    /** The outermost message knows what was tried; the innermost why it failed. */
    private static String line(Throwable outer, Throwable inner) {
        String cause = first(inner);
        String tried = first(outer);
        return tried.contains(cause) || outer == inner ? tried : tried + ": " + cause;
    }

    private static String first(Throwable failure) {
        String message = failure.getMessage();
        String line = message == null ? "" : message.lines().findFirst().orElse("");
        boolean plain = failure instanceof BadInput || failure instanceof FileSystemException && line.contains(": ");
        return plain ? line : failure.getClass().getSimpleName() + (line.isEmpty() ? "" : ": " + line);
    }
}
