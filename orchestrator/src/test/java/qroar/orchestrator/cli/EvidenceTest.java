package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** {@code eval --reference} and {@code --long-ppl}; the numbers themselves are held in the workers' tests. */
class EvidenceTest {
    private static final Path GOLDEN = CommandRun.GOLDEN;
    private static final Path TOKENS = GOLDEN.resolve("tokens/tokens_a.json");

    @Tag("numeric")
    @Test
    void aQuantizedCheckpointIsComparedWithTheOneItWasMadeOf() {
        JsonNode golden = CommandRun.json(GOLDEN.resolve("divergence/llama-q8_0.json"));
        JsonNode found = eval(
                "--model",
                GOLDEN.resolve("formats/llama-q8_0.gguf"),
                "--reference",
                GOLDEN.resolve("checkpoints/tiny-llama"),
                "--noise-floor",
                "--long-ppl",
                "--long-ppl-rule",
                "32,16,0.05,7");
        JsonNode row = found.get("results").get(1);
        JsonNode divergence = row.get("divergence");
        double mean = golden.get("mean_kl").doubleValue();
        assertThat(divergence.get("meanKld").doubleValue()).isCloseTo(mean, within(1e-5 + 1e-4 * mean));
        assertThat(divergence.get("kld99").doubleValue())
                .isCloseTo(golden.get("percentiles").get("0.99").doubleValue(), within(3e-5));
        assertThat(divergence.get("sameTop").doubleValue())
                .isCloseTo(golden.get("same_top_share").doubleValue(), within(1e-12));
        assertThat(divergence.get("rmsDeltaP").doubleValue())
                .isCloseTo(golden.get("rms_delta_p").doubleValue(), within(1e-5));
        // bfloat16 has 8 bits of significand: it moves a model more than nothing, and less than another model would.
        assertThat(row.get("noiseFloor").get("meanKld").doubleValue()).isBetween(1e-7, 0.1);
        assertThat(row.get("longPplTokens").intValue()).isPositive();
        JsonNode plain = eval("--model", GOLDEN.resolve("formats/llama-q8_0.gguf"));
        assertThat(row.get("meanNll")).isEqualTo(plain.get("results").get(1).get("meanNll"));
        assertThat(plain.get("results").get(1).has("divergence")).isFalse();
    }

    @Test
    void whatCannotBeComparedIsRefusedBeforeAModelIsLoaded() {
        Path model = GOLDEN.resolve("checkpoints/tiny-llama");
        assertRefused("--noise-floor compares a reference with itself", "--model", model, "--noise-floor");
        assertRefused("--long-ppl-rule says how", "--model", model, "--long-ppl-rule", "1,2,3,4");
        assertRefused("must be four numbers", "--model", model, "--long-ppl", "--long-ppl-rule", "1,2,3");
        assertRefused(
                "--protocol nested alone, not with sliding",
                "--model",
                model,
                "--long-ppl",
                "--protocol",
                "sliding",
                "--stride",
                "50");
    }

    private static void assertRefused(String message, Object... arguments) {
        CommandRun run = CommandRun.of(common(arguments).toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    private static JsonNode eval(Object... arguments) {
        CommandRun run = CommandRun.of(common(arguments).toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return run.json();
    }

    private static List<Object> common(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("eval", "--json", "--tokens", TOKENS, "--length", "100,200"));
        all.addAll(Arrays.asList(arguments));
        return all;
    }
}
