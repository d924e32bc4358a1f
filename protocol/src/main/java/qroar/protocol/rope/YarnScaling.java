package qroar.protocol.rope;

import org.jspecify.annotations.Nullable;

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
public record YarnScaling(
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

    public YarnScaling {
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

    public static YarnScaling of(double factor, @Nullable Integer originalMaxPositions) {
        return new YarnScaling(
                factor, originalMaxPositions, DEFAULT_BETA_FAST, DEFAULT_BETA_SLOW, null, null, null, true);
    }
}
