package qroar.workers.torch;

import qroar.protocol.trial.Precision;
import qroar.workers.processor.BrainFloats;

/**
 * How a device computes in a precision. Where it has no kernels of that type worth using, the operands of a product are
 * widened to float32, which is exact, multiplied there, and the result is rounded: the type of everything that is kept, and
 * every rounding between two operations, is the same.
 *
 * @param precision of linears, keys and values and the residual stream
 * @param products in which type they are computed
 */
public record Arithmetic(Precision precision, Products products) {
    /** Which kernels multiply. */
    public enum Products {
        /** Those of the type itself, which accumulate in float32. */
        OF_THE_TYPE,
        /** Those of float32, on widened operands. */
        WIDENED
    }

    /** float32 throughout. */
    public static final Arithmetic FLOAT32 = new Arithmetic(Precision.FLOAT32, Products.OF_THE_TYPE);

    /** What serves best on a device: a processor computes float16 never and bfloat16 not always by itself. */
    public static Arithmetic of(Precision precision, TorchDevice device) {
        boolean native16 = device.kind() == TorchDevice.Kind.GPU
                || precision == Precision.FLOAT32
                || precision == Precision.BFLOAT16 && BrainFloats.hereAreNative();
        return new Arithmetic(precision, native16 ? Products.OF_THE_TYPE : Products.WIDENED);
    }

    /** Code of {@code c10::ScalarType} of what is kept. */
    long scalarType() {
        return scalarType(precision);
    }

    /** What attention is computed in. */
    public Precision attentionPrecision() {
        return products == Products.WIDENED ? Precision.FLOAT32 : precision;
    }

    /** The code of that. */
    long attentionType() {
        return scalarType(attentionPrecision());
    }

    static long scalarType(Precision precision) {
        return switch (precision) {
            case FLOAT32 -> 6;
            case FLOAT16 -> 5;
            case BFLOAT16 -> 15;
        };
    }
}
