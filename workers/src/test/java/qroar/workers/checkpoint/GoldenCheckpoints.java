package qroar.workers.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Checkpoints under test resources; tests run in the module's folder. */
public final class GoldenCheckpoints {
    static final Path ROOT = Path.of("src/test/resources/golden/checkpoints");

    private GoldenCheckpoints() {}

    public static Path directory(String name) {
        return ROOT.resolve(name);
    }

    static List<Path> all() throws IOException {
        try (Stream<Path> directories = Files.list(ROOT)) {
            return directories.sorted().toList();
        }
    }
}
