package qroar.workers.export;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.input.InputFile;

/**
 * The folder that kept models lie in, an entry a model, and which of them go when they take more than they may. An entry
 * counts from the moment when it has its note, which says what is in it; until it has its name it grows under another one, and
 * what is left half made goes with it. The note's time is when the entry was used last. Several processes may share a folder,
 * for nothing is removed that one of them has locked.
 */
final class KeptFolder {
    /** Two lines. */
    private static final long MAX_NOTE_BYTES = 1 << 16;

    private static final Logger LOG = LoggerFactory.getLogger(KeptFolder.class);
    private static final String NOTE = "qroar-quantized.txt";
    private static final Pattern ENTRY =
            Pattern.compile("\\.?([0-9a-f]{64})(" + Pattern.quote(UnfinishedFolder.PARTIAL) + ".*)?");

    private final Path folder;
    private final long maxBytes;

    /**
     * @param folder made when absent
     * @param maxBytes bound of all entries together
     */
    KeptFolder(Path folder, long maxBytes) {
        this.folder = folder.toAbsolutePath().normalize();
        this.maxBytes = maxBytes;
    }

    Path path() {
        return folder;
    }

    void make() throws IOException {
        Files.createDirectories(folder);
    }

    /** Where the entry of a key is, or will be. */
    Path entry(String key) {
        return folder.resolve(key);
    }

    EntryLock lock(String key) {
        return EntryLock.of(folder.resolve(key + ".lock"));
    }

    /** Where an entry is until it is whole, layer after layer; what a killed process left there is gone on with. */
    static Path growing(Path entry) {
        return entry.resolveSibling("." + entry.getFileName() + UnfinishedFolder.PARTIAL + "layers");
    }

    static boolean isThere(Path entry) {
        return Files.exists(entry.resolve(NOTE));
    }

    /** The lines of an entry's note. */
    static List<String> note(Path entry) {
        return InputFile.text(entry.resolve(NOTE), MAX_NOTE_BYTES).lines().toList();
    }

    static void used(Path entry) throws IOException {
        Files.setLastModifiedTime(entry.resolve(NOTE), FileTime.from(Instant.now()));
    }

    /** Gives an entry that is whole its name; its note is there before, so that an entry is never without one. */
    static void finish(Path growing, Path entry, String note) throws IOException {
        FolderFiles.write(growing.resolve(NOTE), note.getBytes(StandardCharsets.UTF_8));
        Files.move(growing, entry, StandardCopyOption.ATOMIC_MOVE);
    }

    /** What lies in the folder under one key, half made or whole. */
    private static final class Kept {
        private long bytes;
        private FileTime used = FileTime.fromMillis(0);
    }

    /** Disk that all entries take now; 0 while nothing is kept. */
    long bytes() throws IOException {
        try {
            return entries().values().stream().mapToLong(kept -> kept.bytes).sum();
        } catch (NoSuchFileException nothingIsKept) {
            return 0;
        }
    }

    private Map<String, Kept> entries() throws IOException {
        Map<String, Kept> entries = new HashMap<>();
        try (Stream<Path> children = Files.list(folder)) {
            for (Path child : children.filter(Files::isDirectory).toList()) {
                Matcher name = ENTRY.matcher(child.getFileName().toString());
                if (name.matches()) {
                    Kept kept = entries.computeIfAbsent(name.group(1), key -> new Kept());
                    kept.bytes += FolderFiles.bytes(child);
                    try {
                        kept.used = Files.getLastModifiedTime(child.resolve(NOTE));
                    } catch (NoSuchFileException halfMade) {
                        // Or it leaves the cache just now.
                    }
                }
            }
        }
        return entries;
    }

    /**
     * Makes room. Whatever stands in the way of it costs disk, never the run.
     *
     * @param moreBytes that are about to be written
     */
    void evict(long moreBytes) {
        try {
            List<Map.Entry<String, Kept>> oldestFirst =
                    new ArrayList<>(entries().entrySet());
            oldestFirst.sort(Comparator.comparing(each -> each.getValue().used));
            long total = moreBytes
                    + oldestFirst.stream()
                            .mapToLong(each -> each.getValue().bytes)
                            .sum();
            for (Map.Entry<String, Kept> oldest : oldestFirst) {
                if (total <= maxBytes) {
                    return;
                }
                Path entry = entry(oldest.getKey());
                boolean gone = lock(oldest.getKey()).ifUnused(() -> {
                    // Without its note an entry counts for nothing, however far its removal gets.
                    Files.deleteIfExists(entry.resolve(NOTE));
                    delete(entry);
                });
                if (gone) {
                    LOG.info("quantized model {} has left the cache", entry);
                    total -= oldest.getValue().bytes;
                }
            }
        } catch (IOException e) {
            LOG.warn("{}: no room can be made for quantized models: {}", folder, e.toString());
        }
    }

    /** An entry, whole or not, and all that is half made of it. */
    void delete(Path entry) throws IOException {
        deleteBut(entry, entry);
    }

    /** The same, but for what it is to be made of: what versions left that did not go on with it, and whatever else. */
    void deleteBut(Path entry, Path kept) throws IOException {
        FolderFiles.delete(entry);
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.toList()) {
                if (file.getFileName().toString().startsWith("." + entry.getFileName() + UnfinishedFolder.PARTIAL)
                        && !file.equals(kept)) {
                    FolderFiles.delete(file);
                }
            }
        }
    }
}
