package qroar.protocol.quantization;

import java.util.List;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/** Weights as stored, upcast to float32. */
public record NoQuantization() implements WeightQuantization {
    static final SpecForm<WeightQuantization> FORM =
            new SpecForm<>(NoQuantization.class, "none", "weights as stored", List.of(), spec -> new NoQuantization());

    @Override
    public SpecForm<WeightQuantization> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {}

    @Override
    public String briefName() {
        return "none";
    }

    @Override
    public int bits() {
        return 0;
    }

    @Override
    public int group() {
        return 0;
    }

    @Override
    public boolean isCalibrated() {
        return false;
    }
}
