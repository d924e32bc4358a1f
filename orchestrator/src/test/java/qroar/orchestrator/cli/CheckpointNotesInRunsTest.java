package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.app.run.RunExecution;

/** What was read otherwise than it may look reaches the people who start a run, and those who read its report. */
class CheckpointNotesInRunsTest {
    @TempDir
    Path scratch;

    private CommandRun run(KnownCase model, String quantizer) throws IOException {
        ids("search.json", 37);
        ids("held-out.json", 41);
        Path experiment = Files.writeString(
                scratch.resolve("small.yaml"),
                String.join(
                        "\n",
                        "name: small",
                        "model: " + model.folder().getFileName(),
                        "documents: {search: [{tokens: search.json}], held-out: [{tokens: held-out.json}]}",
                        "lengths: [64]",
                        "window: 32",
                        "rope: none",
                        "quantizer: \"" + quantizer + "\"",
                        "bands: 2",
                        "grid: 3",
                        "search: {max-passes: 1}"));
        return CommandRun.of("run", experiment, "--runs", scratch.resolve("runs"), "--no-progress", "--json");
    }

    private void ids(String name, int step) throws IOException {
        String ids = IntStream.range(0, 120)
                .map(i -> i * step % 256)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
        Files.writeString(scratch.resolve(name), "[" + ids + "]");
    }

    @Test
    void notesAreToldOnceOnStandardErrorInTheLogAndInTheReport() throws IOException {
        // Tests hear warnings only; a run's log has more.
        Logger logger = (Logger) LoggerFactory.getLogger(RunExecution.class);
        Level before = logger.getLevel();
        logger.setLevel(Level.INFO);
        CommandRun run;
        try {
            run = run(KnownCase.of("bias-false-but-stored", scratch), "rtn:bits=4,group=24");
        } finally {
            logger.setLevel(before);
        }
        assertThat(run.code()).as(run.err()).isZero();
        String bias = "bias 'model.layers.0.self_attn.q_proj.bias' and 2 more are stored";
        String ragged = "group 24 does not divide the 32 columns of 'model.layers.0.self_attn.q_proj.weight'";
        List<String> told = run.err()
                .lines()
                .filter(line -> line.startsWith("qroar: note: "))
                .toList();
        assertThat(told).hasSize(2);
        assertThat(told.get(0)).contains(bias);
        assertThat(told.get(1)).contains(ragged);
        List<String> notes = new ArrayList<>();
        for (JsonNode note : run.json().at("/run/notes")) {
            notes.add(note.textValue());
        }
        assertThat(notes).anyMatch(note -> note.contains(bias)).anyMatch(note -> note.contains(ragged));
        try (Stream<Path> files = Files.walk(scratch.resolve("runs"))) {
            Path log =
                    files.filter(file -> file.endsWith("qroar.log")).findFirst().orElseThrow();
            assertThat(Files.readString(log)).contains(bias, ragged);
        }
    }

    @Test
    void weightsThatAreNoNumbersAreRefusedBeforeThereIsARun() throws IOException {
        CommandRun run = run(KnownCase.of("nan-weights-eval", scratch), "rtn:bits=4,group=32");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines().toList())
                .singleElement()
                .asString()
                .contains("nan-weights-eval: tensor 'model.layers.0.", "NaN or infinite");
        assertThat(scratch.resolve("runs")).doesNotExist();
    }
}
