package qroar.protocol.rope;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecWriter;

/**
 * LongRoPE (Ding et al. 2024, section 3.2): one divisor per pair, a short list up to the original window O and a long one
 * beyond; cos and sin times sqrt(1 + ln(P/O) / ln O).
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
    static final SpecForm<RopeScaling> FORM = new SpecForm<>(
            LongRopeScaling.class,
            "longrope",
            "LongRoPE (Ding et al. 2024): one divisor per pair, the long list once a pass is beyond the original window",
            List.of(
                    SpecOption.required("short", ScalingLimits.DIVISORS, "1;1.2;.."),
                    SpecOption.required("long", ScalingLimits.DIVISORS, "1;1.5;.."),
                    SpecOption.elective("original", ScalingLimits.WINDOW, "4096", "the checkpoint's"),
                    SpecOption.elective(
                            "attention-factor", ScalingLimits.POSITIVE, "1.2", "from the ratio of the windows"),
                    SpecOption.elective(
                            "factor", ScalingLimits.POSITIVE, "32", "the ratio of the checkpoint's windows")),
            spec -> new LongRopeScaling(
                    spec.numbers("short"),
                    spec.numbers("long"),
                    spec.integerOrNull("original"),
                    spec.numberOrNull("attention-factor"),
                    spec.numberOrNull("factor")));

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
    public SpecForm<RopeScaling> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("short", shortFactor)
                .option("long", longFactor)
                .optionUnlessNull("original", originalMaxPositions)
                .optionUnlessNull("attention-factor", attentionFactor)
                .optionUnlessNull("factor", factor);
    }

    /** @throws BadInput when a list does not have one divisor per pair, or the original window is below 2 tokens */
    @Override
    public RopeFrequencies frequencies(RopeGeometry geometry, int sequenceLength) {
        requireFit(geometry, shortFactor, "short_factor");
        requireFit(geometry, longFactor, "long_factor");
        double[] divisors = sequenceLength > original(geometry) ? longFactor : shortFactor;
        double[] frequencies = InverseFrequencies.powers(geometry, geometry.theta());
        for (int j = 0; j < frequencies.length; j++) {
            frequencies[j] /= divisors[j];
        }
        return new RopeFrequencies(frequencies, attentionScaling(geometry));
    }

    private static void requireFit(RopeGeometry geometry, double[] factors, String key) {
        if (factors.length != geometry.pairCount()) {
            throw new BadInput("longrope " + key + " has " + factors.length + " values; head_dim " + geometry.headDim()
                    + " needs " + geometry.pairCount());
        }
    }

    private int original(RopeGeometry geometry) {
        if (originalMaxPositions != null) {
            return originalMaxPositions;
        }
        Integer topLevel = geometry.originalMaxPositions();
        return topLevel != null ? topLevel : geometry.maxPositions();
    }

    private double attentionScaling(RopeGeometry geometry) {
        if (attentionFactor != null) {
            return attentionFactor;
        }
        double original = original(geometry);
        double ratio = ratio(geometry);
        if (ratio > 1 && original < 2) {
            throw new BadInput("longrope original window of 1 token; its attention scaling needs at least 2");
        }
        return ratio <= 1 ? 1.0 : Math.sqrt(1 + Math.log(ratio) / Math.log(original));
    }

    private double ratio(RopeGeometry geometry) {
        // A checkpoint that tells both windows means their ratio, whatever factor it repeats beside them.
        boolean checkpointTellsRatio = originalMaxPositions == null && geometry.originalMaxPositions() != null;
        return factor == null || checkpointTellsRatio ? geometry.maxPositions() / (double) original(geometry) : factor;
    }

    @Override
    public RopeScaling portable(RopeGeometry geometry) {
        return new LongRopeScaling(shortFactor, longFactor, original(geometry), null, ratio(geometry));
    }

    /** Engines take the factor from the ratio of the two windows. */
    @Override
    public @Nullable Long configMaxPositions() {
        return originalMaxPositions == null || factor == null
                ? null
                : (Long) (long) Math.rint(originalMaxPositions * factor);
    }

    @Override
    public LengthRule lengthRule() {
        return LengthRule.PER_PASS;
    }

    @Override
    public @Nullable Integer originalWindow() {
        return originalMaxPositions;
    }

    @Override
    public double stretch() {
        return Double.POSITIVE_INFINITY;
    }

    @Override
    public LlamaFlags llamaFlags(RopeGeometry geometry) {
        return LlamaFlags.OF_THE_FILE_ALONE;
    }

    @Override
    public Map<String, Object> configKeys() {
        return ConfigKeys.of(
                "rope_type",
                "longrope",
                "short_factor",
                shortFactor(),
                "long_factor",
                longFactor(),
                "original_max_position_embeddings",
                originalMaxPositions,
                "attention_factor",
                attentionFactor,
                "factor",
                factor);
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
