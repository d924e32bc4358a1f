package qroar.protocol.quantization;

import java.util.List;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecWriter;

/** Activation-aware scaling (Lin et al. 2023), then round to nearest; {@code clip} adds the clip search. */
public record AwqQuantization(int bits, int group, boolean clip) implements WeightQuantization {
    /** The clip search looks at about as many, and cannot do with fewer. */
    public static final int CLIP_TOKENS = 512;

    static final SpecForm<WeightQuantization> FORM = new SpecForm<>(
            AwqQuantization.class,
            "awq",
            "activation-aware scaling (Lin et al. 2023) and a clip search, then round to nearest; needs calibration documents",
            List.of(
                    QuantizationLimits.BITS,
                    QuantizationLimits.GROUP,
                    SpecOption.optional("clip", SpecRange.flag(), "true")),
            spec -> new AwqQuantization(
                    QuantizationLimits.bits(spec), QuantizationLimits.group(spec), spec.flag("clip", true)));

    public AwqQuantization {
        QuantizationLimits.bits("bits", bits);
        QuantizationLimits.group(group);
    }

    @Override
    public SpecForm<WeightQuantization> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("bits", bits).option("group", group).optionUnless("true", "clip", Boolean.toString(clip));
    }

    @Override
    public String briefName() {
        return "awq" + QuantizationLimits.briefly(bits, group) + (clip ? "" : "-noclip");
    }

    @Override
    public boolean isCalibrated() {
        return true;
    }

    @Override
    public int leastCalibrationTokens() {
        return clip ? CLIP_TOKENS : 0;
    }
}
