package qroar.workers.divergence;

import java.io.IOException;
import java.nio.file.DirectoryStream;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.Sha256;
import qroar.protocol.StorageFault;
import qroar.protocol.input.CacheRoot;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.Reference;

/**
 * What references read of documents, on this machine's disk, so that each is read once however many trials are compared
 * with it. A file is what the head reads (4 bytes a dimension and token) and behind it one byte for each token but the
 * first: whether it needs the long context. Beyond a bound the oldest files go, but none that was of use within a day.
 * Thread-safe, between processes too: a file is complete when it bears its name.
 */
public final class KeptStates {
    private static final Logger LOG = LoggerFactory.getLogger(KeptStates.class);

    /** Raised when what a file holds changes. */
    private static final String FORMAT = "qroar-states/1";

    private static final String ENDING = ".states";
    private static final long MOST_BYTES = 32L << 30;
    private static final Duration STAYS = Duration.ofDays(1);

    private final Path folder;
    private final long mostBytes;

    KeptStates(Path folder, long mostBytes) {
        this.folder = folder;
        this.mostBytes = mostBytes;
    }

    /** In the product's cache folder. */
    public static KeptStates inCache() {
        return new KeptStates(CacheRoot.path().resolve("states"), MOST_BYTES);
    }

    /**
     * One reading of one document.
     *
     * @param positions tokens that are read
     */
    public record Entry(Reference reference, DocumentRef document, int positions) {
        private String name() {
            KeyTokenRule rule = reference.keyTokens();
            return Sha256.hex(FORMAT + "\n" + reference.checkpointDigest() + "\n"
                            + reference.precision().word() + "\n"
                            + RopeScalingSpec.format(reference.rope()) + "\n" + document.digest() + "\n" + positions
                            + "\n" + (rule == null ? "" : rule.text()))
                    + ENDING;
        }
    }

    /** Whether it was read here. To ask is a use: what is here stays for as long as whoever asked may need it. */
    public boolean holds(Entry entry) {
        try {
            Files.setLastModifiedTime(folder.resolve(entry.name()), FileTime.from(Instant.now()));
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (IOException readOnly) {
            return Files.exists(folder.resolve(entry.name()));
        }
    }

    /** @throws IllegalStateException when it is not here */
    HiddenStates open(Entry entry, int width) {
        Path file = folder.resolve(entry.name());
        try {
            long bytes = (long) entry.positions() * width * Float.BYTES + entry.positions() - 1;
            if (Files.size(file) != bytes) {
                Files.deleteIfExists(file);
                throw new IllegalStateException("the reference's reading of '"
                        + entry.document().name() + "' in " + file + " was not " + bytes + " bytes long");
            }
            Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
            return HiddenStates.in(file, width);
        } catch (IOException e) {
            throw new IllegalStateException(
                    "the reference's reading of '" + entry.document().name() + "' is not in " + file, e);
        }
    }

    /** A file that has no name yet. */
    Path begin() {
        try {
            return Files.createTempFile(Files.createDirectories(folder), "reading-", ".tmp");
        } catch (IOException e) {
            throw new StorageFault("hidden states cannot be kept in " + folder + ": " + e.getMessage(), e);
        }
    }

    /** Gives a file that is complete its name. */
    void keep(Path complete, Entry entry) {
        try {
            makeRoom(Files.size(complete));
            Files.move(complete, folder.resolve(entry.name()), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new StorageFault("hidden states cannot be kept in " + folder + ": " + e.getMessage(), e);
        }
    }

    /** A file that others may let go at any moment. */
    private record Held(Path file, long bytes, Instant lastUsed) {}

    private void makeRoom(long bytes) throws IOException {
        List<Held> oldestFirst = new ArrayList<>();
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "*" + ENDING)) {
            for (Path file : files) {
                try {
                    BasicFileAttributes now = Files.readAttributes(file, BasicFileAttributes.class);
                    oldestFirst.add(
                            new Held(file, now.size(), now.lastModifiedTime().toInstant()));
                } catch (NoSuchFileException gone) {
                    // Another process has let it go.
                }
            }
        }
        oldestFirst.sort(Comparator.comparing(Held::lastUsed));
        long held = bytes + oldestFirst.stream().mapToLong(Held::bytes).sum();
        Instant stays = Instant.now().minus(STAYS);
        for (Held oldest : oldestFirst) {
            if (held <= mostBytes || oldest.lastUsed().isAfter(stays)) {
                return;
            }
            if (Files.deleteIfExists(oldest.file())) {
                LOG.info("{} is let go, {} bytes", oldest.file(), oldest.bytes());
            }
            held -= oldest.bytes();
        }
    }
}
