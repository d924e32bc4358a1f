package qroar.workers.quantize;

import qroar.protocol.BadInput;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.ModelConfig;
import qroar.workers.checkpoint.Projection;
import qroar.workers.torch.TorchDevice;

/** Makes quantizers, the calibrated ones among them. */
public final class CalibratedQuantizers {
    private CalibratedQuantizers() {}

    /**
     * A quantizer for one loading of this checkpoint. AWQ and GPTQ run the model over the sequences, layer by layer, in
     * full precision (activation and cache quantization act later, at run time) and with the checkpoint's own rotary
     * embedding: the interpolation that an experiment puts over it plays no part.
     *
     * @param sequences token ids, all of one length (see {@link CalibrationTokens}); passed over by quantizers that need
     *     none
     * @throws BadInput when a group does not divide a linear's width, or the sequences are too short, uneven, missing or
     *     hold an id outside the vocabulary
     */
    public static WeightQuantizer of(
            WeightQuantization quantization, Checkpoint checkpoint, TorchDevice device, int[][] sequences) {
        if (quantization instanceof WeightQuantization.Awq awq) {
            checkGroup("awq", awq.group(), checkpoint.config());
            return new Awq(awq, checkpoint, device, sequences, Awq.Findings.NONE);
        }
        if (quantization instanceof WeightQuantization.Gptq gptq) {
            checkGroup("gptq", gptq.group(), checkpoint.config());
            return new Gptq(gptq, checkpoint, device, sequences, Gptq.Findings.NONE);
        }
        return WeightQuantizer.uncalibrated(quantization);
    }

    /** Before hours of calibration and not at the linear that does not fit. */
    private static void checkGroup(String quantizer, int group, ModelConfig config) {
        for (Projection projection : Projection.values()) {
            int columns = projection.inFeatures(config);
            if (group > 0 && columns % group != 0) {
                throw new BadInput(quantizer + ": group=" + group + " does not divide the " + columns
                        + " columns of tensor '" + projection.weight(0) + "'");
            }
        }
    }
}
