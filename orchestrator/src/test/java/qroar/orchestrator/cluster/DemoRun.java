package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.endtoend.Outcome;

/**
 * An experiment of a few hundred windows on the demo model, and what one process that is left alone finds. A search over the
 * grid: there a candidate that does not win changes nothing, so a test may spoil it.
 */
final class DemoRun {
    private static @Nullable Outcome undisturbed;

    private DemoRun() {}

    /** Writes the experiment file. */
    static String file(Path folder) throws IOException {
        return Files.writeString(folder.resolve("small.yaml"), """
                name: small
                model: %1$s/model
                documents:
                  search: ["%1$s/documents/search-0[0-1].txt"]
                  held-out: ["%1$s/documents/held-out-00.txt"]
                lengths: [512, 1024]
                rope: yarn:factor=4
                quantizer: "rtn:bits=3,group=64"
                bands: 3
                grid: 5
                mode: shared
                search: {strategy: coordinate}
                """.formatted(Fleet.sampleDemo()))
                .toString();
    }

    /** Computed once for all tests of this JVM. */
    static synchronized Outcome undisturbed() throws Exception {
        Outcome known = undisturbed;
        if (known != null) {
            return known;
        }
        Path folder = Files.createTempDirectory("qroar-undisturbed");
        try (Fleet fleet = new Fleet(folder)) {
            Fleet.Member run =
                    fleet.start("run", file(folder), "--runs", folder.toString(), "--workers", "1", "--no-progress");
            assertThat(run.ended()).as(run.said()).isZero();
            known = Outcome.in(folder);
            undisturbed = known;
            return known;
        } finally {
            delete(folder);
        }
    }

    static Map<String, JsonNode> numbers() throws Exception {
        return undisturbed().numbers();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
