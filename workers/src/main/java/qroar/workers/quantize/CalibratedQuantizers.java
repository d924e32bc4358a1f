package qroar.workers.quantize;

import qroar.protocol.BadInput;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.torch.TorchDevice;

/** Makes quantizers, the calibrated ones among them. */
public final class CalibratedQuantizers {
    private CalibratedQuantizers() {}

    /**
     * A quantizer for one loading of this checkpoint. Calibrated ones run the model over the sequences, layer by layer, in
     * full precision (activation and cache quantization act later, at run time) and with the checkpoint's own rotary
     * embedding: the interpolation that an experiment puts over it plays no part. Layers are to be given from the run's
     * first on.
     *
     * @param run its sequences are passed over by quantizers that need none
     * @throws BadInput when the sequences are too short, uneven, missing or hold an id outside the vocabulary; from the
     *     quantizer, when a layer's weights are not all numbers
     */
    public static WeightQuantizer of(WeightQuantization quantization, CalibrationRun run) {
        return Algorithm.of(quantization).make(quantization, run);
    }

    /** The same, keeping what it needs from layer to layer in memory. */
    public static WeightQuantizer of(
            WeightQuantization quantization, Checkpoint checkpoint, TorchDevice device, int[][] sequences) {
        return of(quantization, CalibrationRun.inMemory(checkpoint, device, sequences));
    }
}
