package qroar.protocol.rope;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * LongRoPE (Ding et al. 2024): one divisor per pair, a short list up to the original window and a long one beyond.
 *
 * @param shortFactor length headDim/2; copied
 * @param longFactor length headDim/2; copied
 * @param originalMaxPositions O; null means the checkpoint's top-level key
 * @param attentionFactor null to follow from P/O
 * @param factor P/O, for a scaling that names its own O or a checkpoint that tells only one window; otherwise, and
 *     where null, the ratio follows from the checkpoint
 */
public record LongRopeScaling(
        double[] shortFactor,
        double[] longFactor,
        @Nullable Integer originalMaxPositions,
        @Nullable Double attentionFactor,
        @Nullable Double factor)
        implements RopeScaling {
    public LongRopeScaling {
        shortFactor = shortFactor.clone();
        longFactor = longFactor.clone();
        ScalingLimits.divisors("short", shortFactor);
        ScalingLimits.divisors("long", longFactor);
        if (shortFactor.length != longFactor.length) {
            throw new IllegalArgumentException("short has " + shortFactor.length + " values and long "
                    + longFactor.length + "; each needs one per RoPE pair");
        }
        ScalingLimits.window("original", originalMaxPositions);
        ScalingLimits.positive("attention-factor", attentionFactor);
        ScalingLimits.positive("factor", factor);
    }

    @Override
    public double[] shortFactor() {
        return shortFactor.clone();
    }

    @Override
    public double[] longFactor() {
        return longFactor.clone();
    }

    @Override
    public String type() {
        return "longrope";
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof LongRopeScaling that
                && Arrays.equals(shortFactor, that.shortFactor)
                && Arrays.equals(longFactor, that.longFactor)
                && Objects.equals(originalMaxPositions, that.originalMaxPositions)
                && Objects.equals(attentionFactor, that.attentionFactor)
                && Objects.equals(factor, that.factor);
    }

    @Override
    public String toString() {
        return RopeScalingSpec.format(this);
    }

    @Override
    public int hashCode() {
        return Objects.hash(
                Arrays.hashCode(shortFactor),
                Arrays.hashCode(longFactor),
                originalMaxPositions,
                attentionFactor,
                factor);
    }
}
