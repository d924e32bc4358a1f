package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;

class StatusCommandTest {
    @TempDir
    private Path folder = Path.of("");

    private RunDirectory run(String name) {
        return RunDirectory.open(folder, RunManifest.of(name, "0123456789abcdef", Map.of("model", "m"), Instant.EPOCH));
    }

    /** A database of SQLite as far as its first bytes say. */
    private static byte[] beginning(int bytes) {
        return Arrays.copyOf("SQLite format 3\0".getBytes(StandardCharsets.US_ASCII), bytes);
    }

    @Test
    void aJournalThatWasCutIsDamagedHoweverLittleIsLeftAndHidesNoOtherRun() throws IOException {
        run("fresh");
        Files.createFile(run("begun").journal());
        RunDirectory emptied = run("emptied");
        Files.createFile(emptied.journal());
        Files.writeString(emptied.report(), "written from events");
        Files.write(run("header").journal(), beginning(50));
        Files.write(run("page").journal(), beginning(100));
        Files.writeString(run("text").journal(), "no database at all, but a text of some length ".repeat(20));

        CommandRun status = CommandRun.of("status", "--runs", folder, "--json");
        assertThat(status.code()).as(status.err()).isEqualTo(1);
        assertThat(states(status))
                .isEqualTo(Map.of(
                        "fresh", "stopped",
                        "begun", "stopped",
                        "emptied", "damaged",
                        "header", "damaged",
                        "page", "damaged",
                        "text", "damaged"));
        CommandRun checked = CommandRun.of("status", "--runs", folder, "--check", "--json");
        assertThat(checked.code()).isEqualTo(1);
        assertThat(states(checked))
                .containsEntry("begun", "sound")
                .containsEntry("emptied", "damaged")
                .containsEntry("header", "damaged");

        CommandRun one = CommandRun.of("status", emptied.path());
        assertThat(one.code()).isEqualTo(1);
        assertThat(one.err().lines()).singleElement().asString().contains("holds no event", "--cut-damaged-journal");
    }

    private static Map<String, String> states(CommandRun run) {
        Map<String, String> states = new TreeMap<>();
        for (JsonNode row : run.json()) {
            String name = row.get("run").textValue();
            states.put(name.substring(0, name.indexOf('-')), row.get("state").textValue());
        }
        return states;
    }
}
