package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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
        assertThat(run.json().get("commands")).hasSize(4);
        String serving =
                "vllm serve " + out + " --max-model-len 256" + (name.startsWith("ct") ? "" : " --dtype float16");
        assertThat(out.resolve("SERVING.md")).content().contains(serving + "\n");
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
        String command = "llama-server -m " + out.resolve("llama-q8_0.gguf")
                + " -c 256 --rope-scaling yarn --rope-scale 4 --yarn-orig-ctx 64 --yarn-beta-fast 32 --yarn-beta-slow 1\n";
        assertThat(run.out()).contains(command);
        assertThat(out.resolve("SERVING.md")).content().contains(command);
    }

    /** llama.cpp computes YaRN's usual attention factor, whatever the spec's own is. */
    @Test
    void anAttentionFactorOfItsOwnGoesIntoTheRowsOfAGgufFile() {
        Path model = FORMATS.resolve("llama-q8_0.gguf");
        Path out = scratch.resolve("out");
        String own = YARN + ",attention-factor=2.277258872223978";
        CommandRun run = CommandRun.of("apply", "--model", model, "--scales", "2,0.5", "--rope", own, "--out", out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.err()).contains("give its reader " + YARN + "\n");
        assertThat(loss("--model", out.resolve("llama-q8_0.gguf"), "--rope", YARN))
                .isCloseTo(loss("--model", model, "--scales", "2,0.5", "--rope", own), within(1e-5));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "llama-q8_0.gguf ntk:alpha=2 --rope-freq-base",
                "llama-q8_0.gguf linear:factor=2 --rope-scaling_linear_--rope-scale_2",
                "llama-q8_0.gguf dynamic:factor=2 has_no_flags_that_make",
                "ct-qwen3 dynamic:factor=2 has_no_flags_that_make",
                "llama-q8_0.gguf yarn:factor=4,original=64,truncate=false has_no_flags_that_make",
                "llama3-f16.gguf yarn:factor=4,original=64 has_no_flags_that_make",
            })
    void whatLlamaCppHasNoFlagsForIsSaid(String name, String rope, String words) {
        Path out = scratch.resolve("out");
        CommandRun run = CommandRun.of(
                "apply", "--model", FORMATS.resolve(name), "--scales", "1.1", "--rope", rope, "--out", out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(out.resolve("SERVING.md")).content().contains(words.replace('_', ' '));
    }

    /** What lies beside an exported model was said of the model as it was. */
    @Test
    void notesOfTheOldModelStayBehind() throws IOException {
        Path model = Files.createDirectory(scratch.resolve("model"));
        try (Stream<Path> files = Files.list(FORMATS.resolve("ct-qwen3"))) {
            for (Path file : files.toList()) {
                Files.copy(file, model.resolve(file.getFileName()));
            }
        }
        Files.writeString(model.resolve("SERVING.md"), "vllm serve /elsewhere");
        Files.writeString(model.resolve("qroar-export.json"), "{}");
        Path out = scratch.resolve("out");
        CommandRun run = CommandRun.of("apply", "--model", model, "--scales", "1.1", "--out", out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(out.resolve("SERVING.md")).content().contains(out.toString()).doesNotContain("/elsewhere");
        assertThat(out.resolve("qroar-export.json")).doesNotExist();
        assertThat(model.resolve("SERVING.md")).hasContent("vllm serve /elsewhere");
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
