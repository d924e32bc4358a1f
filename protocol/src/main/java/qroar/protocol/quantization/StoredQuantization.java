package qroar.protocol.quantization;

import java.util.List;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/**
 * Weights that are quantized in the checkpoint's own files. They are computed with as they are, like those of {@code none};
 * the word says that a control without quantization is another checkpoint.
 */
public record StoredQuantization() implements WeightQuantization {
    static final SpecForm<WeightQuantization> FORM = new SpecForm<>(
            StoredQuantization.class,
            "stored",
            "the checkpoint's own quantization",
            List.of(),
            spec -> new StoredQuantization());

    @Override
    public SpecForm<WeightQuantization> form() {
        return FORM;
    }

    @Override
    public void write(SpecWriter text) {}

    @Override
    public String briefName() {
        return "stored";
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
