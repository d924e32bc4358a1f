package qroar.workers.evaluation;

/** The snippet of the Hugging Face documentation: its own figure, and the exact one beside it. */
final class HuggingFaceProtocol extends StridedMethod {
    @Override
    public String word() {
        return "hf";
    }

    @Override
    public String explanation() {
        return "the snippet of the Hugging Face documentation as published: the windows of sliding, each weighted by its labels"
                + " minus one; the figure with every token weighted alike is given beside it";
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
        return Perplexity.of(Protocol.HF, length, stride, means.weightedByLabels(), means.labelWeight())
                .withExactMean(losses.mean());
    }
}
