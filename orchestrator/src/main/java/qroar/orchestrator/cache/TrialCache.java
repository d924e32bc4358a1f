package qroar.orchestrator.cache;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;
import qroar.protocol.trial.TrialKey;

/**
 * Trial results in {@code <folder>/ab/cdef....trial}. Beyond the bound, the least recently used go first; a file's time
 * of modification says when it was used last. Several processes may share one folder; each looks at the whole of it at
 * start, when its own account passes the bound, and after as many stores as it found entries, at least
 * {@value #RESCAN_STORES}: so looking costs a constant share of storing, and the bound holds up to what the others wrote
 * since. Thread-safe; calls block.
 */
public final class TrialCache {
    /** Two numbers for each of a million windows, and histograms. */
    private static final long MAX_ENTRY_BYTES = 256L << 20;

    private static final Logger LOG = LoggerFactory.getLogger(TrialCache.class);
    private static final String SUFFIX = ".trial";
    private static final String DAMAGED = "damaged";
    private static final int DAMAGED_KEPT = 16;
    private static final int RESCAN_STORES = 64;
    private static final double FILL_AFTER_EVICTION = 0.9;
    private static final Duration LEFTOVER_AGE = Duration.ofHours(1);

    private final Path folder;
    private final long maxBytes;
    private final AtomicLong bytes = new AtomicLong();
    private final AtomicLong storesSinceLook = new AtomicLong();
    private final AtomicLong entriesAtLook = new AtomicLong();
    private final AtomicLong hits = new AtomicLong();
    private final AtomicLong misses = new AtomicLong();
    private final AtomicLong damaged = new AtomicLong();
    private final AtomicLong stored = new AtomicLong();
    private final AtomicLong notStored = new AtomicLong();
    private final AtomicLong evicted = new AtomicLong();
    private volatile @Nullable String refusal;

    private TrialCache(Path folder, long maxBytes) {
        this.folder = folder;
        this.maxBytes = maxBytes;
    }

    /**
     * What happened since this cache was opened, in this process.
     *
     * @param damaged entries found unusable and moved aside; each counts as a miss, too
     * @param notStored results that could not be written or were larger than the cache
     */
    public record Counters(long hits, long misses, long damaged, long stored, long notStored, long evicted) {}

    /**
     * @param folder made when absent
     * @param maxBytes bound of all entries together
     * @throws BadInput when the folder cannot be used
     */
    public static TrialCache open(Path folder, long maxBytes) {
        if (maxBytes < 1) {
            throw new BadInput("trial cache of " + maxBytes + " bytes; at least 1 is needed");
        }
        try {
            Files.createDirectories(folder);
            TrialCache cache = new TrialCache(folder.toAbsolutePath(), maxBytes);
            cache.deleteLeftovers();
            cache.evict();
            return cache;
        } catch (IOException e) {
            throw new BadInput("trial cache " + folder + " cannot be used: " + e, e);
        }
    }

    /** The result of this key, or null when it has to be measured. Unreadable entries are moved aside and logged. */
    public @Nullable CachedTrial find(TrialKey key) {
        Path file = file(key);
        try {
            CachedTrial trial = TrialEntry.decode(key, read(file));
            hits.incrementAndGet();
            touch(file);
            return trial;
        } catch (NoSuchFileException e) {
            misses.incrementAndGet();
        } catch (IllegalArgumentException e) {
            misses.incrementAndGet();
            damaged.incrementAndGet();
            LOG.warn("cached trial {} is moved aside and measured again: {}", key.brief(), e.getMessage());
            moveAside(key, file);
        } catch (IOException e) {
            misses.incrementAndGet();
            LOG.warn("cached trial {} cannot be read and is measured again: {}", key.brief(), e.toString());
        }
        return null;
    }

    /**
     * What is no file, or larger than any entry, is as damaged as one that does not decode. One that another process evicts
     * while it is opened, or that the disk does not give, is not.
     */
    private static byte[] read(Path file) throws IOException {
        try {
            return InputFile.bytes(file, MAX_ENTRY_BYTES);
        } catch (BadInput notAnEntry) {
            if (notAnEntry.getCause() instanceof IOException unread) {
                throw unread;
            }
            throw new IllegalArgumentException(notAnEntry.getMessage(), notAnEntry);
        }
    }

