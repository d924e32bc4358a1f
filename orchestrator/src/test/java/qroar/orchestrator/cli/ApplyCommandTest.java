package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code qroar apply} and {@code qroar eval --scales} say the same of a model, whatever its format. */
class ApplyCommandTest {
    private static final Path FORMATS = CommandRun.GOLDEN.resolve("formats");
    private static final Path TOKENS = CommandRun.GOLDEN.resolve("tokens/tokens_short.json");
    private static final String YARN = "yarn:factor=4,original=64";

    @TempDir
    Path scratch;

    private static double loss(Object... words) {
        Object[] all = new Object[words.length + 4];
        System.arraycopy(new Object[] {"eval", "--tokens", TOKENS, "--json"}, 0, all, 0, 4);
        System.arraycopy(words, 0, all, 4, words.length);
        CommandRun run = CommandRun.of(all);
        assertThat(run.code()).as(run.err()).isZero();
        return run.json().at("/results/0/meanNll").doubleValue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"awq-qwen2", "gptq-llama", "ct-qwen3"})
    void theRescaledCheckpointNeedsNoScalesAndNoRope(String name) {
        Path model = FORMATS.resolve(name);
        Path out = scratch.resolve("out");
        CommandRun run =
                CommandRun.of("apply", "--model", model, "--scales", "2,0.5,1", "--rope", YARN, "--out", out, "--json");
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().get("largestRounding").doubleValue()).isLessThan(0x1p-11);
        assertThat(run.json().get("storedQuantization").textValue()).contains("bits=");
        assertThat(loss("--model", out))
                .isCloseTo(loss("--model", model, "--scales", "2,0.5,1", "--rope", YARN), within(1e-6));
    }

    @Test
    void aGgufFileIsRescaledAndItsReaderTold() {
        Path model = FORMATS.resolve("llama-q8_0.gguf");
        Path out = scratch.resolve("out");
        CommandRun run = CommandRun.of("apply", "--model", model, "--scales", "2,0.5", "--rope", YARN, "--out", out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("(gguf:Q8_0) multiplied", "the largest relative rounding is 0.0e+00");
        assertThat(run.err()).contains("note: a GGUF file's metadata stay as they are: give its reader " + YARN);
        assertThat(loss("--model", out.resolve("llama-q8_0.gguf"), "--rope", YARN))
                .isCloseTo(loss("--model", model, "--scales", "2,0.5", "--rope", YARN), within(1e-6));
    }

    @Test
    void whatCannotBeAppliedIsRefused() {
        Path model = FORMATS.resolve("gptq-llama");
        CommandRun none = CommandRun.of("apply", "--model", model, "--out", scratch.resolve("a"));
        assertThat(none.code()).isEqualTo(2);
        assertThat(none.err()).contains("--scales is missing");
        CommandRun used = CommandRun.of("apply", "--model", model, "--scales", "1.1", "--out", scratch);
        assertThat(used.code()).isZero();
        CommandRun again = CommandRun.of("apply", "--model", model, "--scales", "1.1", "--out", scratch);
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.err()).contains("is there already");
    }
}
