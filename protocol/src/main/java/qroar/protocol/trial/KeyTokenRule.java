package qroar.protocol.trial;

/**
 * Which tokens need the long context (Fang et al. 2024, LongPPL).
 *
 * @param context tokens before it that a token keeps at least when the rest is taken away
 * @param stride tokens that are scored by one forward over the short context; they keep up to this many more
 * @param gain nats that the rest of the document must save
 * @param loss nats with all of the document before it, below which a token must lie
 */
public record KeyTokenRule(int context, int stride, double gain, double loss) {
    /** As published: 4,096 tokens, forwards over 1,024 more, 2 nats and 2 nats. */
    public static final KeyTokenRule PUBLISHED = new KeyTokenRule(4096, 1024, 2, 2);

    public KeyTokenRule {
        if (context < 1 || stride < 1 || !(gain >= 0) || !(loss > 0)) {
            throw new IllegalArgumentException(
                    "context " + context + ", stride " + stride + ", gain " + gain + ", loss " + loss);
        }
    }

    /**
     * Tokens of the forwards over the short context, of one document.
     *
     * @param positions tokens of the document that are read
     */
    public long nearbyTokens(int positions) {
        long tokens = 0;
        for (long first = context; first < positions; first += stride) {
            tokens += context + Math.min(positions - first, stride);
        }
        return tokens;
    }

    /** For a content address: {@code 4096 1024 2.0 2.0}. */
    public String text() {
        return context + " " + stride + " " + gain + " " + loss;
    }
}
