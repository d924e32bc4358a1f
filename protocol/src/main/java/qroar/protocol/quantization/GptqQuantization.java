package qroar.protocol.quantization;

import java.util.List;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecOption;
import qroar.protocol.spec.SpecRange;
import qroar.protocol.spec.SpecWriter;

/**
 * Column by column with error feedback through the inverse Hessian (Frantar et al. 2022). The four switches are off by
 * default, as in the reference implementation.
 */
public record GptqQuantization(
        int bits, int group, boolean actOrder, boolean staticGroups, boolean trueSequential, boolean symmetric)
        implements WeightQuantization {
    static final SpecForm<WeightQuantization> FORM = new SpecForm<>(
            GptqQuantization.class,
            "gptq",
            "column by column with error feedback through the inverse Hessian (Frantar et al. 2022); needs calibration"
                    + " documents",
            List.of(
                    QuantizationLimits.BITS,
                    QuantizationLimits.GROUP,
                    SpecOption.optional("act-order", SpecRange.flag(), "false"),
                    SpecOption.optional("static-groups", SpecRange.flag(), "false"),
                    SpecOption.optional("true-sequential", SpecRange.flag(), "false"),
                    SpecOption.optional("sym", SpecRange.flag(), "false")),
            spec -> new GptqQuantization(
                    QuantizationLimits.bits(spec),
                    QuantizationLimits.group(spec),
                    spec.flag("act-order", false),
                    spec.flag("static-groups", false),
                    spec.flag("true-sequential", false),
                    spec.flag("sym", false)));

    public GptqQuantization {
        QuantizationLimits.bits("bits", bits);
        QuantizationLimits.group(group);
    }

    @Override
    public SpecForm<WeightQuantization> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("bits", bits)
                .option("group", group)
                .optionUnless("false", "act-order", Boolean.toString(actOrder))
                .optionUnless("false", "static-groups", Boolean.toString(staticGroups))
                .optionUnless("false", "true-sequential", Boolean.toString(trueSequential))
                .optionUnless("false", "sym", Boolean.toString(symmetric));
    }

    @Override
    public String briefName() {
        return "gptq" + QuantizationLimits.briefly(bits, group)
                + (actOrder ? "-act" : "")
                + (staticGroups ? "-static" : "")
                + (trueSequential ? "-seq" : "")
                + (symmetric ? "-sym" : "");
    }

    @Override
    public boolean isSymmetric() {
        return symmetric;
    }

    @Override
    public boolean reordersGroups() {
        return actOrder && !staticGroups && group > 0;
    }

    @Override
    public boolean isCalibrated() {
        return true;
    }
}
