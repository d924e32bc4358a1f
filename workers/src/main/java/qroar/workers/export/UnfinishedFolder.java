package qroar.workers.export;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder beside its target while it is filled. Whoever is asked to end meanwhile (Ctrl-C, SIGTERM) takes it along; what a
 * killed process left is taken away by the next that fills the same target. The two are told apart by a lock, which the
 * system frees: numbers of processes are given again, and are others' in another container.
 */
final class UnfinishedFolder implements AutoCloseable {
    /** In the name of a folder that is being filled. */
    static final String PARTIAL = ".partial-";

    /** In the folder, held locked while it is filled. */
    static final String LOCK = ".filling";

    private static final int TRIES = 20;

    private final Path folder;
    private @Nullable FileChannel lock;
    private final Thread hook = new Thread(this::giveUp, "unfinished-folder");
    private volatile boolean ending;

    private UnfinishedFolder(Path folder) {
        this.folder = folder;
    }

    /** Makes one for a target, and takes away those of processes that are no more. */
    static UnfinishedFolder beside(Path target) throws IOException {
        removeLeftovers(target);
        UnfinishedFolder unfinished =
                new UnfinishedFolder(target.resolveSibling("." + target.getFileName() + PARTIAL + UUID.randomUUID()));
        try {
            Runtime.getRuntime().addShutdownHook(unfinished.hook);
        } catch (IllegalStateException endingAlready) {
            unfinished.ending = true;
        }
        unfinished.make();
        return unfinished;
    }

    /** Only behind the hook, and never once that has looked: between the two nobody would take it away. */
    private void make() throws IOException {
        synchronized (this) {
            if (!ending) {
                // Not a temporary folder of the JDK's making: those are closed to everyone else.
                Files.createDirectory(folder);
                lock = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            }
        }
        awaitEnd();
        try {
            Objects.requireNonNull(lock).tryLock();
        } catch (IOException noLocksHere) {
            // Nor can anyone else lock it then, and it is left alone.
        }
    }

    Path path() {
        return folder;
    }

    /** Gives it its name, in one step. */
    void moveTo(Path target) throws IOException {
        Files.deleteIfExists(folder.resolve(LOCK));
        Files.deleteIfExists(target);
        Files.move(folder, target, StandardCopyOption.ATOMIC_MOVE);
    }

    /** While the process ends, whoever fills the folder fails in it, and has nothing to tell. */
    private void awaitEnd() {
        while (ending) {
            LockSupport.park(this);
        }
    }

    private void giveUp() {
        synchronized (this) {
            ending = true;
        }
        // Files may come while it is emptied.
        for (int i = 0; i < TRIES && Files.exists(folder); i++) {
            try {
                FolderFiles.delete(folder);
            } catch (IOException again) {
                LockSupport.parkNanos(1_000_000);
            }
        }
    }

    /** Takes away what was not moved to its name. */
    @Override
    public void close() throws IOException {
        awaitEnd();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException endingNow) {
            ending = true;
            awaitEnd();
        }
        if (lock != null) {
            lock.close();
        }
        FolderFiles.delete(folder);
    }

    private static void removeLeftovers(Path target) throws IOException {
        String beginning = "." + target.getFileName() + PARTIAL;
        List<Path> left;
        try (Stream<Path> siblings = Files.list(target.getParent())) {
            left = siblings.filter(each -> each.getFileName().toString().startsWith(beginning))
                    .toList();
        }
        for (Path each : left) {
            if (isAbandoned(each)) {
                FolderFiles.delete(each);
            }
        }
    }

    /** One without the file is about to be locked, or of an older version, which told nobody. */
    private static boolean isAbandoned(Path folder) {
        try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.WRITE);
                @Nullable FileLock mine = channel.tryLock()) {
            return mine != null;
        } catch (OverlappingFileLockException | IOException oursOrNotTold) {
            return false;
        }
    }
}
