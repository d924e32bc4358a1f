package qroar.orchestrator.app.export;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.model.ChosenScales;
import qroar.orchestrator.app.model.ScalesSettings;
import qroar.orchestrator.console.Notes;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.RescaledCheckpoint;

/**
 * Scales put into a checkpoint in the format that it has.
 *
 * @param model a folder in Hugging Face layout, or a GGUF file; left as it is
 * @param rope written into the copy's config.json; null for the checkpoint's own
 * @param out new or empty folder
 */
public record ModelRescaling(
        Path model, ScalesSettings scales, @Nullable String rope, Path out) {
    /**
     * What was done.
     *
     * @param storedQuantization the checkpoint's own, {@code none} without
     * @param rope that the copy has
     * @param numbers multiplied
     * @param largestRounding of one of them, relative
     * @param commands that other programs read the copy with
     */
    public record Result(
            String storedQuantization,
            RopeScaling rope,
            ChosenScales scales,
            long numbers,
            double largestRounding,
            List<String> commands) {
        public Result {
            commands = List.copyOf(commands);
        }
    }

    /** @throws BadInput in one line */
    public Result write() {
        Checkpoint checkpoint = Checkpoint.open(model);
        Notes notes = new Notes();
        notes.tell(checkpoint.notes());
        RopeScaling own = checkpoint.config().ropeScaling();
        RopeScaling used = rope == null ? own : RopeScalingSpec.parse(rope);
        InverseFrequencies.of(checkpoint.config().geometry(), used, InverseFrequencies.AT_CONSTRUCTION);
        ChosenScales chosen = ChosenScales.read(scales, checkpoint, used, QuantizationSpec.NONE);
        BandScales read = chosen.scales();
        if (read == null) {
            throw new BadInput("--scales is missing: a sidecar that a run wrote, or a list, one per band");
        }
        boolean changes = !used.equals(own);
        if (checkpoint.isGguf() && changes) {
            RopeScaling told = used.portable(checkpoint.config().geometry());
            notes.tell("a GGUF file's metadata stay as they are: give its reader " + RopeScalingSpec.format(told));
        }
        RescaledCheckpoint.Report report = RescaledCheckpoint.write(checkpoint, read, changes ? used : null, out);
        String encoding = checkpoint.encoding();
        return new Result(
                encoding == null ? "none" : encoding,
                used,
                chosen,
                report.numbers(),
                report.largestRounding(),
                report.commands());
    }
}
