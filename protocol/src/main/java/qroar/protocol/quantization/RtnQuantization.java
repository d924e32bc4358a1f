package qroar.protocol.quantization;

import java.util.List;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/** Round to nearest, asymmetric. */
public record RtnQuantization(int bits, int group) implements WeightQuantization {
    static final SpecForm<WeightQuantization> FORM = new SpecForm<>(
            RtnQuantization.class,
            "rtn",
            "round to nearest, asymmetric",
            List.of(QuantizationLimits.BITS, QuantizationLimits.GROUP),
            spec -> new RtnQuantization(QuantizationLimits.bits(spec), QuantizationLimits.group(spec)));

    public RtnQuantization {
        QuantizationLimits.bits("bits", bits);
        QuantizationLimits.group(group);
    }

    @Override
    public SpecForm<WeightQuantization> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {
        text.option("bits", bits).option("group", group);
    }

    @Override
    public String briefName() {
        return "rtn" + QuantizationLimits.briefly(bits, group);
    }

    @Override
    public boolean isCalibrated() {
        return false;
    }
}
