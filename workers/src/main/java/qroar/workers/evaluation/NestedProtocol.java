package qroar.workers.evaluation;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import qroar.workers.text.TokenizedDocument;

/**
 * PPL_L = exp(sum of NLL / number of tokens) over the tokens at positions 1 to L - 1 of each document: one forward gives
 * every length, unless frequencies depend on it. Without a length, documents are taken whole, and L is the longest.
 */
final class NestedProtocol implements Method {
    @Override
    public String word() {
        return "nested";
    }

    @Override
    public String explanation() {
        return "one forward per document; length L scores the tokens at positions below L, each with all of its document"
                + " before it, every token weighted alike";
    }

    @Override
    public Protocol.Start start() {
        return Protocol.Start.NOTHING;
    }

    @Override
    public boolean needsLength() {
        return false;
    }

    @Override
    public boolean takesShortDocuments() {
        return false;
    }

    @Override
    public List<Evaluation> evaluate(Forwards forwards, List<TokenizedDocument> documents, Setting setting) {
        TreeSet<Integer> rising = new TreeSet<>(setting.lengths());
        if (rising.isEmpty()) {
            documents.forEach(document -> rising.add(document.ref().tokens()));
            rising.headSet(rising.last()).clear();
        }
        List<Losses> perLength = new ArrayList<>();
        rising.forEach(length -> perLength.add(new Losses()));
        for (TokenizedDocument document : documents) {
            int[] tokens = document.tokens();
            float[] nll = new float[0];
            int positions = 0;
            int index = perLength.size() - 1;
            for (int length : rising.descendingSet()) {
                int wanted = Math.min(length, tokens.length);
                if (positions == 0 || (wanted != positions && forwards.dependOnLength())) {
                    nll = forwards.losses(
                            tokens, 0, wanted, forwards.freshState().next(wanted));
                    positions = wanted;
                }
                perLength.get(index--).add(nll, 0, wanted - 1);
            }
        }
        List<Perplexity> perplexities = new ArrayList<>();
        for (int length : rising) {
            Losses losses = perLength.get(perplexities.size());
            perplexities.add(Perplexity.of(Protocol.NESTED, length, null, losses.mean(), losses.count()));
        }
        return List.of(
                new Evaluation(perplexities, perLength.get(perLength.size() - 1).values()));
    }
}
