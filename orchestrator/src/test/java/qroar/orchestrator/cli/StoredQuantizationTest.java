package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A checkpoint's own quantization in an experiment, with and without the checkpoint that it was made from. */
class StoredQuantizationTest {
    private static final Path AWQ =
            Path.of("../workers/src/test/resources/golden/formats/awq-qwen2").toAbsolutePath();
    private static final Path ORIGINAL = CommandRun.GOLDEN.resolve("checkpoints/tiny-qwen2");

    @TempDir
    Path scratch;

    private CommandRun run(String name, Path model, String... more) throws IOException {
        Random random = new Random(7);
        for (String file : new String[] {"a", "b", "c", "d"}) {
            String ids = IntStream.range(0, 128)
                    .mapToObj(i -> String.valueOf(random.nextInt(250)))
                    .collect(Collectors.joining(",", "[", "]"));
            Files.writeString(scratch.resolve(file + ".json"), ids);
        }
        Path experiment = Files.writeString(
                scratch.resolve(name + ".yaml"),
                String.join(
                                "\n",
                                "name: " + name,
                                "model: " + model.toAbsolutePath(),
                                "documents:",
                                "  search: [{tokens: a.json}, {tokens: b.json}]",
                                "  held-out: [{tokens: c.json}, {tokens: d.json}]",
                                "lengths: [64, 128]",
                                "window: 32",
                                "trained-window: 64",
                                "rope: \"yarn:factor=4,original=64\"",
                                "bands: 1",
                                "grid: 3",
                                String.join("\n", more))
                        + "\n");
        return CommandRun.of("run", experiment, "--runs", scratch.resolve("runs"), "--json", "--no-progress");
    }

    @Tag("numeric")
    @Test
    void theControlIsTheCheckpointThatTheFileNames() throws IOException {
        CommandRun run = run(
                "both", AWQ, "quantizer: stored", "control: " + ORIGINAL.toAbsolutePath(), "search: {strategy: none}");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode length = run.json().at("/studies/0/lengths/1");
        CommandRun plain = run("plain", ORIGINAL, "quantizer: none", "search: {strategy: none}");
        assertThat(plain.code()).as(plain.err()).isZero();
        assertThat(length.get("unquantized").doubleValue())
                .as("perplexity of the other checkpoint")
                .isEqualTo(plain.json().at("/studies/0/lengths/1/baseline").doubleValue())
                .isNotEqualTo(length.get("baseline").doubleValue());
    }

    /** Whatever is a model of other commands is one of an experiment. */
    @Tag("numeric")
    @Test
    void aGgufFileIsTheModelAsItCame() throws IOException {
        Path file = AWQ.resolveSibling("qwen2-q4_1.gguf");
        CommandRun run = run("gguf", file, "quantizer: stored", "control: " + ORIGINAL.toAbsolutePath());
        assertThat(run.code()).as(run.err()).isZero();
        CommandRun plan = CommandRun.of("plan", scratch.resolve("gguf.yaml"));
        assertThat(plan.code()).as(plan.err()).isZero();
        assertThat(plan.out() + plan.err()).doesNotContain("attribution is not possible");
        try (Stream<Path> runs = Files.list(scratch.resolve("runs"))) {
            Path result = runs.filter(each -> each.getFileName().toString().startsWith("gguf-"))
                    .findFirst()
                    .orElseThrow()
                    .resolve("result.json");
            assertThat(result).content().contains("\"formats/qwen2-q4_1.gguf\"");
        }
        double nats = 0;
        for (String document : new String[] {"c.json", "d.json"}) {
            CommandRun eval = CommandRun.of(
                    "eval",
                    "--model",
                    file,
                    "--tokens",
                    scratch.resolve(document),
                    "--rope",
                    "yarn:factor=4,original=64",
                    "--json");
            assertThat(eval.code()).as(eval.err()).isZero();
            nats += eval.json().at("/results/0/meanNll").doubleValue() / 2;
        }
        assertThat(Math.log(run.json().at("/studies/0/lengths/1/baseline").doubleValue()))
                .isCloseTo(nats, within(1e-5));
    }

    @Test
    void withoutAControlNothingIsAttributed() throws IOException {
        CommandRun run = run("alone", AWQ, "quantizer: stored");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode study = run.json().at("/studies/0");
        assertThat(study.get("attribution").textValue())
                .contains("attribution is not possible, since no unquantized checkpoint is named");
        assertThat(study.at("/objective/heldOutGain/nats").isNumber()).isTrue();
        assertThat(study.at("/objective/heldOutControlGain").isNull()).isTrue();
        assertThat(study.at("/lengths/1/control").isNull()).isTrue();
        assertThat(run.out()).doesNotContain("NaN");
        applyWhatWasFound(study.get("id").textValue());
    }

    /** The checkpoint's own weights are those of the search, whatever word names them. */
    private void applyWhatWasFound(String study) throws IOException {
        Path sidecar;
        try (Stream<Path> files = Files.walk(scratch.resolve("runs"))) {
            sidecar = files.filter(file -> file.endsWith(Path.of("scales", study + ".json")))
                    .findFirst()
                    .orElseThrow();
        }
        Path out = scratch.resolve("tuned");
        CommandRun applied = CommandRun.of(
                "apply",
                "--model",
                AWQ,
                "--scales",
                sidecar,
                "--rope",
                "yarn:factor=4,original=64",
                "--out",
                out,
                "--json");
        assertThat(applied.code()).as(applied.err()).isZero();
        assertThat(applied.json().get("storedQuantization").textValue()).isEqualTo("awq:bits=4,group=32");
    }

    @Test
    void whatCannotBeMeantIsRefused() throws IOException {
        assertRefused(
                run("plain-stored", ORIGINAL, "quantizer: stored"), "holds no quantized weights; quantizer 'stored'");
        assertRefused(
                run("plain-control", ORIGINAL, "quantizer: none", "control: " + ORIGINAL.toAbsolutePath()),
                "is of use with quantizer 'stored' only");
        assertRefused(
                run("same", AWQ, "quantizer: stored", "control: " + AWQ),
                "a control is the model without quantization");
        assertRefused(
                run(
                        "other",
                        AWQ,
                        "quantizer: stored",
                        "control: "
                                + CommandRun.GOLDEN
                                        .resolve("checkpoints/tiny-llama-trained")
                                        .toAbsolutePath()),
                "is not the model of");
    }

    private static void assertRefused(CommandRun run, String words) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err().lines().toList()).as(run.err()).hasSize(1);
        assertThat(run.err()).contains(words);
    }
}
