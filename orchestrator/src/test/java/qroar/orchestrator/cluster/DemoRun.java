package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.cli.CommandRun;
import qroar.orchestrator.endtoend.Outcome;

/**
 * An experiment of a few hundred windows on the demo model, and what one process that is left alone finds. A search over the
 * grid: there a candidate that does not win changes nothing, so a test may spoil it.
 */
enum DemoRun {
    /** For runs that a test holds up itself, until it has done what it wants to. */
    BRIEF("""
            lengths: [128, 256]
            trained-window: 64
            window: 64
            rope: "yarn:factor=4,original=64"
            """),
    /** For runs that a test has to be quicker than. */
    LASTING("""
            lengths: [512, 1024]
            rope: yarn:factor=4
            """);

    private final String lengths;
    private @Nullable Outcome undisturbed;

    DemoRun(String lengths) {
        this.lengths = lengths;
    }

    /** Writes the experiment file. */
    String file(Path folder) throws IOException {
        return Files.writeString(folder.resolve("small.yaml"), """
                name: small
                model: %1$s/model
                documents:
                  search: ["%1$s/documents/search-0[0-1].txt"]
                  held-out: ["%1$s/documents/held-out-00.txt"]
                %2$s
                quantizer: "rtn:bits=3,group=64"
                bands: 3
                grid: 5
                mode: shared
                search: {strategy: coordinate}
                """.formatted(Fleet.sampleDemo(), lengths))
                .toString();
    }

    /** Computed once for all tests of this JVM. */
    synchronized Outcome undisturbed() throws IOException {
        Outcome known = undisturbed;
        if (known != null) {
            return known;
        }
        Path folder = Files.createTempDirectory("qroar-undisturbed");
        try {
            CommandRun run = CommandRun.of("run", file(folder), "--runs", folder, "--workers", "1", "--no-progress");
            assertThat(run.code()).as(run.err()).isZero();
            known = Outcome.in(folder);
            undisturbed = known;
            return known;
        } finally {
            delete(folder);
        }
    }

    Map<String, JsonNode> numbers() throws IOException {
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
