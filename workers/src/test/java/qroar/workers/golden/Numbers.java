package qroar.workers.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Arrays;

/** Whole arrays beside each other, unboxed: what compares them element by element takes longer than what made them. */
public final class Numbers {
    private Numbers() {}

    /** The same length and the same bits: NaN is NaN, and -0 is not 0. */
    public static void assertSameBits(String what, float[] found, float[] expected) {
        assertThat(found).as(what).hasSameSizeAs(expected);
        int at = Arrays.mismatch(found, expected);
        if (at >= 0) {
            fail("%s: element %d is %s and not %s", what, at, found[at], expected[at]);
        }
    }

    /** The same length and no element further off than that; NaN is as far off as can be. */
    public static void assertWithin(String what, float tolerance, float[] found, float[] expected) {
        assertThat(found).as(what).hasSameSizeAs(expected);
        for (int i = 0; i < found.length; i++) {
            if (!(Math.abs(found[i] - expected[i]) <= tolerance)) {
                fail("%s: element %d is %s and not %s, give or take %s", what, i, found[i], expected[i], tolerance);
            }
        }
    }
}
