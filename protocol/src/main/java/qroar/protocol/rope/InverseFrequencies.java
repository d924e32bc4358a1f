package qroar.protocol.rope;

import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * Inverse frequencies (radians per token, one per RoPE pair) and attention scaling of every {@link RopeScaling}, by the
 * rules of the Hugging Face implementations. With e_j = 2j/d and the checkpoint's theta, P and O:
 *
 * <ul>
 *   <li>none: theta^-e_j; linear (Chen et al. 2023, section 2.3): divided by the factor
 *   <li>ntk: base' = theta alpha^(d/(d-2)); dynamic: the same with alpha = factor L/P - (factor - 1), L = max(length, P)
 *   <li>yarn (Peng et al. 2023, sections 3.2-3.4): divided by the factor where a pair turns less than beta_slow times in
 *       O tokens, kept where it turns more than beta_fast times, a linear ramp over the dimensions between
 *   <li>llama3: divided below O/low_freq_factor, kept above O/high_freq_factor, blended between
 *   <li>longrope (Ding et al. 2024, section 3.2): one divisor per pair, the long list once the length exceeds O
 * </ul>
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
     * @param sequenceLength tokens of the pass, or {@link #AT_CONSTRUCTION}; only dynamic and longrope depend on it
     * @throws BadInput when the lists or the window of a longrope scaling do not fit the geometry
     */
    public static RopeFrequencies of(RopeGeometry geometry, RopeScaling scaling, int sequenceLength) {
        if (sequenceLength < 0) {
            throw new IllegalArgumentException("sequence length " + sequenceLength + " must not be negative");
        }
        if (scaling instanceof LinearScaling linear) {
            return new RopeFrequencies(divided(powers(geometry, geometry.theta()), linear.factor()), 1.0);
        }
        if (scaling instanceof NtkScaling ntk) {
            return new RopeFrequencies(powers(geometry, ntkBase(geometry, ntk.alpha())), 1.0);
        }
        if (scaling instanceof DynamicScaling dynamic) {
            double length = Math.max(sequenceLength, geometry.maxPositions());
            double alpha = dynamic.factor() * length / geometry.maxPositions() - (dynamic.factor() - 1);
            return new RopeFrequencies(powers(geometry, ntkBase(geometry, alpha)), 1.0);
        }
        if (scaling instanceof YarnScaling yarn) {
            return new RopeFrequencies(yarn(geometry, yarn), yarnAttentionScaling(yarn));
        }
        if (scaling instanceof Llama3Scaling llama3) {
            return new RopeFrequencies(llama3(powers(geometry, geometry.theta()), llama3), 1.0);
        }
        if (scaling instanceof LongRopeScaling longRope) {
            return new RopeFrequencies(
                    longRope(geometry, longRope, sequenceLength), longRopeAttentionScaling(geometry, longRope));
        }
        return new RopeFrequencies(powers(geometry, geometry.theta()), 1.0);
    }

    private static double[] powers(RopeGeometry geometry, double base) {
        double[] frequencies = new double[geometry.pairCount()];
        for (int j = 0; j < frequencies.length; j++) {
            frequencies[j] = Math.pow(base, -2.0 * j / geometry.headDim());
        }
        return frequencies;
    }

    /** With d = 2 the exponent is infinite, but the only pair has frequency base'^0 = 1 all the same. */
    private static double ntkBase(RopeGeometry geometry, double alpha) {
        double d = geometry.headDim();
        return geometry.theta() * Math.pow(alpha, d / (d - 2));
    }

    private static double[] divided(double[] frequencies, double factor) {
        for (int j = 0; j < frequencies.length; j++) {
            frequencies[j] /= factor;
        }
        return frequencies;
    }

    private static double[] yarn(RopeGeometry geometry, YarnScaling yarn) {
        int original = orElse(yarn.originalMaxPositions(), geometry.maxPositions());
        double low = correctionDimension(geometry, original, yarn.betaFast());
        double high = correctionDimension(geometry, original, yarn.betaSlow());
        if (yarn.truncate()) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        // d - 1 although j only reaches d/2 - 1: the reference clamps so, and checkpoints were trained with it.
        high = Math.min(high, geometry.headDim() - 1);
        if (low == high) {
            high += 0.001;
        }
        double[] frequencies = powers(geometry, geometry.theta());
        for (int j = 0; j < frequencies.length; j++) {
            double ramp = Math.min(1, Math.max(0, (j - low) / (high - low)));
            frequencies[j] *= ramp / yarn.factor() + 1 - ramp;
        }
        return frequencies;
    }

    /** The pair, as a real number, that turns {@code rotations} times in {@code original} tokens. */
    private static double correctionDimension(RopeGeometry geometry, int original, double rotations) {
        return geometry.headDim() * Math.log(original / (2 * Math.PI * rotations)) / (2 * Math.log(geometry.theta()));
    }

    private static double yarnAttentionScaling(YarnScaling yarn) {
        Double given = yarn.attentionFactor();
        if (given != null) {
            return given;
        }
        Double mscale = yarn.mscale();
        Double mscaleAllDim = yarn.mscaleAllDim();
        if (mscale != null && mscaleAllDim != null) {
            return yarnScale(yarn.factor(), mscale) / yarnScale(yarn.factor(), mscaleAllDim);
        }
        return yarnScale(yarn.factor(), 1);
    }

    private static double yarnScale(double factor, double mscale) {
        return factor <= 1 ? 1.0 : 0.1 * mscale * Math.log(factor) + 1.0;
    }

    private static double[] llama3(double[] frequencies, Llama3Scaling llama3) {
        double original = llama3.originalMaxPositions();
        double low = llama3.lowFreqFactor();
        double high = llama3.highFreqFactor();
        for (int j = 0; j < frequencies.length; j++) {
            double frequency = frequencies[j];
            double wavelength = 2 * Math.PI / frequency;
            if (wavelength > original / low) {
                frequencies[j] = frequency / llama3.factor();
            } else if (wavelength >= original / high) {
                double smooth = (original / wavelength - low) / (high - low);
                frequencies[j] = (1 - smooth) * frequency / llama3.factor() + smooth * frequency;
            }
        }
        return frequencies;
    }

    private static double[] longRope(RopeGeometry geometry, LongRopeScaling longRope, int sequenceLength) {
        double[] shortFactor = fitting(geometry, longRope.shortFactor(), "short_factor");
        double[] longFactor = fitting(geometry, longRope.longFactor(), "long_factor");
        double[] divisors = sequenceLength > longRopeOriginal(geometry, longRope) ? longFactor : shortFactor;
        double[] frequencies = powers(geometry, geometry.theta());
        for (int j = 0; j < frequencies.length; j++) {
            frequencies[j] /= divisors[j];
        }
        return frequencies;
    }

    private static double[] fitting(RopeGeometry geometry, double[] factors, String key) {
        if (factors.length != geometry.pairCount()) {
            throw new BadInput("longrope " + key + " has " + factors.length + " values; head_dim " + geometry.headDim()
                    + " needs " + geometry.pairCount());
        }
        return factors;
    }

    private static int longRopeOriginal(RopeGeometry geometry, LongRopeScaling longRope) {
        return orElse(
                longRope.originalMaxPositions(), orElse(geometry.originalMaxPositions(), geometry.maxPositions()));
    }

    private static double longRopeAttentionScaling(RopeGeometry geometry, LongRopeScaling longRope) {
        Double given = longRope.attentionFactor();
        if (given != null) {
            return given;
        }
        double original = longRopeOriginal(geometry, longRope);
        Double factor = longRope.factor();
        // A checkpoint that tells both windows means their ratio, whatever factor it repeats beside them.
        boolean checkpointTellsRatio =
                longRope.originalMaxPositions() == null && geometry.originalMaxPositions() != null;
        double ratio = factor == null || checkpointTellsRatio ? geometry.maxPositions() / original : factor;
        if (ratio > 1 && original < 2) {
            throw new BadInput("longrope original window of 1 token; its attention scaling needs at least 2");
        }
        return ratio <= 1 ? 1.0 : Math.sqrt(1 + Math.log(ratio) / Math.log(original));
    }

    private static int orElse(@Nullable Integer value, int otherwise) {
        return value == null ? otherwise : value;
    }
}
