package qroar.orchestrator.app.export;

import org.jspecify.annotations.Nullable;
import qroar.orchestrator.console.Notes;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.StoredQuantization;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.ExportFormat;
import qroar.workers.export.QuantizedExport;
import qroar.workers.tensors.Dtype;

/**
 * What a written model's tensors are; words as a person gave them.
 *
 * @param format null for what fits checkpoint and quantizer
 * @param dtype of the scales of packed integers, without a format of all tensors; null for the format's own
 */
public record FormatSettings(
        @Nullable String format, @Nullable String dtype) {
    private static final String DEFAULT_PACKED = "compressed-tensors";

    /** Whether nothing was asked for. */
    boolean isUnsaid() {
        return format == null && dtype == null;
    }

    /**
     * The format, known to hold the model where nobody asked for it.
     *
     * @param quantization what the quantizer does; none where the checkpoint's own codes are written
     * @param notes where it is told why a model is not packed
     * @throws BadInput when a word is unknown, or two contradict each other
     */
    ExportFormat choose(Checkpoint checkpoint, WeightQuantization quantization, Notes notes) {
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
        return own != null ? own : fitting(checkpoint, quantization, notes);
    }

    private static ExportFormat fitting(Checkpoint checkpoint, WeightQuantization quantization, Notes notes) {
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
        ExportFormat own = ExportFormat.ofStored(checkpoint);
        return own instanceof ExportFormat.Packed ? own : null;
    }
}
