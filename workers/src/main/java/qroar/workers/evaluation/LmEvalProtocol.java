package qroar.workers.evaluation;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.rope.RopeState;
import qroar.workers.text.TokenizedDocument;

/**
 * Rolling perplexity of lm-evaluation-harness. The prefix token is the context of each document's first token; a document
 * that begins with it loses that one token first, which is not scored.
 */
final class LmEvalProtocol implements Method {
    @Override
    public String word() {
        return "lm-eval";
    }

    @Override
    public String explanation() {
        return "rolling perplexity of lm-evaluation-harness: L scored tokens per window, the next window begins where it ends"
                + " with one token of context (a prefix token at first; the last window reaches back to be L long), so"
                + " tokens early in a window have next to no context; every token weighted alike";
    }

    @Override
    public Protocol.Start start() {
        return Protocol.Start.TOKEN;
    }

    @Override
    public List<Evaluation> evaluate(Forwards forwards, List<TokenizedDocument> documents, Setting setting) {
        Integer prefixToken = setting.startToken();
        if (prefixToken == null) {
            throw new IllegalArgumentException("lm-eval scores the first token too and needs one before it");
        }
        List<Evaluation> evaluations = new ArrayList<>();
        for (int length : setting.lengths()) {
            evaluations.add(evaluate(forwards, documents, length, prefixToken));
        }
        return evaluations;
    }

    private static Evaluation evaluate(
            Forwards forwards, List<TokenizedDocument> documents, int length, int prefixToken) {
        Losses losses = new Losses();
        for (TokenizedDocument document : documents) {
            int[] tokens = Forwards.after(prefixToken, document.tokens());
            RopeState state = forwards.freshState();
            for (ContextWindow window : ContextWindow.rolling(tokens.length - 1, length)) {
                // A window's inputs are the tokens before its labels: the last label is predicted but never an input.
                float[] nll = forwards.losses(tokens, window.from(), window.to() + 1, state.next(window.tokens()));
                losses.add(nll, nll.length - window.labels(), nll.length);
            }
        }
        return new Evaluation(
                List.of(Perplexity.of(Protocol.LM_EVAL, length, null, losses.mean(), losses.count())), losses.values());
    }
}
