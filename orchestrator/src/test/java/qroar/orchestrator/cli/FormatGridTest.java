package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.tensors.WeightSource;

/** Every quantizer in every format by the command line: written, and read back as the quantizer made it, or refused in one line. */
class FormatGridTest {
    private static final Path MODEL = CommandRun.GOLDEN.resolve("checkpoints/tiny-llama-q");
    private static final List<String> FORMATS = List.of("compressed-tensors", "awq", "gptq", "gguf");

    /** Of a scale that is rounded to float16 once. */
    private static final double HALF_ROUNDING = 0x1p-11;

    @TempDir
    Path scratch;

    /** A cell is - where the format holds the codes, else words of the line that refuses them. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '"',
            value = {
                "rtn:bits=2,group=32 | - | - | - | -",
                "rtn:bits=3,group=32 | - | - | - | -",
                "rtn:bits=4,group=64 | - | - | - | -",
                "rtn:bits=5,group=32 | - | holds codes of 4 bits, not 5 | 2, 3, 4 or 8 bits, not 5 | -",
                "rtn:bits=8,group=32 | - | holds codes of 4 bits, not 8 | - | 8",
                "rtn:bits=4,group=0  | - | - | - | -",
                "rtn:bits=4,group=48 | needs whole groups | needs whole groups | - | multiples of that",
                "awq:bits=4,group=32 | - | - | - | -",
                "gptq:bits=4,group=32,sym=true | - | - | - | -",
                "gptq:bits=3,group=32,act-order=true | - | follow another order | - | order",
            })
    void aModelIsReadBackOrRefusedInOneLine(String spec, String compressed, String awq, String gptq, String gguf) {
        List<String> cells = List.of(compressed, awq, gptq, gguf);
        Path exact = scratch.resolve("float32");
        assertThat(quantize(spec, "float32", exact).code()).isZero();
        Map<String, float[]> expected = linears(exact);
        for (int i = 0; i < cells.size(); i++) {
            String format = FORMATS.get(i);
            Path out = scratch.resolve(format);
            CommandRun run = quantize(spec, format, out);
            if (!cells.get(i).equals("-")) {
                assertThat(run.code()).as(format + ": " + run.err()).isEqualTo(2);
                assertThat(run.err().lines().filter(line -> !line.startsWith("qroar: note:")))
                        .as(format)
                        .singleElement()
                        .asString()
                        .contains("--format " + format, cells.get(i));
                assertThat(out).doesNotExist();
                continue;
            }
            assertThat(run.code()).as(format + ": " + run.err()).isZero();
            boolean isGguf = format.equals("gguf");
            Path model = isGguf ? out.resolve("model.gguf") : out;
            assertThat(out.resolve("SERVING.md"))
                    .content()
                    .contains(isGguf ? "llama-server -m " + model : "vllm serve " + out);
            Map<String, float[]> found = linears(model);
            assertThat(found.keySet()).isEqualTo(expected.keySet());
            found.forEach((name, weights) -> {
                float[] exactly = Objects.requireNonNull(expected.get(name));
                double largest = largest(exactly);
                for (int j = 0; j < weights.length; j++) {
                    // The model's scales are float32. Q4_1 rounds an offset beside the scale, each at most the row's
                    // range.
                    double off = format.equals("compressed-tensors")
                            ? 0
                            : HALF_ROUNDING * (isGguf ? 4 * largest : Math.abs(exactly[j]) * (1 + HALF_ROUNDING));
                    if (!(Math.abs((double) weights[j] - exactly[j]) <= off)) {
                        fail("%s in %s: weight %d of %s is %s, not %s", spec, format, j, name, weights[j], exactly[j]);
                    }
                }
            });
        }
    }

    private static Map<String, float[]> linears(Path model) {
        Map<String, float[]> weights = new TreeMap<>();
        for (WeightSource tensor : Checkpoint.open(model).tensors()) {
            if (tensor.name().endsWith("_proj.weight")) {
                weights.put(tensor.name(), tensor.readFloat32());
            }
        }
        return weights;
    }

    private static double largest(float[] values) {
        double largest = 0;
        for (float value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        return largest;
    }

    private CommandRun quantize(String spec, String format, Path out) {
        List<Object> arguments = new ArrayList<>(List.of("quantize", "--model", MODEL, "--quantize", spec));
        arguments.addAll(List.of("--format", format, "--out", out, "--runs", scratch.resolve("runs")));
        if (spec.startsWith("awq") || spec.startsWith("gptq")) {
            arguments.addAll(List.of("--calibration-tokens", CommandRun.GOLDEN.resolve("tokens/calib_tokens.json")));
            arguments.addAll(List.of("--calibration-sequences", 4, "--calibration-length", 128));
        }
        return CommandRun.of(arguments.toArray());
    }
}
