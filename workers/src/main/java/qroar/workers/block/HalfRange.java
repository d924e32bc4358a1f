package qroar.workers.block;

import qroar.protocol.BadInput;
import qroar.protocol.trial.Precision;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/** Weights that float16 cannot hold would become infinite without a word, and with them every loss NaN. */
public final class HalfRange {
    /** The smallest number that rounds to infinity: half a step beyond 65,504. */
    private static final double LIMIT = 65_520;

    private HalfRange() {}

    /**
     * Looks at a tensor in the type that it comes in; a look costs a reading of it, and none in other precisions.
     *
     * @throws BadInput naming the tensor
     */
    public static void require(String name, TorchValue wide, Precision precision) {
        if (precision != Precision.FLOAT16) {
            return;
        }
        long lost = TorchRuntime.decoder().beyond(wide, LIMIT);
        if (lost > 0) {
            throw new BadInput("tensor '" + name + "' has " + lost + " weight" + (lost == 1 ? "" : "s")
                    + " that float16 cannot hold (its largest number is 65504); give --precision bfloat16 or float32");
        }
    }

    /** The same for one in a file, which is not looked at where it is float16 there. */
    public static void require(WeightSource source, Precision precision) {
        boolean fits = source instanceof TensorLocation plain && plain.dtype() == Dtype.F16;
        if (precision != Precision.FLOAT16 || fits) {
            return;
        }
        try (TorchValue stored = TorchRuntime.decoder().stored(source)) {
            require(source.name(), stored, precision);
        }
    }
}
