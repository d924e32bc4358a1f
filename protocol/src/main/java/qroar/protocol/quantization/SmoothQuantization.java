package qroar.protocol.quantization;

import java.util.List;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecWriter;

/**
 * SmoothQuant (Xiao et al. 2023): part of the spread of activations over channels goes from the inputs of linears into their
 * weights, by {@code alpha}; then symmetric round to nearest. W8A8 is it with {@code act-bits=8}.
 *
 * @param alpha 0 (activations keep their spread) to 1 (weights take it all)
 */
public record SmoothQuantization(int bits, int group, double alpha) implements WeightQuantization {
    private static final int DEFAULT_BITS = 8;
    private static final int WHOLE_ROW = 0;
    private static final double DEFAULT_ALPHA = 0.5;

    private static final SpecOption BITS =
            SpecOption.stated("bits", QuantizationLimits.BIT_RANGE, Integer.toString(DEFAULT_BITS));
    private static final SpecOption GROUP =
            SpecOption.stated("group", QuantizationLimits.GROUP.range(), Integer.toString(WHOLE_ROW));
    private static final SpecOption ALPHA =
            SpecOption.stated("alpha", SpecRange.number(0, 1), SpecWriter.number(DEFAULT_ALPHA));

    static final SpecForm<WeightQuantization> FORM = new SpecForm<>(
            SmoothQuantization.class,
            "smoothquant",
            "SmoothQuant (Xiao et al. 2023): smoothed through the norms before q, k, v and gate, up, then symmetric round to"
                    + " nearest; W8A8 with act-bits=8; needs calibration documents",
            List.of(BITS, GROUP, ALPHA),
            spec -> new SmoothQuantization(
                    spec.integer("bits", DEFAULT_BITS),
                    spec.integer("group", WHOLE_ROW),
                    spec.number("alpha", DEFAULT_ALPHA)));

    public SmoothQuantization {
        QuantizationLimits.bits("bits", bits);
        QuantizationLimits.group(group);
        if (!(alpha >= 0 && alpha <= 1)) {
            throw new IllegalArgumentException("alpha=" + SpecWriter.number(alpha) + " must lie in " + ALPHA.range());
        }
        alpha += 0.0; // -0 is 0: equal specs have equal text
    }

    @Override
    public SpecForm<WeightQuantization> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("bits", bits).option("group", group).option("alpha", alpha);
    }

    @Override
    public String briefName() {
        return "smooth" + QuantizationLimits.briefly(bits, group) + "-"
                + SpecWriter.number(alpha).replaceAll("[^0-9a-z]", "-");
    }

    @Override
    public boolean isSymmetric() {
        return true;
    }

    @Override
    public boolean isCalibrated() {
        return true;
    }
}
