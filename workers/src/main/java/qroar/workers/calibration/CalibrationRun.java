package qroar.workers.calibration;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
import qroar.workers.torch.TorchDevice;

/**
 * What a calibrated quantizer works on: one walk through the layers of a checkpoint.
 *
 * @param sequences token ids, all of one length (see {@link CalibrationTokens}); neither copied nor changed
 * @param folder where hidden states rest between layers, and which layer is due first; null for memory alone, from layer 0
 */
@SuppressWarnings("ArrayRecordComponent") // read once, by whoever opens the states
public record CalibrationRun(
        Checkpoint checkpoint,
        TorchDevice device,
        int[][] sequences,
        @Nullable StatesFolder folder) {
    /** One that keeps everything in memory. */
    public static CalibrationRun inMemory(Checkpoint checkpoint, TorchDevice device, int[][] sequences) {
        return new CalibrationRun(checkpoint, device, sequences, null);
    }

    public ModelConfig config() {
        return checkpoint.config();
    }

    /** The layer that is due first; those before it are done. */
    public int firstLayer() {
        return folder == null ? 0 : folder.firstLayer();
    }

    /** Of all sequences together. */
    public long tokens() {
        return Arrays.stream(sequences).mapToLong(each -> each.length).sum();
    }
}
