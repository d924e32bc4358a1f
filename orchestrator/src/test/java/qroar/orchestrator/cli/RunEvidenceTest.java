package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a run says beside the unquantized model is what {@code eval --reference} says, which is held to transformers. */
@Tag("numeric")
class RunEvidenceTest {
    /** Between passes in other chunks, in nats of a token; the largest seen is 1.2e-5 (docs/machines.md). */
    private static final double FLOAT32 = 2e-5;

    /** The same where hidden states have 16 bits. */
    private static final double BFLOAT16 = 2e-3;

    private static final Path SAMPLES =
            Path.of("../experiments/samples").toAbsolutePath().normalize();

    @TempDir
    Path folder;

    @Test
    void aRunMeasuresWhatEvalMeasures() throws IOException {
        Path experiment = folder.resolve("evidence.yaml");
        Files.writeString(experiment, """
                name: evidence
                model: %1$s/demo/model
                documents: {search: "%1$s/demo/documents/search-00.txt", held-out: "%1$s/demo/documents/held-out-0[0-1].txt"}
                lengths: [96, 160]
                rope: "yarn:factor=4"
                quantizer: "rtn:bits=2,group=32"
                search: {strategy: none}
                held-out: {lengths: [96, 160], divergence: noise-floor, long-ppl: {context: 48, stride: 16, gain: 0.5, loss: 3}}
                """.formatted(SAMPLES));
        Path runs = folder.resolve("runs");
        CommandRun run = CommandRun.of("run", experiment, "--runs", runs, "--no-progress", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        Path directory;
        try (Stream<Path> all = Files.list(runs)) {
            directory = all.filter(each -> Files.exists(each.resolve("result.json")))
                    .findFirst()
                    .orElseThrow();
        }
        JsonNode heldOut = CommandRun.json(directory.resolve("result.json")).at("/studies/0/heldOut");
        List<Object> eval = new ArrayList<>(List.of("eval", "--json", "--model", SAMPLES.resolve("demo/model")));
        for (int document = 0; document < 2; document++) {
            eval.addAll(List.of("--docs", SAMPLES.resolve("demo/documents/held-out-0" + document + ".txt")));
        }
        eval.addAll(List.of("--rope", "yarn:factor=4", "--quantize", "rtn:bits=2,group=32", "--length", "96,160"));
        eval.addAll(List.of("--reference", SAMPLES.resolve("demo/model"), "--noise-floor"));
        eval.addAll(List.of("--long-ppl", "--long-ppl-rule", "48,16,0.5,3"));
        CommandRun alone = CommandRun.of(eval.toArray());
        assertThat(alone.code()).as(alone.err()).isZero();
        for (int length = 0; length < 2; length++) {
            JsonNode expected = alone.json().at("/results/" + length);
            int tokens = length == 0 ? 96 : 160;
            assertSame(row(heldOut.get("divergence"), "baseline", tokens), expected.get("divergence"), FLOAT32);
            assertSame(row(heldOut.get("divergence"), "noise-floor", tokens), expected.get("noiseFloor"), BFLOAT16);
            JsonNode longPpl = row(heldOut.get("longPpl"), "baseline", tokens);
            assertThat(longPpl.get("keyTokens").asLong())
                    .isEqualTo(expected.get("longPplTokens").asLong())
                    .isPositive();
            assertThat(longPpl.get("perplexity").asDouble())
                    .isCloseTo(
                            expected.get("longPpl").asDouble(),
                            within(FLOAT32 * expected.get("longPpl").asDouble()));
        }
        assertThat(row(heldOut.get("divergence"), "baseline", 160)
                        .get("meanKldLow")
                        .isNumber())
                .isTrue();
        assertThat(Files.readString(directory.resolve("report.html")))
                .contains("KL divergence of next-token distributions from the reference", "noise-floor", "LongPPL");
        assertThat(CommandRun.of("report", directory, "--out", folder.resolve("again.html"))
                        .code())
                .isZero();
        assertThat(Files.readString(folder.resolve("again.html"))).contains("LongPPL");
    }

    private static JsonNode row(JsonNode rows, String model, int length) {
        for (JsonNode row : rows) {
            if (row.get("model").asText().equals(model)
                    && row.get("lengthTokens").asInt() == length) {
                return row;
            }
        }
        throw new AssertionError("no row of " + model + " at " + length + " in " + rows);
    }

    /**
     * Percentiles of the run come out of a histogram. Its other chunks round other last digits: where log-probabilities move by
     * delta, a KL divergence of d moves by sqrt(2 d) delta, and a probability by less than delta.
     */
    private static void assertSame(JsonNode found, JsonNode expected, double delta) {
        assertThat(found.get("tokens").asLong())
                .isEqualTo(expected.get("tokens").asLong());
        for (String key : List.of("meanKld", "maxKld")) {
            double value = expected.get(key).asDouble();
            assertThat(found.get(key).asDouble())
                    .as(key)
                    .isCloseTo(value, within(delta * delta + delta * Math.sqrt(2 * value)));
        }
        for (String key : List.of("meanDeltaP", "rmsDeltaP")) {
            assertThat(found.get(key).asDouble())
                    .as(key)
                    .isCloseTo(expected.get(key).asDouble(), within(delta));
        }
        // Two tokens may be as likely as each other in 16 bits.
        double ties = delta == BFLOAT16 ? 2.0 / found.get("tokens").asLong() : 0;
        assertThat(found.get("sameTop").asDouble())
                .as("sameTop")
                .isCloseTo(expected.get("sameTop").asDouble(), within(ties + 1e-9));
        for (String key : List.of("medianKld", "kld90")) {
            double value = expected.get(key).asDouble();
            // Between neighbours eval interpolates, and a histogram takes the upper one.
            assertThat(found.get(key).asDouble()).as(key).isCloseTo(value, within(0.1 * value));
        }
    }
}
