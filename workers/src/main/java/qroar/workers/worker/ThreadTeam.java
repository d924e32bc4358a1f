package qroar.workers.worker;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A thread and those that compute for it, on Linux. PyTorch's OpenMP threads are unknown to Java, but a thread of Linux has
 * the name of the one that started it: so a thread that computes gets a name of its own before it first does.
 */
final class ThreadTeam {
    /**
     * Of one thread since it began.
     *
     * @param ranNanos on a processor
     * @param waitedNanos ready to run, while others ran or its quota was used up
     */
    record Times(long ranNanos, long waitedNanos) {
        static final Times NONE = new Times(0, 0);
    }

    private static final Path TASKS = Path.of("/proc/self/task");
    private static final Path THIS_THREAD = Path.of("/proc/thread-self");
    /** With the number of a thread at most 15 characters, which is all that the kernel keeps. */
    private static final String PREFIX = "qroar-t";

    private final String number;
    private final String name;

    private ThreadTeam(String number, String name) {
        this.number = number;
        this.name = name;
    }

    /** A thread keeps its number and its name, and finding them takes several files. */
    private static final ThreadLocal<Optional<ThreadTeam>> OWN =
            ThreadLocal.withInitial(() -> Optional.ofNullable(find()));

    /** The team of the calling thread; null where the system does not tell of threads. */
    static @Nullable ThreadTeam ofThisThread() {
        return OWN.get().orElse(null);
    }

    private static @Nullable ThreadTeam find() {
        try {
            String number = Files.readSymbolicLink(THIS_THREAD).getFileName().toString();
            Path comm = TASKS.resolve(number).resolve("comm");
            String name = PREFIX + number;
            if (!Files.readString(comm).strip().equals(name)) {
                Files.writeString(comm, name);
            }
            ThreadTeam team = new ThreadTeam(number, name);
            return team.times().isEmpty() ? null : team;
        } catch (IOException | UnsupportedOperationException | SecurityException e) {
            return null;
        }
    }

    /** By the number of the thread; a thread that ends meanwhile is left out. */
    Map<String, Times> times() {
        Map<String, Times> all = new HashMap<>();
        try (DirectoryStream<Path> tasks = Files.newDirectoryStream(TASKS)) {
            for (Path task : tasks) {
                String each = task.getFileName().toString();
                Times times = isMember(task, each) ? times(task) : null;
                if (times != null) {
                    all.put(each, times);
                }
            }
        } catch (IOException e) {
            return all;
        }
        return all;
    }

    private boolean isMember(Path task, String each) {
        try {
            return each.equals(number)
                    || Files.readString(task.resolve("comm")).strip().equals(name);
        } catch (IOException e) {
            return false;
        }
    }

    private static @Nullable Times times(Path task) {
        try {
            String[] words = Files.readString(task.resolve("schedstat")).strip().split(" ", -1);
            return new Times(Long.parseLong(words[0]), Long.parseLong(words[1]));
        } catch (IOException | NumberFormatException | ArrayIndexOutOfBoundsException e) {
            return null;
        }
    }
}
