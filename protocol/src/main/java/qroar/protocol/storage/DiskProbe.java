package qroar.protocol.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;

/** Asks a disk what it refuses, where a library only says that something failed. */
public final class DiskProbe {
    private static final int PROBE_BYTES = 1 << 16;

    private DiskProbe() {}

    /**
     * What the system says when a file of so many bytes is to lie in a folder, which libraries keep to themselves; null when
     * it may. Only its last block is written.
     */
    public static @Nullable String refusal(Path folder, long bytes) {
        Path probe = folder.resolve("." + ProcessHandle.current().pid() + ".probe");
        try {
            try (FileChannel channel = FileChannel.open(probe, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.allocate(PROBE_BYTES), Math.max(0, bytes - PROBE_BYTES));
                channel.force(true);
            } finally {
                Files.deleteIfExists(probe);
            }
            return null;
        } catch (IOException e) {
            String told = e instanceof FileSystemException named && named.getReason() != null
                    ? named.getReason()
                    : e.getMessage();
            return told == null ? e.getClass().getSimpleName() : told;
        }
    }
}
