package qroar.protocol.rope;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecWriter;

/**
 * YaRN (Peng et al. 2023, sections 3.2-3.4): frequencies divided by the factor where a pair turns less than beta-slow
 * times in O tokens, kept where it turns more than beta-fast times, a linear ramp over the dimensions between; cos and sin
 * times an attention factor.
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

    static final SpecForm<RopeScaling> FORM = new SpecForm<>(
            YarnScaling.class,
            "yarn",
            "YaRN (Peng et al. 2023): slow pairs divided by the factor, fast ones kept, a ramp between",
            List.of(
                    SpecOption.required("factor", ScalingLimits.EXTENSION, "4"),
                    SpecOption.elective("original", ScalingLimits.WINDOW, "4096", "the checkpoint's window"),
                    SpecOption.optional("beta-fast", ScalingLimits.POSITIVE, "32"),
                    SpecOption.optional("beta-slow", ScalingLimits.POSITIVE, "1"),
                    SpecOption.elective(
                            "attention-factor",
                            ScalingLimits.POSITIVE,
                            "1.2",
                            "from the mscales, or 0.1 ln factor + 1"),
                    SpecOption.elective("mscale", ScalingLimits.POSITIVE, "0.7", "none"),
                    SpecOption.elective("mscale-all-dim", ScalingLimits.POSITIVE, "0.7", "none"),
                    SpecOption.optional("truncate", SpecRange.flag(), "true")),
            spec -> new YarnScaling(
                    spec.number("factor"),
                    spec.integerOrNull("original"),
                    spec.number("beta-fast", DEFAULT_BETA_FAST),
                    spec.number("beta-slow", DEFAULT_BETA_SLOW),
                    spec.numberOrNull("attention-factor"),
                    spec.numberOrNull("mscale"),
                    spec.numberOrNull("mscale-all-dim"),
                    spec.flag("truncate", true)));

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

    public static YarnScaling of(double factor, @Nullable Integer originalMaxPositions) {
        return new YarnScaling(
                factor, originalMaxPositions, DEFAULT_BETA_FAST, DEFAULT_BETA_SLOW, null, null, null, true);
    }

    @Override
    public SpecForm<RopeScaling> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("factor", factor)
                .optionUnlessNull("original", originalMaxPositions)
                .optionUnless(DEFAULT_BETA_FAST, "beta-fast", betaFast)
                .optionUnless(DEFAULT_BETA_SLOW, "beta-slow", betaSlow)
                .optionUnlessNull("attention-factor", attentionFactor)
                .optionUnlessNull("mscale", mscale)
                .optionUnlessNull("mscale-all-dim", mscaleAllDim)
                .optionUnless("true", "truncate", Boolean.toString(truncate));
    }

    @Override
    public RopeFrequencies frequencies(RopeGeometry geometry, int sequenceLength) {
        int original = originalMaxPositions != null ? originalMaxPositions : geometry.maxPositions();
        double low = correctionDimension(geometry, original, betaFast);
        double high = correctionDimension(geometry, original, betaSlow);
        if (truncate) {
            low = Math.floor(low);
            high = Math.ceil(high);
        }
        low = Math.max(low, 0);
        // d - 1 although j only reaches d/2 - 1: the reference clamps so, and checkpoints were trained with it.
        high = Math.min(high, geometry.headDim() - 1);
        if (low == high) {
            high += 0.001;
        }
        double[] frequencies = InverseFrequencies.powers(geometry, geometry.theta());
        for (int j = 0; j < frequencies.length; j++) {
            double ramp = Math.min(1, Math.max(0, (j - low) / (high - low)));
            frequencies[j] *= ramp / factor + 1 - ramp;
        }
        return new RopeFrequencies(frequencies, attentionScaling());
    }

    /** The pair, as a real number, that turns {@code rotations} times in {@code original} tokens. */
    private static double correctionDimension(RopeGeometry geometry, int original, double rotations) {
        return geometry.headDim() * Math.log(original / (2 * Math.PI * rotations)) / (2 * Math.log(geometry.theta()));
    }

    @Override
    public YarnScaling withAttentionFactor(double other) {
        return new YarnScaling(factor, originalMaxPositions, betaFast, betaSlow, other, mscale, mscaleAllDim, truncate);
    }

    private double attentionScaling() {
        if (attentionFactor != null) {
            return attentionFactor;
        }
        return mscale != null && mscaleAllDim != null ? scaled(mscale) / scaled(mscaleAllDim) : scaled(1);
    }

    private double scaled(double by) {
        return factor <= 1 ? 1.0 : 0.1 * by * Math.log(factor) + 1.0;
    }

    @Override
    public RopeScaling portable(RopeGeometry geometry) {
        int original = originalMaxPositions != null ? originalMaxPositions : geometry.maxPositions();
        return new YarnScaling(factor, original, betaFast, betaSlow, null, null, null, truncate);
    }

    @Override
    public LengthRule lengthRule() {
        return LengthRule.FIXED;
    }

    @Override
    public @Nullable Integer originalWindow() {
        return originalMaxPositions;
    }

    @Override
    public double stretch() {
        return factor;
    }

    @Override
    public LlamaFlags llamaFlags(RopeGeometry geometry) {
        List<String> words =
                new ArrayList<>(List.of("--rope-scaling", "yarn", "--rope-scale", LlamaFlags.number(factor)));
        if (originalMaxPositions != null) {
            words.addAll(List.of("--yarn-orig-ctx", originalMaxPositions.toString()));
        }
        words.addAll(List.of("--yarn-beta-fast", LlamaFlags.number(betaFast)));
        words.addAll(List.of("--yarn-beta-slow", LlamaFlags.number(betaSlow)));
        return new LlamaFlags(words, truncate);
    }

    @Override
    public Map<String, Object> configKeys() {
        return ConfigKeys.of(
                "rope_type",
                "yarn",
                "factor",
                factor,
                "original_max_position_embeddings",
                originalMaxPositions,
                "beta_fast",
                betaFast,
                "beta_slow",
                betaSlow,
                "attention_factor",
                attentionFactor,
                "mscale",
                mscale,
                "mscale_all_dim",
                mscaleAllDim,
                "truncate",
                truncate ? null : false);
    }

    /** Where the original window is named, transformers takes the factor from the ratio of the two. */
    @Override
    public @Nullable Long configMaxPositions() {
        return originalMaxPositions == null ? null : (Long) (long) Math.rint(originalMaxPositions * factor);
    }
}
