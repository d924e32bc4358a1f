package qroar.workers.memory;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Memory of the machine, and of the control groups (version 1 or 2) that this process lives in: the tightest counts. Page
 * cache is free, in the kernel's own estimate ({@code MemAvailable}) and in a group as the pages of its files, the active ones too:
 * a model that is read layer by layer from its files makes all of its pages active, and they go when room is needed. Where there
 * is no {@code /proc}, the JDK's figures have to do.
 */
final class HostMemory implements DeviceMemory {
    private final Path root;

    HostMemory() {
        this(Path.of("/"));
    }

    /** @param root in which {@code proc} and {@code sys} lie */
    HostMemory(Path root) {
        this.root = root;
    }

    @Override
    public Reading read() {
        Path memoryInfo = root.resolve("proc/meminfo");
        long total = kibibytes(memoryInfo, "MemTotal:");
        long available = kibibytes(memoryInfo, "MemAvailable:");
        if (total < 0 || available < 0) {
            OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
            return new Reading(system.getTotalMemorySize(), system.getFreeMemorySize(), 0);
        }
        long own = Math.max(0, kibibytes(root.resolve("proc/self/status"), "RssAnon:"));
        long others = Math.max(0, total - available - own);
        Reading reading = new Reading(total, available, others);
        for (String line : lines(root.resolve("proc/self/cgroup"))) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3 && (fields[1].isEmpty() || fields[1].matches("(.*,)?memory(,.*)?"))) {
                reading = within(reading, own, fields[1].isEmpty() ? Version.TWO : Version.ONE, fields[2]);
            }
        }
        return reading;
    }

    private enum Version {
        ONE(
                "sys/fs/cgroup/memory",
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                List.of("total_inactive_file", "total_active_file")),
        TWO("sys/fs/cgroup", "memory.max", "memory.current", List.of("inactive_file", "active_file"));

        private final String mount;
        private final String limit;
        private final String usage;
        private final List<String> cache;

        Version(String mount, String limit, String usage, List<String> cache) {
            this.mount = mount;
            this.limit = limit;
            this.usage = usage;
            this.cache = cache;
        }
    }

    /** What is left under the limits of a group and of all above it; inside a container only some can be seen. */
    private Reading within(Reading outer, long own, Version version, String group) {
        Path mount = root.resolve(version.mount).normalize();
        Reading tightest = outer;
        Path folder = mount.resolve(group.replaceFirst("^/+", "")).normalize();
        while (folder != null && folder.startsWith(mount)) {
            Long limit = number(folder.resolve(version.limit));
            Long usage = number(folder.resolve(version.usage));
            if (limit != null && usage != null && limit < outer.total()) {
                long cache = statistics(folder.resolve("memory.stat"), version.cache);
                long free = Math.max(0, limit - Math.max(0, usage - cache));
                tightest = new Reading(
                        Math.min(tightest.total(), limit),
                        Math.min(tightest.free(), free),
                        tightest.others(),
                        Math.min(tightest.left(), Math.min(limit, free + own)));
            }
            folder = folder.getParent();
        }
        return tightest;
    }

    /** Null for {@code max}, which is none, and where there is no such file. */
    private static @Nullable Long number(Path file) {
        Iterable<String> lines = lines(file);
        for (String line : lines) {
            if (line.strip().matches("\\d{1,18}")) {
                return Long.parseLong(line.strip());
            }
        }
        return null;
    }

    /** The sum of those that the file has. */
    private static long statistics(Path file, List<String> keys) {
        long sum = 0;
        for (String line : lines(file)) {
            String[] fields = line.split(" ");
            if (fields.length == 2 && keys.contains(fields[0]) && fields[1].matches("\\d{1,18}")) {
                sum += Long.parseLong(fields[1]);
            }
        }
        return sum;
    }

    /** -1 where the file does not say. */
    private static long kibibytes(Path file, String key) {
        for (String line : lines(file)) {
            String[] fields = line.split("\\s+");
            if (fields.length >= 2 && fields[0].equals(key) && fields[1].matches("\\d{1,15}")) {
                return Long.parseLong(fields[1]) << 10;
            }
        }
        return -1;
    }

    private static Iterable<String> lines(Path file) {
        try {
            return Files.exists(file) ? Files.readAllLines(file) : List.of();
        } catch (IOException e) {
            // A group that ended, or one whose files are hidden: it then sets no limit that could be known.
            return List.of();
        }
    }
}
