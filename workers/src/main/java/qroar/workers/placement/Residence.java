package qroar.workers.placement;

import qroar.protocol.trial.Precision;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;

/**
 * How a model is loaded beyond what is quantized.
 *
 * @param placement where weights rest; changes no digit
 * @param arithmetic how is computed with them
 */
public record Residence(Placement placement, Arithmetic arithmetic) {
    /** Ready in float32. */
    public static final Residence FLOAT32 = new Residence(Placement.WIDENED, Arithmetic.FLOAT32);

    /** In float32, resting somewhere. */
    public static Residence of(Placement placement) {
        return new Residence(placement, Arithmetic.FLOAT32);
    }

    /** In a precision, by what the device is best at. */
    public static Residence of(Placement placement, Precision precision, TorchDevice device) {
        return new Residence(placement, Arithmetic.of(precision, device));
    }
}
