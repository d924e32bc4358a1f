package qroar.orchestrator.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.console.Notes;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.StoredQuantization;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.tensors.Dtype;

/** What a written model's tensors are. */
public final class FormatOption {
    private static final String DEFAULT_PACKED = "compressed-tensors";

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

    /**
     * @param quantization what the quantizer does; none where the checkpoint's own codes are written
     * @throws BadInput when a word is unknown, or two contradict each other
     */
    public ExportFormat of(Checkpoint checkpoint, WeightQuantization quantization, Notes notes) {
        Dtype type = dtype == null ? null : Dtype.ofTorchName(dtype);
        if (dtype != null && type == null) {
            throw new BadInput("--dtype '" + dtype + "' is unknown; use float32, float16 or bfloat16");
        }
        if (format != null) {
            ExportFormat asked = ExportFormat.of(format, type);
            if (type != null && asked instanceof ExportFormat.Plain plain && plain.dtype() != type) {
                throw new BadInput("--format " + format + " and --dtype " + dtype + " contradict each other");
            }
            return asked;
        }
        if (type != null) {
            return new ExportFormat.Plain(type);
        }
        ExportFormat own = quantization instanceof StoredQuantization ? stored(checkpoint) : null;
        if (own != null) {
            return own;
        }
        ExportFormat packed = ExportFormat.of(DEFAULT_PACKED, null);
        ExportFormat exact = new ExportFormat.Plain(Dtype.F32);
        int bits = quantization.bits();
        if (bits != 4 && bits != 8) {
            return exact;
        }
        try {
            QuantizedExport.require(checkpoint, quantization, packed);
            return packed;
        } catch (BadInput cannot) {
            notes.tell("written in float32, since " + cannot.getMessage());
            return exact;
        }
    }

    /** The format that the checkpoint has; null for one that is no format of integers on grids. */
    private static @Nullable ExportFormat stored(Checkpoint checkpoint) {
        String encoding = String.valueOf(checkpoint.encoding()).replaceFirst("(_v2)?:.*", "");
        ExportFormat own = ExportFormat.words().contains(encoding) ? ExportFormat.of(encoding, null) : null;
        return own instanceof ExportFormat.Packed ? own : null;
    }
}
