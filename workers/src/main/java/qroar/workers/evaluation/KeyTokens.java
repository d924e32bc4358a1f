package qroar.workers.evaluation;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.trial.KeyTokenRule;
import qroar.workers.text.TokenizedDocument;

/**
 * Tokens that need the long context (Fang et al. 2024, LongPPL): those that a model predicts far better with all of the
 * document before them than with the nearest tokens alone, and well at all. Perplexity over these is what tells models
 * apart that use a long context from those that do not.
 */
public final class KeyTokens {
    private final Rule rule;
    private final List<boolean[]> byDocument;

    private KeyTokens(Rule rule, List<boolean[]> byDocument) {
        this.rule = rule;
        this.byDocument = byDocument;
    }

    /**
     * Which tokens count.
     *
     * @param context tokens before it that a token keeps at least when the rest is taken away
     * @param stride tokens that are scored by one forward over the short context; they keep up to this many more
     * @param gain nats that the rest of the document must save
     * @param loss nats with all of the document before it, below which a token must lie
     */
    public record Rule(int context, int stride, double gain, double loss) {
        /** As published: 4,096 tokens, forwards over 1,024 more, 2 nats and 2 nats. */
        public static final Rule PUBLISHED = of(KeyTokenRule.PUBLISHED);

        /** As a run asks for them. */
        public static Rule of(KeyTokenRule asked) {
            return new Rule(asked.context(), asked.stride(), asked.gain(), asked.loss());
        }

        /** @throws BadInput naming what must be positive */
        public Rule {
            if (context < 1 || stride < 1) {
                throw new BadInput("LongPPL with a context of " + context + " and a stride of " + stride
                        + " tokens; both must be at least 1");
            }
            if (!(gain >= 0) || !(loss > 0)) {
                throw new BadInput("LongPPL with a gain of " + gain + " and a loss of " + loss
                        + " nats; they must be at least 0 and above 0");
            }
        }
    }

    /**
     * Perplexity over key tokens.
     *
     * @param perplexity null where there is no such token
     * @param tokens how many there are
     */
    public record Figure(@Nullable Double perplexity, long tokens) {}

    /** @param tokenNll of the model that chooses, documents one after the other, each with all tokens before it */
    static KeyTokens find(
            Forwards forwards, List<TokenizedDocument> documents, int longest, double[] tokenNll, Rule rule) {
        List<boolean[]> all = documents.stream()
                .map(document -> new boolean[Math.min(longest, document.ref().tokens()) - 1])
                .toList();
        int offset = 0;
        for (int d = 0; d < all.size(); d++) {
            boolean[] key = all.get(d);
            int[] tokens = documents.get(d).tokens();
            int positions = key.length + 1;
            for (int first = rule.context; first < positions; first += rule.stride) {
                int end = Math.min(positions, first + rule.stride);
                int begin = first - rule.context;
                float[] nearby = forwards.losses(
                        tokens, begin, end, forwards.freshState().next(end - begin));
                for (int token = first; token < end; token++) {
                    double whole = tokenNll[offset + token - 1];
                    key[token - 1] = nearby[token - begin - 1] - whole > rule.gain && whole < rule.loss;
                }
            }
            offset += key.length;
        }
        return new KeyTokens(rule, all);
    }

    /** By which they were found. */
    public Rule rule() {
        return rule;
    }

    /**
     * Over the key tokens at positions below a length.
     *
     * @param tokenNll of the model that is judged, documents one after the other, as long as they were for the choice
     */
    public Figure perplexity(double[] tokenNll, int length) {
        double sum = 0;
        long count = 0;
        int offset = 0;
        for (boolean[] key : byDocument) {
            for (int i = 0; i < Math.min(key.length, length - 1); i++) {
                if (key[i]) {
                    sum += tokenNll[offset + i];
                    count++;
                }
            }
            offset += key.length;
        }
        return new Figure(count == 0 ? null : Math.exp(sum / count), count);
    }

    /** Whether tokens 1, 2, ... of a document are such; a copy. */
    public boolean[] of(int document) {
        return Arrays.copyOf(byDocument.get(document), byDocument.get(document).length);
    }
}
