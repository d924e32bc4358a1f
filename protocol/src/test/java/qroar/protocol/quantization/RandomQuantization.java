package qroar.protocol.quantization;

import java.util.Random;
import qroar.protocol.quantization.ActivationQuantization.Range;

/** Quantization specs of every kind, from a source of randomness. */
public final class RandomQuantization {
    private RandomQuantization() {}

    public static QuantizationSpec next(Random random) {
        Range range = random.nextBoolean() ? Range.SYMMETRIC : Range.ASYMMETRIC;
        return new QuantizationSpec(
                weights(random),
                random.nextBoolean() ? null : new ActivationQuantization(2 + random.nextInt(7), range),
                random.nextBoolean() ? 0 : 2 + random.nextInt(7));
    }

    private static WeightQuantization weights(Random random) {
        int bits = 2 + random.nextInt(7);
        int group = 32 * random.nextInt(5);
        switch (random.nextInt(4)) {
            case 0:
                return new NoQuantization();
            case 1:
                return new RtnQuantization(bits, group);
            case 2:
                return new AwqQuantization(bits, group, random.nextBoolean());
            default:
                return new GptqQuantization(
                        bits,
                        group,
                        random.nextBoolean(),
                        random.nextBoolean(),
                        random.nextBoolean(),
                        random.nextBoolean());
        }
    }
}
