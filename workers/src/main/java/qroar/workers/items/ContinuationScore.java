package qroar.workers.items;

/**
 * What a model makes of one continuation.
 *
 * @param nllNats of its tokens, in order; copied on the way in and out
 * @param likeliest which of them no token was likelier than; copied on the way in and out
 */
public record ContinuationScore(float[] nllNats, boolean[] likeliest) {
    public ContinuationScore {
        nllNats = nllNats.clone();
        likeliest = likeliest.clone();
    }

    @Override
    public float[] nllNats() {
        return nllNats.clone();
    }

    @Override
    public boolean[] likeliest() {
        return likeliest.clone();
    }

    /** Sum over tokens of ln p(token | everything before), nats. */
    public double logLikelihood() {
        return -nllNats(0, nllNats.length);
    }

    /** Sum of the losses of some tokens, in their order. */
    public double nllNats(int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += nllNats[i];
        }
        return sum;
    }

    /** Tokens that a greedy reader would not have written. */
    public int misses() {
        int misses = 0;
        for (boolean hit : likeliest) {
            misses += hit ? 0 : 1;
        }
        return misses;
    }

    /** Whether a greedy reader would have written it. */
    public boolean isExactMatch() {
        return misses() == 0;
    }
}
