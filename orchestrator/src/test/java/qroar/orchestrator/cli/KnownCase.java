package qroar.orchestrator.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * One folder of {@code src/test/resources/cases}: an input from a public report, with a README that says how to run it, what
 * was seen and what is right. The folder is copied, so that a test may change it.
 *
 * @param folder the copy
 */
record KnownCase(Path folder) {
    private static final Path CASES = Path.of("src/test/resources/cases");

    static KnownCase of(String name, Path scratch) {
        Path from = CASES.resolve(name);
        Path to = scratch.resolve(name);
        try (Stream<Path> files = Files.walk(from)) {
            for (Path each : (Iterable<Path>) files::iterator) {
                Path copy = to.resolve(from.relativize(each).toString());
                if (Files.isDirectory(each)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(each, copy);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new KnownCase(to);
    }

    Path file(String name) {
        return folder.resolve(name);
    }

    /** Runs the command line in this process; words that name a file of the folder ("." is the folder) stand for its path. */
    CommandRun run(String... words) {
        Object[] resolved = new Object[words.length];
        for (int i = 0; i < words.length; i++) {
            boolean isFile = !words[i].startsWith("-") && Files.exists(folder.resolve(words[i]));
            resolved[i] = isFile ? folder.resolve(words[i]).normalize() : words[i];
        }
        return CommandRun.of(resolved);
    }
}
