package qroar.orchestrator.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.export.FormatSettings;

/** What a written model's tensors are. */
public final class FormatOption {
    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = {
                "compressed-tensors, awq, gptq: the quantizer's own integers and scales; float32, float16, bfloat16:"
                        + " de-quantized weights, exact in float32 only; gguf: one file of llama.cpp, in the blocks that hold the"
                        + " integers as they are (Q4_0, Q4_1, Q8_0).",
                "Left out: compressed-tensors for 4 and 8 bits where it can hold them, the checkpoint's own for quantizer"
                        + " stored, else float32"
            })
    private @Nullable String format;

    @Option(
            names = "--dtype",
            paramLabel = "TYPE",
            description =
                    "float32, float16 or bfloat16: type of the scales of packed integers, in gguf of what is not quantized"
                            + " (left out: the format's own);"
                            + " without --format, the type of all tensors")
    private @Nullable String dtype;

    public FormatSettings settings() {
        return new FormatSettings(format, dtype);
    }
}
