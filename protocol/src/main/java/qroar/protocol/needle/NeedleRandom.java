package qroar.protocol.needle;

import java.util.ArrayList;
import java.util.List;

/**
 * SplitMix64 (Steele, Lea and Flood 2014), written out so that a seed means the same questions everywhere: the state grows
 * by 0x9E3779B97F4A7C15 with each number, which is the state after {@code z = (z ^ z>>>30) * 0xBF58476D1CE4E5B9},
 * {@code z = (z ^ z>>>27) * 0x94D049BB133111EB}, {@code z ^ z>>>31}. Not thread-safe.
 */
public final class NeedleRandom {
    private static final long GAMMA = 0x9E3779B97F4A7C15L;

    private long state;

    private NeedleRandom(long state) {
        this.state = state;
    }

    /** The stream that begins with a seed as its state. */
    public static NeedleRandom of(long seed) {
        return new NeedleRandom(seed);
    }

    /**
     * A stream for some coordinates: each is added in turn to the next number of the stream before it, and the sum is the
     * state that the next one begins with.
     */
    public static NeedleRandom of(long seed, long... coordinates) {
        NeedleRandom random = new NeedleRandom(seed);
        for (long coordinate : coordinates) {
            random = new NeedleRandom(random.bits() + coordinate);
        }
        return random;
    }

    /** The next 64 bits. */
    public long bits() {
        state += GAMMA;
        long z = state;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /**
     * A whole number from 0 to {@code bound}, exclusive: the upper half of the product of the bound with the upper 32 bits of
     * the next number. Bounds here are far below 2^32, so that no value is favoured by more than one part in thousands.
     */
    public int below(int bound) {
        if (bound < 1) {
            throw new IllegalArgumentException("a number below " + bound);
        }
        return (int) (((bits() >>> 32) * bound) >>> 32);
    }

    /** A whole number from {@code least} to {@code most}, both inclusive. */
    public int between(int least, int most) {
        return least + below(most - least + 1);
    }

    /** One of them. */
    public <T> T one(List<T> of) {
        return of.get(below(of.size()));
    }

    /** Some of them, without replacement, in the order in which they were drawn. */
    public <T> List<T> some(List<T> of, int count) {
        List<T> left = new ArrayList<>(of);
        List<T> drawn = new ArrayList<>();
        while (drawn.size() < count) {
            drawn.add(left.remove(below(left.size())));
        }
        return drawn;
    }
}
