package qroar.orchestrator.app.process;

import com.sun.jna.Function;
import com.sun.jna.NativeLibrary;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The priority of this process on the processors. On Linux it belongs to each thread and is inherited by those that a
 * thread starts, so all that live are lowered; elsewhere it belongs to the process.
 */
public final class Niceness {
    private static final Logger LOG = LoggerFactory.getLogger(Niceness.class);
    private static final int OF_PROCESS = 0;
    private static final Path THREADS = Path.of("/proc/self/task");

    private Niceness() {}

    /** Never raises a priority; where the system cannot do it, one line says so and the process goes on. */
    public static void lowerTo(int nice) {
        try {
            Function set = NativeLibrary.getInstance("c").getFunction("setpriority");
            if (!Files.isDirectory(THREADS)) {
                set.invokeInt(new Object[] {OF_PROCESS, 0, nice});
                return;
            }
            try (DirectoryStream<Path> threads = Files.newDirectoryStream(THREADS)) {
                for (Path thread : threads) {
                    set.invokeInt(new Object[] {
                        OF_PROCESS, Integer.parseInt(thread.getFileName().toString()), nice
                    });
                }
            }
        } catch (IOException | LinkageError | RuntimeException e) {
            // A system without the call, or one that forbids it: the run is worth more than its priority.
            LOG.warn("--nice {} has no effect here: {}", nice, e.toString());
        }
    }
}
