package qroar.protocol.statistics;

/**
 * A gain in words. A gain is a fall of a logarithm, in nats: ln J(before) - ln J(after), or the same of a perplexity; so
 * the figure itself falls by 1 - exp(-gain) of what it was: a gain of ln 2 halves it, and 0.526 nats are 40.9 %, not
 * 52.6 %.
 */
public final class GainPercent {
    private GainPercent() {}

    /**
     * By how many per cent of what it was the figure falls; negative where it rises.
     *
     * @param gainNats any number; infinity is a fall by 100 %, NaN stays NaN
     */
    public static double fall(double gainNats) {
        return 0 - 100 * StrictMath.expm1(-gainNats);
    }

    /** By how many per cent of what it was the figure rises; negative where it falls. */
    public static double rise(double gainNats) {
        return 100 * StrictMath.expm1(-gainNats);
    }
}
