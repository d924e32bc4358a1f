package qroar.protocol.rope;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecWriter;

/**
 * LLaMA 3.1: frequencies whose wavelength is above O/low-freq-factor divided by the factor, those below
 * O/high-freq-factor kept, a smooth blend between.
 *
 * @param originalMaxPositions O, the trained window
 */
public record Llama3Scaling(double factor, double lowFreqFactor, double highFreqFactor, int originalMaxPositions)
        implements RopeScaling {
    private static final double DEFAULT_LOW_FREQ_FACTOR = 1;
    private static final double DEFAULT_HIGH_FREQ_FACTOR = 4;

    static final SpecForm<RopeScaling> FORM = new SpecForm<>(
            Llama3Scaling.class,
            "llama3",
            "LLaMA 3.1: long wavelengths divided by the factor, short ones kept, a smooth blend between",
            List.of(
                    SpecOption.required("factor", ScalingLimits.EXTENSION, "8"),
                    SpecOption.required("original", ScalingLimits.WINDOW, "8192"),
                    SpecOption.optional("low-freq-factor", ScalingLimits.POSITIVE, "1"),
                    SpecOption.optional("high-freq-factor", ScalingLimits.POSITIVE, "4")),
            spec -> new Llama3Scaling(
                    spec.number("factor"),
                    spec.number("low-freq-factor", DEFAULT_LOW_FREQ_FACTOR),
                    spec.number("high-freq-factor", DEFAULT_HIGH_FREQ_FACTOR),
                    spec.integer("original")));

    public Llama3Scaling {
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
    public SpecForm<RopeScaling> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("factor", factor)
                .option("original", originalMaxPositions)
                .optionUnless(DEFAULT_LOW_FREQ_FACTOR, "low-freq-factor", lowFreqFactor)
                .optionUnless(DEFAULT_HIGH_FREQ_FACTOR, "high-freq-factor", highFreqFactor);
    }

    @Override
    public RopeFrequencies frequencies(RopeGeometry geometry, int sequenceLength) {
        double original = originalMaxPositions;
        double[] frequencies = InverseFrequencies.powers(geometry, geometry.theta());
        for (int j = 0; j < frequencies.length; j++) {
            double frequency = frequencies[j];
            double wavelength = 2 * Math.PI / frequency;
            if (wavelength > original / lowFreqFactor) {
                frequencies[j] = frequency / factor;
            } else if (wavelength >= original / highFreqFactor) {
                double smooth = (original / wavelength - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
                frequencies[j] = (1 - smooth) * frequency / factor + smooth * frequency;
            }
        }
        return new RopeFrequencies(frequencies, 1.0);
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
        return LlamaFlags.OF_THE_FILE_ALONE;
    }

    @Override
    public Map<String, Object> configKeys() {
        return ConfigKeys.of(
                "rope_type",
                "llama3",
                "factor",
                factor,
                "low_freq_factor",
                lowFreqFactor,
                "high_freq_factor",
                highFreqFactor,
                "original_max_position_embeddings",
                originalMaxPositions);
    }
}
