package qroar.protocol.rope;

import java.util.Random;
import qroar.protocol.spec.RandomSpecs;

/** Scalings of every form, from a source of randomness. */
public final class RandomRopeScaling {
    private RandomRopeScaling() {}

    public static RopeScaling next(Random random) {
        return RandomSpecs.next(random, RopeScalingSpec.FORMS, RopeScalingSpec::parse);
    }
}