    /** Keeps a result. A disk that cannot take it costs the cached result, never the run: it is counted. */
    public void store(TrialKey key, CachedTrial trial) {
        Path file = file(key);
        try {
            byte[] entry = TrialEntry.encode(key, trial);
            if (entry.length > maxBytes) {
                notStored.incrementAndGet();
                LOG.warn("trial {} of {} bytes exceeds the cache of {}", key.brief(), entry.length, maxBytes);
                return;
            }
            Files.createDirectories(file.getParent());
            AtomicFile.replaceUnforced(file, entry);
            stored.incrementAndGet();
            if (bytes.addAndGet(entry.length) > maxBytes
                    || storesSinceLook.incrementAndGet() >= Math.max(RESCAN_STORES, entriesAtLook.get())) {
                evict();
            }
        } catch (IOException | UncheckedIOException | IllegalArgumentException e) {
            notStored.incrementAndGet();
            refusal = e.toString();
            LOG.info("trial {} is not kept in the cache: {}", key.brief(), e.toString());
        }
    }

    /** Why the last result that was not kept was not; null while all were, but for those larger than the cache. */
    public @Nullable String refusal() {
        return refusal;
    }

    public Counters counters() {
        return new Counters(hits.get(), misses.get(), damaged.get(), stored.get(), notStored.get(), evicted.get());
    }

    private Path file(TrialKey key) {
        return folder.resolve(key.hex().substring(0, 2)).resolve(key.hex().substring(2) + SUFFIX);
    }

    private static void touch(Path file) {
        try {
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
        } catch (IOException ignored) {
            // Evicted meanwhile, or a cache that is only read: nothing is lost but an order.
        }
    }

    private void moveAside(TrialKey key, Path file) {
        try {
            Path aside = folder.resolve(DAMAGED);
            Files.createDirectories(aside);
            try (Stream<Path> kept = Files.list(aside)) {
                if (kept.count() >= DAMAGED_KEPT) {
                    Files.deleteIfExists(file);
                    return;
                }
            }
            Files.move(file, aside.resolve(key.hex()), StandardCopyOption.REPLACE_EXISTING);
        } catch (NoSuchFileException | FileAlreadyExistsException e) {
            // Another process was faster.
        } catch (IOException e) {
            LOG.warn("damaged cache entry {} cannot be moved aside: {}", key.brief(), e.toString());
        }
    }

    private record Entry(Path file, long bytes, FileTime used) {}

    private synchronized void evict() throws IOException {
        storesSinceLook.set(0);
        List<Entry> entries = entries();
        entriesAtLook.set(entries.size());
        long total = entries.stream().mapToLong(Entry::bytes).sum();
        if (total > maxBytes) {
            entries.sort(Comparator.comparing(Entry::used));
            for (Entry entry : entries) {
                if (total <= maxBytes * FILL_AFTER_EVICTION) {
                    break;
                }
                if (Files.deleteIfExists(entry.file())) {
                    evicted.incrementAndGet();
                }
                total -= entry.bytes();
            }
        }
        bytes.set(total);
    }

    private List<Entry> entries() throws IOException {
        List<Entry> entries = new ArrayList<>();
        for (Path shelf : shelves()) {
            try (Stream<Path> files = Files.list(shelf)) {
                for (Path file : (Iterable<Path>) files.filter(f -> f.toString().endsWith(SUFFIX))::iterator) {
                    try {
                        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                        entries.add(new Entry(file, attributes.size(), attributes.lastModifiedTime()));
                    } catch (NoSuchFileException e) {
                        // Evicted by another process.
                    }
                }
            }
        }
        return entries;
    }

    private List<Path> shelves() throws IOException {
        try (Stream<Path> children = Files.list(folder)) {
            return children.filter(child -> child.getFileName().toString().matches("[0-9a-f]{2}"))
                    .filter(Files::isDirectory)
                    .toList();
        }
    }

    private void deleteLeftovers() throws IOException {
        for (Path shelf : shelves()) {
            AtomicFile.deleteLeftovers(shelf, LEFTOVER_AGE);
        }
    }
}
