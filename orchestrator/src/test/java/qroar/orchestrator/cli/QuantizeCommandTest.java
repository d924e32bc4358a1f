package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuantizeCommandTest {
    private static final Path MODEL = CommandRun.GOLDEN.resolve("checkpoints/tiny-llama-q");
    private static final Path TOKENS = CommandRun.GOLDEN.resolve("tokens/tokens_short.json");

    @TempDir
    Path scratch;

    @Tag("numeric")
    @Test
    void theWrittenModelHasTheLossOfTheQuantizedOne() {
        int compared = 0;
        for (String spec : List.of("rtn:bits=4,group=32", "gptq:bits=3,group=32,act-order=true")) {
            List<String> calibration = List.of(
                    "--calibration-tokens",
                    CommandRun.GOLDEN.resolve("tokens/calib_tokens.json").toString(),
                    "--calibration-sequences",
                    "4",
                    "--calibration-length",
                    "128");
            Path out = scratch.resolve("out" + compared);
            List<Object> arguments = new ArrayList<>(List.of("quantize", "--json", "--model", MODEL));
            arguments.addAll(List.of("--quantize", spec, "--out", out, "--runs", scratch.resolve("of-quantize")));
            arguments.addAll(calibration);
            CommandRun run = CommandRun.of(arguments.toArray());
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.json().get("digest").textValue()).hasSize(64);
            String format = spec.contains("bits=4") ? "compressed-tensors" : "float32";
            assertThat(run.json().get("format").textValue()).isEqualTo(format);
            assertThat(run.json().get("largestRounding").doubleValue()).isZero();
            // A folder of this test's: models that are kept may come from a process with other kernels.
            List<Object> onTheFly = new ArrayList<>(List.of("--quantize", spec, "--runs", scratch.resolve("runs")));
            onTheFly.addAll(calibration);
            double written = loss(out, List.of());
            assertThat(written).isCloseTo(loss(MODEL, onTheFly), within(1e-6));
            assertThat(written).isNotCloseTo(loss(MODEL, List.of()), within(1e-4));
            compared++;
        }
    }

    @Test
    void aFormatThatCannotHoldTheCodesIsRefusedAndADefaultThatCannotIsLeft() {
        assertRefused(
                "--format awq holds codes of 4 bits, not 8",
                "--quantize",
                "rtn:bits=8,group=32",
                "--format",
                "awq",
                "--out",
                scratch.resolve("new"));
        assertRefused(
                "contradict each other",
                "--quantize",
                "rtn:bits=8,group=32",
                "--format",
                "float16",
                "--dtype",
                "float32",
                "--out",
                scratch.resolve("new"));
        CommandRun ragged = CommandRun.of(
                "quantize", "--model", MODEL, "--quantize", "rtn:bits=4,group=48", "--out", scratch.resolve("ragged"));
        assertThat(ragged.code()).as(ragged.err()).isZero();
        assertThat(ragged.err()).contains("written in float32, since --format compressed-tensors needs whole groups");
        CommandRun awq = CommandRun.of(
                "quantize",
                "--model",
                MODEL,
                "--quantize",
                "rtn:bits=4,group=32",
                "--format",
                "awq",
                "--out",
                scratch.resolve("awq"));
        assertThat(awq.out()).contains("(awq, largest relative rounding of a scale ");
    }

    private static double loss(Path model, List<Object> more) {
        List<Object> arguments = new ArrayList<>(List.of("eval", "--json", "--model", model, "--tokens", TOKENS));
        arguments.addAll(more);
        CommandRun run = CommandRun.of(arguments.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return run.json().get("results").get(0).get("meanNll").doubleValue();
    }

    @Tag("numeric")
    @Test
    void weightsAsTheyAreMoveToAnotherFormat() {
        Path out = scratch.resolve("plain");
        CommandRun run = CommandRun.of(
                "quantize",
                "--model",
                MODEL,
                "--quantize",
                "none",
                "--format",
                "gguf",
                "--dtype",
                "float32",
                "--out",
                out);
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out()).contains("(gguf, to the bit, ");
        assertThat(loss(out.resolve("model.gguf"), List.of())).isEqualTo(loss(MODEL, List.of()));
    }

    @Test
    void whatCannotBeWrittenIsRefused() {
        Path out = scratch.resolve("new");
        assertRefused("act-bits and kv-bits act while", "--quantize", "rtn:bits=4,group=32,act-bits=4", "--out", out);
        assertRefused(
                "quantized and calibrated in float32",
                "--quantize",
                "rtn:bits=4,group=32",
                "--precision",
                "bfloat16",
                "--out",
                out);
        assertRefused("leaves nothing to write; to write the same", "--quantize", "none", "--out", out);
        assertRefused("awq", "--quantize", "none", "--format", "awq", "--out", out);
        assertRefused("--dtype 'int4'", "--quantize", "rtn:bits=4,group=32", "--dtype", "int4", "--out", out);
        assertRefused("awq needs texts", "--quantize", "awq:bits=4,group=32", "--out", out);
        assertRefused("is there already", "--quantize", "rtn:bits=4,group=32", "--out", MODEL);
        assertThat(out).doesNotExist();
    }

    private static void assertRefused(String words, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("quantize", "--model", MODEL));
        all.addAll(Arrays.asList(arguments));
        CommandRun run = CommandRun.of(all.toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err().lines().toList()).as(run.err()).hasSize(1);
        assertThat(run.err()).contains(words);
    }
}
