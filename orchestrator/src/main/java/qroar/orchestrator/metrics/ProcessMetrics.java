package qroar.orchestrator.metrics;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What any process can say of itself, under the names that monitoring systems know. */
public final class ProcessMetrics {
    private static final Path STATUS = Path.of("/proc/self/status");

    private ProcessMetrics() {}

    public static List<MetricFamily> now() {
        List<MetricFamily> families = new ArrayList<>();
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        families.add(MetricFamily.counter(
                "process_cpu_seconds_total", "Processor time of this process.", system.getProcessCpuTime() / 1e9));
        families.add(MetricFamily.gauge(
                "process_start_time_seconds",
                "Start of this process since 1970.",
                ManagementFactory.getRuntimeMXBean().getStartTime() / 1e3));
        long resident = residentBytes();
        if (resident > 0) {
            families.add(MetricFamily.gauge(
                    "process_resident_memory_bytes",
                    "Memory of this process, native parts and mapped files included.",
                    resident));
        }
        Runtime runtime = Runtime.getRuntime();
        families.add(MetricFamily.gauge(
                "qroar_heap_used_bytes", "Java heap in use.", runtime.totalMemory() - runtime.freeMemory()));
        families.add(MetricFamily.gauge("qroar_heap_limit_bytes", "Java heap at most.", runtime.maxMemory()));
        Map<String, Long> collections = new LinkedHashMap<>();
        ManagementFactory.getGarbageCollectorMXBeans()
                .forEach(collector -> collections.put(collector.getName(), collector.getCollectionCount()));
        families.add(MetricFamily.by(
                "collector",
                "qroar_garbage_collections_total",
                MetricFamily.Type.COUNTER,
                "Garbage collections.",
                collections));
        return families;
    }

    /** 0 where the system does not tell. */
    private static long residentBytes() {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith("VmRSS:")) {
                    return Long.parseLong(line.replaceAll("[^0-9]", "")) << 10;
                }
            }
        } catch (IOException | NumberFormatException e) {
            return 0;
        }
        return 0;
    }
}
