package qroar.workers.quantize;

import qroar.protocol.BadInput;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.calibration.CalibrationSize;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
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

    /**
     * What it takes at its peak beside the tensors of the layer that it works on, in bytes; hidden states, and inputs of
     * linears beyond a bound, lie in files.
     */
    public static long workBytes(WeightQuantization quantization, ModelConfig config, CalibrationSize size) {
        return size.tokens() == 0 ? 0 : Algorithm.of(quantization).workBytes(quantization, config, size);
    }

    /** The same, keeping what it needs from layer to layer in memory. */
    public static WeightQuantizer of(
            WeightQuantization quantization, Checkpoint checkpoint, TorchDevice device, int[][] sequences) {
        return of(quantization, CalibrationRun.inMemory(checkpoint, device, sequences));
    }
}
