package qroar.workers.export;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import qroar.workers.checkpoint.Headway;

/**
 * The right to one entry of a folder that several processes share: exclusive while it is made or removed, shared while
 * it is read. Freed by the operating system when a process dies.
 *
 * <p>One object per file in this JVM, because POSIX drops all of a process's locks on a file as soon as the process
 * closes any descriptor of it, and because file locks do not tell threads apart. Thread-safe.
 */
final class EntryLock {
    private static final long LOOK_AGAIN_NANOS = Duration.ofMillis(100).toNanos();
    private static final Map<Path, EntryLock> ALL = new ConcurrentHashMap<>();

    /** Held by whoever changes what follows; for as long as an entry is made. */
    private final ReentrantLock changing = new ReentrantLock();

    private final Path file;
    private @Nullable FileChannel channel;
    private int readers;

    private EntryLock(Path file) {
        this.file = file;
    }

    static EntryLock of(Path file) {
        return ALL.computeIfAbsent(file.toAbsolutePath().normalize(), EntryLock::new);
    }

    /** Work on files. */
    interface Work {
        void run() throws IOException;
    }

    /** Whether an entry is there. */
    interface Look {
        boolean isThere() throws IOException;
    }

    /**
     * Begins to read the entry; blocks while another makes or removes it.
     *
     * @param prepare runs alone, before the first reader of this process: checks the entry, makes it where needed
     * @param entry asked once it can no longer be removed; another process may have done so just before
     */
    void read(Work prepare, Look entry) throws IOException {
        awaiting(changing::tryLock);
        try {
            if (readers == 0) {
                channel = openShared(prepare, entry);
            }
            readers++;
        } finally {
            changing.unlock();
        }
    }

    private FileChannel openShared(Work prepare, Look entry) throws IOException {
        FileChannel opened = open();
        try {
            while (true) {
                @Nullable FileLock[] alone = new FileLock[1];
                awaiting(() -> (alone[0] = opened.tryLock()) != null);
                try (FileLock held = alone[0]) {
                    assert held != null && held.isValid();
                    prepare.run();
                }
                // No lock can be made weaker in place: between the two another process may remove the entry.
                FileLock shared = opened.lock(0, Long.MAX_VALUE, true);
                if (entry.isThere()) {
                    return opened;
                }
                shared.release();
            }
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
    }

    /** Something that may come about. */
    private interface Attempt {
        boolean succeeds() throws IOException;
    }

    /**
     * Tries until it succeeds. Another thread, or a process that lives, makes the entry meanwhile, and for all that can be
     * known here comes further with it: whether it does is for those to judge who watch it.
     */
    private static void awaiting(Attempt attempt) throws IOException {
        while (!attempt.succeeds()) {
            LockSupport.parkNanos(LOOK_AGAIN_NANOS);
            if (Thread.interrupted()) {
                throw new ClosedByInterruptException();
            }
            Headway.step();
        }
    }

    /** Ends a reading. */
    void release() throws IOException {
        changing.lock();
        try {
            readers--;
            if (readers == 0 && channel != null) {
                FileChannel opened = channel;
                channel = null;
                opened.close();
            }
        } finally {
            changing.unlock();
        }
    }

    /** Runs alone if nobody reads or makes the entry, in this process or another; never waits for them. */
    boolean ifUnused(Work work) throws IOException {
        if (!changing.tryLock()) {
            return false;
        }
        try {
            if (readers > 0) {
                return false;
            }
            try (FileChannel opened = open();
                    FileLock alone = opened.tryLock()) {
                if (alone == null) {
                    return false;
                }
                work.run();
                return true;
            }
        } finally {
            changing.unlock();
        }
    }

    private FileChannel open() throws IOException {
        return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    }
}
