package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Every library has its line in the list of licences, or the build of a release would end. */
class ReleaseLicencesTest {
    private static final Path LICENSES = Path.of("src/release/licenses");
    /** What tests alone need, by the folder of its group; no release has it. */
    private static final List<String> ONLY_IN_TESTS = List.of(
            "/org/junit/",
            "/org/assertj/",
            "/net/bytebuddy/",
            "/org/opentest4j/",
            "/org/apiguardian/",
            "/com/tngtech/",
            "testkit");

    @Test
    void everyLibraryHasALineAndEveryLineItsText() throws IOException {
        List<PathMatcher> known = new ArrayList<>();
        for (String line : Files.readAllLines(LICENSES.resolve("jars.tsv"))) {
            if (line.startsWith("#")) {
                continue;
            }
            List<String> words = Arrays.asList(line.split("\t", -1));
            assertThat(words).as(line).hasSize(3);
            known.add(FileSystems.getDefault().getPathMatcher("glob:" + words.get(0)));
            if (words.get(2).endsWith(".txt")) {
                assertThat(LICENSES.resolve(words.get(2))).as(line).isNotEmptyFile();
            }
        }
        List<Path> libraries = Arrays.stream(
                        System.getProperty("java.class.path").split(java.io.File.pathSeparator))
                .filter(place ->
                        place.endsWith(".jar") && ONLY_IN_TESTS.stream().noneMatch(place::contains))
                .map(place -> Path.of(place).getFileName().toString())
                .map(name -> Path.of(name.replaceFirst("(_2\\.13)?-[0-9][^/]*$", "")))
                .toList();
        assertThat(libraries).hasSizeGreaterThan(40);
        assertThat(libraries)
                .as("lines of %s", LICENSES.resolve("jars.tsv"))
                .allMatch(library -> known.stream().anyMatch(line -> line.matches(library)));
    }
}
