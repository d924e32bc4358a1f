package qroar.orchestrator.rundirectory;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.StorageFault;

/**
 * Whether files are still those that were there at first, and not deleted, moved or replaced by others of their names. An
 * open file goes on without its name: what is written into it is then lost with the process, without any error.
 * Thread-safe, because immutable.
 */
public final class Whereabouts {
    private final Map<Path, Object> keys;

    private Whereabouts(Map<Path, Object> keys) {
        this.keys = keys;
    }

    /** As they are now; a system without file keys only tells those that are gone. */
    public static Whereabouts of(Path... files) {
        Map<Path, Object> keys = new LinkedHashMap<>();
        for (Path file : files) {
            Object key = key(file);
            if (key != null) {
                keys.put(file, key);
            }
        }
        return new Whereabouts(keys);
    }

    private static @Nullable Object key(Path file) {
        try {
            Object key = Files.readAttributes(file, BasicFileAttributes.class).fileKey();
            return key == null ? "there" : key;
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new StorageFault(file + " cannot be looked at: " + e, e);
        }
    }

    /**
     * @throws StorageFault in one line, naming the first file that is another or gone, or that cannot be looked at
     */
    public void require() {
        keys.forEach((file, before) -> {
            Object now = key(file);
            if (!before.equals(now)) {
                throw new StorageFault(file
                        + (now == null
                                ? " is gone: it was deleted or moved while the run was under way"
                                : " was replaced while the run was under way"));
            }
        });
    }
}
