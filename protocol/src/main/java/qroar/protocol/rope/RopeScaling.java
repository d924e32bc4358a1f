package qroar.protocol.rope;

import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How positions beyond the trained window are interpolated. Each variant is a plain value; {@link InverseFrequencies}
 * turns it into frequencies and {@link RopeScalingSpec} reads and writes it as text. A value out of range is an
 * {@link IllegalArgumentException} that names it as the text form does, the value and the limit.
 */
public sealed interface RopeScaling {
    /** The word that starts its spec: {@code none}, {@code linear}, {@code ntk}, ... */
    String type();

    /** No interpolation: theta^(-2j/d). */
    record None() implements RopeScaling {
        @Override
        public String type() {
            return "none";
        }
    }

    /** Position interpolation (Chen et al. 2023): every frequency divided by {@code factor}. */
    record Linear(double factor) implements RopeScaling {
        public Linear {
            ScalingLimits.extension("factor", factor);
        }

        @Override
        public String type() {
            return "linear";
        }
    }

    /** Static NTK-aware scaling: base' = base * alpha^(d/(d-2)). */
    record Ntk(double alpha) implements RopeScaling {
        public Ntk {
            ScalingLimits.extension("alpha", alpha);
        }

        @Override
        public String type() {
            return "ntk";
        }
    }

    /** Dynamic NTK: the base grows with the longest sequence seen, from the trained window on. */
    record Dynamic(double factor) implements RopeScaling {
        public Dynamic {
            ScalingLimits.extension("factor", factor);
        }

        @Override
        public String type() {
            return "dynamic";
        }
    }

    /**
     * YaRN (Peng et al. 2023, sections 3.2-3.4).
     *
     * @param originalMaxPositions trained window O; null means {@code max_position_embeddings}
     * @param betaFast turns in O tokens above which a pair is kept; 0 means the default
     * @param betaSlow turns in O tokens below which a pair is divided; 0 means the default
     * @param attentionFactor given explicitly, or null to follow from the mscales
     * @param mscale null when absent; 0 is taken as absent
     * @param mscaleAllDim null when absent; 0 is taken as absent
     * @param truncate whether the correction range is rounded to whole dimensions
     */
    record Yarn(
            double factor,
            @Nullable Integer originalMaxPositions,
            double betaFast,
            double betaSlow,
            @Nullable Double attentionFactor,
            @Nullable Double mscale,
            @Nullable Double mscaleAllDim,
            boolean truncate)
            implements RopeScaling {
        public static final double DEFAULT_BETA_FAST = 32;
        public static final double DEFAULT_BETA_SLOW = 1;

        public Yarn {
            ScalingLimits.extension("factor", factor);
            ScalingLimits.window("original", originalMaxPositions);
            betaFast = betaFast == 0 ? DEFAULT_BETA_FAST : betaFast;
            betaSlow = betaSlow == 0 ? DEFAULT_BETA_SLOW : betaSlow;
            ScalingLimits.positive("beta-fast", betaFast);
            ScalingLimits.positive("beta-slow", betaSlow);
            ScalingLimits.positive("attention-factor", attentionFactor);
            mscale = mscale != null && mscale == 0 ? null : mscale;
            mscaleAllDim = mscaleAllDim != null && mscaleAllDim == 0 ? null : mscaleAllDim;
            ScalingLimits.positive("mscale", mscale);
            ScalingLimits.positive("mscale-all-dim", mscaleAllDim);
        }

        @Override
        public String type() {
            return "yarn";
        }

        public static Yarn of(double factor, @Nullable Integer originalMaxPositions) {
            return new Yarn(factor, originalMaxPositions, DEFAULT_BETA_FAST, DEFAULT_BETA_SLOW, null, null, null, true);
        }
    }

    /** LLaMA 3.1: low frequencies divided, high ones kept, a smooth blend between. */
    record Llama3(double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
            implements RopeScaling {
        public Llama3 {
            ScalingLimits.extension("factor", factor);
            ScalingLimits.positive("low-freq-factor", lowFreqFactor);
            ScalingLimits.positive("high-freq-factor", highFreqFactor);
            if (!(highFreqFactor > lowFreqFactor)) {
                throw new IllegalArgumentException(
                        "high-freq-factor=" + highFreqFactor + " must be above low-freq-factor=" + lowFreqFactor);
            }
            ScalingLimits.window("original", originalMaxPositions);
        }

        @Override
        public String type() {
            return "llama3";
        }
    }

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
    record LongRope(
            double[] shortFactor,
            double[] longFactor,
            @Nullable Integer originalMaxPositions,
            @Nullable Double attentionFactor,
            @Nullable Double factor)
            implements RopeScaling {
        public LongRope {
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
            return other instanceof LongRope that
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
}
