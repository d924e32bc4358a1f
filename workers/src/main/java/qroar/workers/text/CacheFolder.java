package qroar.workers.text;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.BadInput;
import qroar.protocol.input.CacheRoot;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;

/**
 * Small answers that are kept between processes, under the product's cache folder ({@link CacheRoot}). A folder that cannot be written costs the
 * answer, never the command; entries are whole or not there, and the oldest go when there are too many.
 */
final class CacheFolder {
    private static final Logger LOG = LoggerFactory.getLogger(CacheFolder.class);

    private static final int MAX_ENTRIES = 500;

    /** One line. */
    private static final long MAX_ENTRY_BYTES = 4096;

    private CacheFolder() {}

    static @Nullable String read(String kind, String key) {
        Path entry = CacheRoot.path().resolve(kind).resolve(key);
        try {
            String text = InputFile.textIfThere(entry, MAX_ENTRY_BYTES);
            return text == null ? null : text.strip();
        } catch (BadInput foreign) {
            return null;
        }
    }

    static void write(String kind, String key, String text) {
        try {
            Path folder = Files.createDirectories(CacheRoot.path().resolve(kind));
            AtomicFile.replaceUnforced(folder.resolve(key), (text + "\n").getBytes(StandardCharsets.UTF_8));
            trim(folder);
        } catch (IOException | RuntimeException e) {
            LOG.debug("not remembered: {}", e.toString());
        }
    }

    private static void trim(Path folder) throws IOException {
        List<Path> entries = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(entries::add);
        }
        if (entries.size() > MAX_ENTRIES) {
            entries.sort(Comparator.comparing(CacheFolder::age));
            for (Path entry : entries.subList(0, entries.size() - MAX_ENTRIES / 2)) {
                Files.deleteIfExists(entry);
            }
        }
    }

    private static FileTime age(Path entry) {
        try {
            return Files.getLastModifiedTime(entry);
        } catch (IOException gone) {
            return FileTime.fromMillis(0);
        }
    }
}
