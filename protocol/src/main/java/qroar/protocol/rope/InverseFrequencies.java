package qroar.protocol.rope;

import qroar.protocol.BadInput;

/**
 * Inverse frequencies (radians per token, one per RoPE pair) and attention scaling of every {@link RopeScaling}, by the
 * rules of the Hugging Face implementations: each variant has its own, over the powers of theta that all begin with.
 *
 * <p>Computed in double: within 6e-7 relative of the float32 reference. Values are finite and positive.
 */
public final class InverseFrequencies {
    /** The sequence length of a model that has seen no token yet. */
    public static final int AT_CONSTRUCTION = 0;

    private InverseFrequencies() {}

    /**
     * Frequencies of one forward pass that remembers nothing of earlier ones; see {@link RopeState} for those that do.
     *
     * @param sequenceLength tokens of the pass, or {@link #AT_CONSTRUCTION}; without effect where the scaling's
     *     {@link RopeScaling#lengthRule} is fixed
     * @throws BadInput when the lists or the window of a longrope scaling do not fit the geometry
     */
    public static RopeFrequencies of(RopeGeometry geometry, RopeScaling scaling, int sequenceLength) {
        if (sequenceLength < 0) {
            throw new IllegalArgumentException("sequence length " + sequenceLength + " must not be negative");
        }
        return scaling.frequencies(geometry, sequenceLength);
    }

    /** base^(-2j/d). */
    static double[] powers(RopeGeometry geometry, double base) {
        double[] frequencies = new double[geometry.pairCount()];
        for (int j = 0; j < frequencies.length; j++) {
            frequencies[j] = Math.pow(base, -2.0 * j / geometry.headDim());
        }
        return frequencies;
    }

    /** With d = 2 the exponent is infinite, but the only pair has frequency base'^0 = 1 all the same. */
    static double ntkBase(RopeGeometry geometry, double alpha) {
        double d = geometry.headDim();
        return geometry.theta() * Math.pow(alpha, d / (d - 2));
    }
}
