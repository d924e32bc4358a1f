package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tails that a run measures by itself, against the same numbers in its file. */
class TailsInRunsTest {
    private static final Path SAMPLES = Path.of("../experiments/samples");

    private static final String AUTO =
            "none:act-bits=6,act-clip=0.98,act-tail=auto,kv-bits=3,kv-clip=0.8,kv-tails=auto";

    @TempDir
    private Path runs = Path.of("");

    private CommandRun run(String... more) {
        List<Object> words = new ArrayList<>(List.of(
                "run",
                SAMPLES.resolve("demo.yaml"),
                "--runs",
                runs,
                "--quiet",
                "--json",
                "lengths=256",
                "held-out.lengths=256",
                "bands=2",
                "search.strategy=none",
                "documents.search=" + SAMPLES.resolve("demo/documents/search-00.txt"),
                "documents.held-out=" + SAMPLES.resolve("demo/documents/held-out-00.txt")));
        words.addAll(Arrays.asList(more));
        CommandRun ended = CommandRun.of(words.toArray());
        assertThat(ended.code()).as(ended.err()).isZero();
        return ended;
    }

    private static JsonNode study(JsonNode result) {
        assertThat(result.get("studies")).hasSize(1);
        return result.at("/studies/0");
    }

    @Test
    void whatIsFoundIsWhatTheNumbersGiveToTheBit() {
        JsonNode found = study(run("quantizer=" + AUTO).json());
        String quantizer = found.at("/settings/quantizer").asText();
        assertThat(quantizer)
                .matches(
                        "none:act-bits=6,act-clip=0.98(,act-tail=[0-9.]+)?,kv-bits=3,kv-clip=0.8,kv-tails=[0-9.]+/[0-9.]+");
        assertThat(found.get("notes").toString())
                .contains("Tails were measured on the search documents: the quantizer is " + quantizer);
        JsonNode given = study(run("quantizer=" + quantizer).json());
        assertThat(given.at("/settings/quantizer").asText()).isEqualTo(quantizer);
        assertThat(given.get("heldOut")).isNotEmpty().isEqualTo(found.get("heldOut"));
        JsonNode unwidened = study(run("quantizer=none:act-bits=6,act-clip=0.98,kv-bits=3,kv-clip=0.8")
                .json());
        assertThat(unwidened.get("heldOut")).isNotEqualTo(found.get("heldOut"));
        JsonNode again = study(run("quantizer=" + AUTO).json());
        assertThat(again.at("/settings/quantizer").asText())
                .as("of a run that is over")
                .isEqualTo(quantizer);
    }

    @Test
    void theOneTailOfActivationsIsThatOfOneBand() {
        CommandRun eval = CommandRun.of(
                "eval",
                "--model",
                SAMPLES.resolve("demo/model"),
                "--docs",
                SAMPLES.resolve("demo/documents/search-00.txt"),
                "--length",
                "64",
                "--quantize",
                "smoothquant:bits=8,act-bits=8,act-clip=0.98,act-tail=auto");
        assertThat(eval.code()).isEqualTo(2);
        assertThat(eval.err())
                .contains("act-tail=auto is measured by the studies of a run; give the numbers here, which qroar"
                        + " diagnose --bands 1 prints as TIR_W")
                .hasLineCount(1);
    }

    @Test
    void whereNothingIsMeasuredBeforehandNumbersAreAskedFor() {
        for (String order : List.of("", "kv-order=pre-rope,")) {
            CommandRun eval = CommandRun.of(
                    "eval",
                    "--model",
                    SAMPLES.resolve("demo/model"),
                    "--docs",
                    SAMPLES.resolve("demo/documents/search-00.txt"),
                    "--length",
                    "64",
                    "--quantize",
                    "none:kv-bits=4," + order + "kv-clip=0.9,kv-tails=auto");
            assertThat(eval.code()).isEqualTo(2);
            assertThat(eval.err())
                    .contains("kv-tails=auto is measured by the studies of a run; give the numbers here, which qroar"
                            + " diagnose --bands N prints as " + (order.isEmpty() ? "TIR_A" : "TIR_W"))
                    .hasLineCount(1);
        }
    }
}
