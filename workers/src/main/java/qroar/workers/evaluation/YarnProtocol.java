package qroar.workers.evaluation;

/**
 * The evaluation script of the YaRN paper. The start token stands before every window, which then has room for L - 1
 * tokens of the document; a document that begins with it loses that one token first.
 */
final class YarnProtocol extends StridedMethod {
    /** The default of the script. */
    private static final int STRIDE = 256;

    @Override
    public String word() {
        return "yarn";
    }

    @Override
    public String explanation() {
        return "the evaluation of the YaRN paper: the windows of sliding with a start token before each, and the plain mean"
                + " over windows, so that the long first and the short last window weigh like any other";
    }

    @Override
    public Protocol.Start start() {
        return Protocol.Start.TOKEN_IF_ANY;
    }

    @Override
    public String strideLeftOut() {
        return STRIDE + ", at most L";
    }

    @Override
    int defaultStride(int length) {
        return Math.min(STRIDE, length);
    }

    @Override
    Perplexity average(int length, int stride, Losses losses, WindowMeans means) {
        return Perplexity.of(Protocol.YARN, length, stride, means.unweighted(), losses.count());
    }
}
