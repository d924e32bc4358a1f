package qroar.orchestrator.console;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Whether as many files may be open at once as a process of ours needs, asked before its libraries are loaded: each jar of
 * the class path takes a handle, and a class that cannot be loaded in mid-run fails in a place of its own every time. Uses
 * nothing but the JDK.
 */
public final class FileHandles {
    /** Besides the class path: the JVM's own, journal, log, lock, documents and checkpoint. */
    private static final int BESIDES = 28;

    private static final Path LIMITS = Path.of("/proc/self/limits");

    private FileHandles() {}

    /** In one line what is wrong; null where enough may be open, or where the system does not say. */
    public static @Nullable String tooFew() {
        String classPath = System.getProperty("java.class.path", "");
        try (BufferedReader limits = Files.newBufferedReader(LIMITS, StandardCharsets.ISO_8859_1)) {
            return tooFew(limits, classPath);
        } catch (IOException notLinux) {
            return Files.exists(LIMITS) ? tooFew(0, needed(classPath)) : null;
        }
    }

    static @Nullable String tooFew(BufferedReader limits, String classPath) throws IOException {
        for (String line = limits.readLine(); line != null; line = limits.readLine()) {
            // The JVM has raised its limit to the hard one by now.
            String[] words = line.trim().split("\\s+");
            if (line.startsWith("Max open files") && words.length > 3 && words[3].matches("\\d{1,9}")) {
                return tooFew(Integer.parseInt(words[3]), needed(classPath));
            }
        }
        return null;
    }

    private static @Nullable String tooFew(int allowed, int needed) {
        return allowed >= needed
                ? null
                : "only " + (allowed == 0 ? "a few" : allowed) + " files may be open at once (ulimit -n), at least "
                        + needed + " are needed; nothing was begun";
    }

    private static int needed(String classPath) {
        int jars = 0;
        for (String entry : classPath.split(File.pathSeparator)) {
            jars += entry.endsWith(".jar") ? 1 : 0;
        }
        return jars + BESIDES;
    }
}
