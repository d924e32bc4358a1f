package qroar.protocol.rope;

import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Scalings of every kind, from a source of randomness. */
public final class RandomRopeScaling {
    private RandomRopeScaling() {}

    public static RopeScaling next(Random random) {
        switch (random.nextInt(7)) {
            case 0:
                return new NoScaling();
            case 1:
                return new LinearScaling(factor(random));
            case 2:
                return new NtkScaling(factor(random));
            case 3:
                return new DynamicScaling(factor(random));
            case 4:
                return new YarnScaling(
                        factor(random),
                        random.nextBoolean() ? null : (Integer) (2 + random.nextInt(5)),
                        random.nextInt(3) * 16,
                        random.nextInt(3) * 0.5,
                        maybe(random),
                        maybe(random),
                        maybe(random),
                        random.nextBoolean());
            case 5:
                return new Llama3Scaling(factor(random), 1 + random.nextInt(2), 3 + random.nextInt(2), 8192);
            default:
                return longRope(random, 1 + random.nextInt(3));
        }
    }

    private static RopeScaling longRope(Random random, int pairs) {
        double[] shortFactor = random.doubles(pairs, 1, 2).toArray();
        double[] longFactor = random.doubles(pairs, 1, 50).toArray();
        return new LongRopeScaling(
                shortFactor,
                longFactor,
                random.nextBoolean() ? null : (Integer) 4096,
                maybe(random),
                random.nextBoolean() ? null : (Double) factor(random));
    }

    private static double factor(Random random) {
        return random.nextBoolean() ? 1 << random.nextInt(6) : 1 + 9 * random.nextDouble();
    }

    private static @Nullable Double maybe(Random random) {
        return random.nextBoolean() ? null : (Double) (random.nextInt(4) * 0.25 + 0.25);
    }
}
