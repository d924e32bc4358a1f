package qroar.workers.golden;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Folders of files that a test copies or takes away. */
public final class FileTree {
    private FileTree() {}

    /** The files of a flat folder, in a new one. */
    public static Path copy(Path source, Path target) throws IOException {
        Files.createDirectories(target);
        try (Stream<Path> files = Files.list(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Files.copy(file, target.resolve(file.getFileName()));
            }
        }
        return target;
    }

    /** Takes all files away, in whatever folder below. */
    public static void empty(Path folder) throws IOException {
        List<Path> files;
        try (Stream<Path> inside = Files.walk(folder)) {
            files = inside.filter(Files::isRegularFile).toList();
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }
}
