package qroar.orchestrator.journal;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * The right to write one run's journal, held by one process at a time. The operating system frees it when its holder
 * dies in whatever way, so a lock is never stale; the text in the file only says who holds it.
 *
 * <p>Why a table of this JVM's own locks: POSIX drops a process's locks on a file as soon as the process closes any
 * descriptor of that file, so a file locked here must not be opened here again. The locked byte lies far behind the
 * text, because on Windows a locked byte cannot be read.
 */
public final class RunLock implements AutoCloseable {
    private static final long LOCKED_BYTE = Long.MAX_VALUE - 1;
    private static final int MAX_TEXT_BYTES = 1024;
    private static final int TRIES = 4;
    private static final long PAUSE_NANOS = 20_000_000;
    private static final Map<Path, RunLock> HELD_HERE = new ConcurrentHashMap<>();

    private final Path file;
    private final Holder holder;
    private final FileChannel channel;

    private RunLock(Path file, Holder holder, FileChannel channel) {
        this.file = file;
        this.holder = holder;
        this.channel = channel;
    }

    /**
     * Who holds a lock.
     *
     * @param since ISO 8601, to the second
     */
    public record Holder(long pid, String host, String since) {
        @Override
        public String toString() {
            return "process " + pid + " on " + host + " since " + since;
        }

        static Holder ofThisProcess() {
            return new Holder(
                    ProcessHandle.current().pid(),
                    hostName(),
                    Instant.now().truncatedTo(ChronoUnit.SECONDS).toString());
        }

        public boolean isOnThisHost() {
            return host.equals(hostName());
        }

        private String text() {
            return pid + " " + host + " " + since + "\n";
        }

        private static Holder ofText(String text) {
            String[] words = text.strip().split(" ");
            return words.length == 3 && words[0].matches("[0-9]{1,18}")
                    ? new Holder(Long.parseLong(words[0]), words[1], words[2])
                    : new Holder(0, "an unknown host", "an unknown time");
        }
    }

    /** What this machine calls itself. */
    public static String hostName() {
        try {
            return InetAddress.getLocalHost().getHostName();
        } catch (UnknownHostException e) {
            return "localhost";
        }
    }

    /**
     * Takes the lock of the run in whose folder the file lies.
     *
     * @throws BadInput when another holds it (named in the message), or the file cannot be written
     */
    public static RunLock acquire(Path lockFile) {
        return acquire(lockFile, "run " + lockFile.toAbsolutePath().normalize().getParent());
    }

    /**
     * Takes a lock.
     *
     * @param what is locked, for the refusal
     */
    public static synchronized RunLock acquire(Path lockFile, String what) {
        Path file = lockFile.toAbsolutePath().normalize();
        RunLock here = HELD_HERE.get(file);
        if (here != null) {
            throw inUse(what, here.holder);
        }
        FileChannel channel = null;
        try {
            channel = FileChannel.open(
                    file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
            FileLock lock = tryExclusive(channel);
            if (lock == null) {
                BadInput refusal = inUse(what, read(channel));
                channel.close();
                throw refusal;
            }
            Holder holder = Holder.ofThisProcess();
            channel.truncate(0);
            channel.write(ByteBuffer.wrap(holder.text().getBytes(StandardCharsets.UTF_8)), 0);
            channel.force(true);
            RunLock taken = new RunLock(file, holder, channel);
            HELD_HERE.put(file, taken);
            return taken;
        } catch (IOException e) {
            closeQuietly(channel);
            throw new BadInput("lock " + file + " cannot be taken: " + e.getMessage(), e);
        }
    }

    /** Who holds the lock now, or null when nobody does; does not disturb the holder. */
    public static synchronized @Nullable Holder holder(Path lockFile) {
        Path file = lockFile.toAbsolutePath().normalize();
        RunLock here = HELD_HERE.get(file);
        if (here != null) {
            return here.holder;
        }
        if (!file.toFile().isFile()) {
            return null;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            FileLock lock = channel.tryLock(LOCKED_BYTE, 1, true);
            return lock == null ? read(channel) : null;
        } catch (NoSuchFileException takenAway) {
            return null;
        } catch (IOException e) {
            throw new BadInput("lock " + file + " cannot be read: " + e.getMessage(), e);
        }
    }

    /** A few tries, because {@link #holder(Path)} in another process takes a shared lock for an instant. */
    private static @Nullable FileLock tryExclusive(FileChannel channel) throws IOException {
        FileLock lock = channel.tryLock(LOCKED_BYTE, 1, false);
        for (int tries = 1; lock == null && tries < TRIES; tries++) {
            LockSupport.parkNanos(PAUSE_NANOS);
            lock = channel.tryLock(LOCKED_BYTE, 1, false);
        }
        return lock;
    }

    private static BadInput inUse(String what, Holder holder) {
        return new BadInput(what + " is in use by " + holder);
    }

    private static Holder read(FileChannel channel) throws IOException {
        ByteBuffer text = ByteBuffer.allocate(MAX_TEXT_BYTES);
        int length = channel.read(text, 0);
        return Holder.ofText(new String(text.array(), 0, Math.max(0, length), StandardCharsets.UTF_8));
    }

    private static void closeQuietly(@Nullable FileChannel channel) {
        try {
            if (channel != null) {
                channel.close();
            }
        } catch (IOException ignored) {
            // The reason why the lock was not taken is what is reported.
        }
    }

    public Holder holder() {
        return holder;
    }

    /** Frees the lock; the file stays, so that two processes never lock two different files under one name. */
    @Override
    public void close() {
        synchronized (RunLock.class) {
            if (HELD_HERE.remove(file, this)) {
                closeQuietly(channel);
            }
        }
    }
}
