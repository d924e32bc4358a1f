package qroar.protocol.quantization;

import java.util.Random;
import qroar.protocol.spec.RandomSpecs;

/** Quantization specs of every form, from a source of randomness. */
public final class RandomQuantization {
    private RandomQuantization() {}

    public static QuantizationSpec next(Random random) {
        return RandomSpecs.next(random, QuantizationText.FORMS, QuantizationText::parse);
    }
}
