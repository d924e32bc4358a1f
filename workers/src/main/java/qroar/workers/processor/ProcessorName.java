package qroar.workers.processor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** What a processor is called. Virtual machines like to say no more than the maker, so the numbers go with it. */
public final class ProcessorName {
    private static final Path CPU_INFO = Path.of("/proc/cpuinfo");

    private ProcessorName() {}

    /** Of this machine; the architecture alone where the system does not tell. */
    public static String here() {
        return of(cpuInfo(), System.getProperty("os.arch"));
    }

    /** What the system says of its processors; empty where it says nothing. */
    static String cpuInfo() {
        try {
            return Files.isReadable(CPU_INFO) ? Files.readString(CPU_INFO, StandardCharsets.ISO_8859_1) : "";
        } catch (IOException e) {
            return "";
        }
    }

    /** @param cpuInfo content of {@code /proc/cpuinfo}; its first processor counts */
    static String of(String cpuInfo, String architecture) {
        Map<String, String> first = new HashMap<>();
        cpuInfo.lines().takeWhile(line -> !line.isBlank()).forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                first.put(line.substring(0, colon).strip(), printable(line.substring(colon + 1)));
            }
        });
        String name = first.get("model name");
        if (name != null && first.containsKey("cpu family")) {
            return name + " (family " + first.get("cpu family") + ", model " + first.get("model") + ")";
        }
        if (first.containsKey("CPU part")) {
            return architecture + " (implementer " + first.get("CPU implementer") + ", part " + first.get("CPU part")
                    + ")";
        }
        return name == null || name.isEmpty() ? architecture : name;
    }

    private static String printable(String value) {
        return value.replaceAll("[^ -~]", "").strip().replaceAll(" +", " ");
    }
}
