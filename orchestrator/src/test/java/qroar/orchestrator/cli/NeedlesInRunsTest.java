package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.endtoend.SmallExperiment;

/** A run asks its studies' models for needles by trials; the command asks one model by itself, and they agree. */
class NeedlesInRunsTest {
    private static final Path MODEL =
            Path.of("../experiments/samples/demo/model").toAbsolutePath();

    /** Nats per token, of readings in other chunks. */
    private static final double LOSS = 1e-4;

    @TempDir
    Path folder;

    @Tag("numeric")
    @Test
    void aRunFindsWhatTheCommandFinds() throws IOException {
        String experiment = new SmallExperiment(folder)
                .with("quantizer", "\"rtn:bits=3,group=64\"")
                .with("search", "{strategy: none}")
                .with("tasks", "[{task: passkey, lengths: [150, 250], depths: [0, 100], samples: 2, seed: 9}]")
                .file();
        CommandRun run = CommandRun.of("run", experiment, "--runs", folder.resolve("runs"), "--no-progress", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode scores = run.json().get("studies").get(0).get("tasks");
        assertThat(scores).hasSize(4);
        assertThat(scores.get(0).get("variant").textValue()).isEqualTo("baseline");
        assertThat(scores.get(0).get("needles").get("beyond").isNull()).isTrue();
        assertThat(scores.get(1)
                        .get("needles")
                        .get("beyond")
                        .get("nll")
                        .get("mean")
                        .doubleValue())
                .as("scales of 1")
                .isZero();
        compare(scores.get(0), "rtn:bits=3,group=64");
        compare(scores.get(2), "none");
        try (Stream<Path> directories = Files.list(folder.resolve("runs"))) {
            Path directory = directories
                    .filter(path -> Files.exists(path.resolve("report.html")))
                    .findFirst()
                    .orElseThrow();
            assertThat(Files.readString(directory.resolve("report.html")))
                    .contains("passkey: loss per token of the right answer")
                    .contains("2 questions a cell, seed 9");
        }
    }

    /** The objective's J from what the command says of the same questions, and of perplexity beside them. */
    @Test
    void whatIsSearchedAndJudgedIsWhatTheCommandFindsOfEitherSeed() throws IOException {
        String experiment = new SmallExperiment(folder)
                .with("quantizer", "\"rtn:bits=3,group=64\"")
                .with("objective", "[perplexity, needle, \"mixture:needles=0.25\"]")
                .with(
                        "needles",
                        "{task: passkey, lengths: [150, 250], depths: [0, 100], samples: 2, seed: 9,"
                                + " held-out-seed: 8}")
                .file();
        CommandRun run = CommandRun.of("run", experiment, "--runs", folder.resolve("runs"), "--no-progress", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode perplexity = run.json().get("studies").get(0).get("objective");
        JsonNode needle = run.json().get("studies").get(1).get("objective");
        JsonNode mixture = run.json().get("studies").get(2).get("objective");
        double searched = alone("rtn:bits=3,group=64", 9).get("all").get("nll").doubleValue();
        double heldOut = alone("rtn:bits=3,group=64", 8).get("all").get("nll").doubleValue();
        assertThat(perplexity.has("sought")).isFalse();
        assertThat(needle.get("sought").textValue()).isEqualTo("needle");
        assertThat(mixture.get("sought").textValue()).isEqualTo("mixture:needles=0.25");
        assertThat(Math.log(needle.get("searchBefore").doubleValue())).isCloseTo(searched, within(LOSS));
        assertThat(Math.log(needle.get("heldOutBefore").doubleValue())).isCloseTo(heldOut, within(LOSS));
        assertThat(needle.get("heldOutAnswerNllBefore").doubleValue()).isCloseTo(heldOut, within(LOSS));
        assertThat(Math.log(mixture.get("searchBefore").doubleValue()))
                .isCloseTo(
                        0.25 * searched
                                + 0.75 * Math.log(perplexity.get("searchBefore").doubleValue()),
                        within(LOSS));
        assertThat(Math.log(mixture.get("heldOutBefore").doubleValue()))
                .isCloseTo(
                        0.25 * heldOut
                                + 0.75
                                        * Math.log(
                                                perplexity.get("heldOutBefore").doubleValue()),
                        within(LOSS));
        // Perplexity of held-out documents is told whatever was sought, and every study is put to the questions.
        JsonNode studies = run.json().get("studies");
        assertThat(studies.get(1).get("lengths").get(0).get("baseline"))
                .isEqualTo(studies.get(0).get("lengths").get(0).get("baseline"));
        assertThat(studies.get(0).get("tasks")).hasSize(4);
        assertThat(studies.get(1).get("attribution").textValue()).contains("held-out questions", "J of needles");
    }

    @Test
    void aQuestionThatFitsNoLengthIsRefusedByThePlanAndTheRun() throws IOException {
        String experiment = new SmallExperiment(folder)
                .with("objective", "needle")
                .with("needles", "{task: vt, lengths: [100]}")
                .file();
        for (String command : List.of("plan", "run")) {
            CommandRun refused = CommandRun.of(command, experiment);
            assertThat(refused.code()).isEqualTo(2);
            assertThat(refused.err())
                    .contains("key 'needles': task 'vt': takes ")
                    .contains("length 100");
        }
    }

    @Test
    void theBenchOfASearchForPerplexityRefusesAnother() throws IOException {
        String experiment = new SmallExperiment(folder)
                .with("objective", "needle")
                .with("needles", "{task: passkey, lengths: [150], depths: [0, 100], samples: 2}")
                .file();
        CommandRun refused = CommandRun.of("bench", "search", experiment);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("its objective is needle").contains("knows perplexity alone");
    }

    private static JsonNode alone(String quantize, int seed) {
        CommandRun alone = CommandRun.of(
                "needles",
                "--model",
                MODEL,
                "--rope",
                "yarn:factor=4,original=64",
                "--quantize",
                quantize,
                "--task",
                "passkey",
                "--length",
                "150,250",
                "--depth",
                "0,100",
                "--samples",
                "2",
                "--seed",
                String.valueOf(seed),
                "--json");
        assertThat(alone.code()).as(alone.err()).isZero();
        return alone.json().get("results").get(0);
    }

    private static void compare(JsonNode score, String quantize) {
        JsonNode expected = alone(quantize, 9);
        JsonNode cells = score.get("needles").get("cells");
        assertThat(cells).hasSize(4);
        for (int i = 0; i < 4; i++) {
            JsonNode cell = expected.get("cells").get(i);
            assertThat(cells.get(i).get("lengthTokens")).isEqualTo(cell.get("length"));
            assertThat(cells.get(i).get("nll").doubleValue())
                    .isCloseTo(cell.get("nll").doubleValue(), within(LOSS));
            assertThat(cells.get(i).get("exactMatch").doubleValue())
                    .isEqualTo(cell.get("exactMatch").doubleValue());
        }
        assertThat(score.get("questions").intValue()).isEqualTo(8);
        assertThat(score.get("needles").get("nll").doubleValue())
                .isCloseTo(expected.get("all").get("nll").doubleValue(), within(LOSS));
    }
}
