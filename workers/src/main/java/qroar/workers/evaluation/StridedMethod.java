package qroar.workers.evaluation;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.BadInput;
import qroar.protocol.rope.RopeState;
import qroar.workers.text.TokenizedDocument;

/** Windows of L tokens every S tokens, each a fresh forward; protocols differ in start token and average. */
abstract sealed class StridedMethod implements Method permits SlidingProtocol, HuggingFaceProtocol, YarnProtocol {
    /** Where none is given; from 1 to the length. */
    abstract int defaultStride(int length);

    /** The protocol's own average. */
    abstract Perplexity average(int length, int stride, Losses losses, WindowMeans means);

    @Override
    public final List<Evaluation> evaluate(Forwards forwards, List<TokenizedDocument> documents, Setting setting) {
        List<Evaluation> evaluations = new ArrayList<>();
        for (int length : setting.lengths()) {
            Integer given = setting.stride();
            evaluations.add(
                    evaluate(forwards, documents, length, given != null ? given : defaultStride(length), setting));
        }
        return evaluations;
    }

    private Evaluation evaluate(
            Forwards forwards, List<TokenizedDocument> documents, int length, int stride, Setting setting) {
        if (stride < 1 || stride > length) {
            throw new BadInput("stride " + stride + " must lie between 1 and the length " + length);
        }
        Integer startToken = setting.startToken();
        int lead = startToken == null ? 0 : 1;
        Losses losses = new Losses();
        WindowMeans means = new WindowMeans();
        for (TokenizedDocument document : documents) {
            int[] tokens = startToken == null ? document.tokens() : Forwards.after(startToken, document.tokens());
            RopeState state = forwards.freshState();
            for (ContextWindow window : ContextWindow.strided(tokens.length - lead, length - lead, stride)) {
                int[] input = new int[lead + window.tokens()];
                System.arraycopy(tokens, lead + window.from(), input, lead, window.tokens());
                if (startToken != null) {
                    input[0] = startToken;
                }
                float[] nll = forwards.losses(input, 0, input.length, state.next(input.length));
                int from = Math.max(0, nll.length - window.labels());
                losses.add(nll, from, nll.length);
                means.add(nll, from, window.labels());
            }
        }
        return new Evaluation(List.of(average(length, stride, losses, means)), losses.values());
    }
}
