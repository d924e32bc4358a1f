package qroar.workers.evaluation;

/** The usual sliding window. */
final class SlidingProtocol extends StridedMethod {
    @Override
    public String word() {
        return "sliding";
    }

    @Override
    public String explanation() {
        return "windows of L tokens every S tokens, each a fresh forward that scores the tokens no window has scored before;"
                + " a token has at least L - S tokens of context, every token weighted alike";
    }

    @Override
    public Protocol.Start start() {
        return Protocol.Start.NOTHING;
    }

    @Override
    public String strideLeftOut() {
        return "L/2";
    }

    @Override
    int defaultStride(int length) {
        return Math.max(1, length / 2);
    }

    @Override
    Perplexity average(int length, int stride, Losses losses, WindowMeans means) {
        return Perplexity.of(Protocol.SLIDING, length, stride, losses.mean(), losses.count());
    }
}
