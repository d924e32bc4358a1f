package qroar.protocol.band;

/**
 * A run of neighbouring RoPE pairs: pair j turns rows j and j + headDim/2 of every head.
 *
 * @param fromPair first pair, inclusive
 * @param toPair last pair, exclusive; greater than {@code fromPair}
 */
public record Band(int fromPair, int toPair) {
    public Band {
        if (fromPair < 0 || toPair <= fromPair) {
            throw new IllegalArgumentException("band [" + fromPair + "," + toPair + ") holds no RoPE pair");
        }
    }

    public int pairCount() {
        return toPair - fromPair;
    }
}
