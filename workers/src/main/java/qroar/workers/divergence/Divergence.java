package qroar.workers.divergence;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.evaluation.Evaluation;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.evaluation.PassWatch;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.HeadComparison;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.text.TokenizedDocument;

/**
 * Divergence of next-token distributions over documents, for several lengths at once: at length L it is of the tokens at
 * positions below L, as in the nested protocol. Two models never have to be in memory together: each reads the documents
 * by itself, and then only their heads are compared.
 */
public final class Divergence {
    /** Tokens whose states are in memory at one time. */
    private static final int CHUNK_TOKENS = 512;

    private final List<TokenizedDocument> documents;
    private final List<Integer> lengths;

    /**
     * What is compared.
     *
     * @param lengths in tokens, at least one; no document shorter than the shortest
     */
    public Divergence(List<TokenizedDocument> documents, List<Integer> lengths) {
        this.documents = List.copyOf(documents);
        this.lengths = List.copyOf(new TreeSet<>(lengths));
    }

    /** A model's reading of the documents. Close it when it has been compared. */
    public static final class Reading implements AutoCloseable {
        private final Evaluation evaluation;
        private final List<HiddenStates> states;
        private final boolean oncePerLength;

        private Reading(Evaluation evaluation, List<HiddenStates> states, boolean oncePerLength) {
            this.evaluation = evaluation;
            this.states = states;
            this.oncePerLength = oncePerLength;
        }

        /** Its perplexities. */
        public Evaluation evaluation() {
            return evaluation;
        }

        @Override
        public void close() {
            states.forEach(HiddenStates::close);
        }
    }

    /** Lets a model read the documents; it may be closed afterwards, whatever then becomes of the reading. */
    public Reading read(DecoderModel model, RopeScaling rope, @Nullable BandScales scales, ReadingPlan order) {
        return read(model, rope, scales, order, PassWatch.NOBODY);
    }

    /** The same; somebody is told how it comes along. */
    public Reading read(
            DecoderModel model, RopeScaling rope, @Nullable BandScales scales, ReadingPlan order, PassWatch watch) {
        List<HiddenStates> states = new ArrayList<>();
        try {
            Evaluator evaluator = new Evaluator(model, rope, scales, order, () -> {
                        HiddenStates begun = HiddenStates.passing(model.config().hiddenSize());
                        states.add(begun);
                        return begun;
                    })
                    .watchedBy(watch);
            Evaluation evaluation = evaluator.nested(documents, lengths);
            return new Reading(evaluation, states, rope.lengthRule() != RopeScaling.LengthRule.FIXED);
        } catch (RuntimeException | Error e) {
            states.forEach(HiddenStates::close);
            throw e;
        }
    }

    /**
     * Compares two readings.
     *
     * @param heads of the models that read, in this order
     * @return by rising length, the documents' tokens in their order
     */
    public Map<Integer, List<TokenDivergence>> compare(Reading reference, Reading model, HeadComparison heads) {
        if (reference.oncePerLength != model.oncePerLength) {
            throw new IllegalArgumentException("readings under scalings of another kind");
        }
        Map<Integer, List<TokenDivergence>> found = new LinkedHashMap<>();
        lengths.forEach(length -> found.put(length, new ArrayList<>()));
        int forward = 0;
        for (TokenizedDocument document : documents) {
            int[] tokens = document.tokens();
            int read = 0;
            TokenDivergence whole = null;
            // As the nested protocol reads: the longest length first.
            for (int i = lengths.size() - 1; i >= 0; i--) {
                int wanted = Math.min(lengths.get(i), tokens.length);
                if (whole == null || wanted != read && reference.oncePerLength) {
                    whole = compared(reference.states.get(forward), model.states.get(forward), tokens, wanted, heads);
                    forward++;
                    read = wanted;
                }
                found.getOrDefault(lengths.get(i), new ArrayList<>()).add(whole.first(wanted - 1));
            }
        }
        return found;
    }

    private static TokenDivergence compared(
            HiddenStates reference, HiddenStates model, int[] tokens, int positions, HeadComparison heads) {
        int count = positions - 1;
        double[][] figures = new double[HeadComparison.FIGURES][count];
        for (int from = 0; from < count; from += CHUNK_TOKENS) {
            int to = Math.min(count, from + CHUNK_TOKENS);
            double[] some = heads.of(
                    reference.rows(from, to), model.rows(from, to), Arrays.copyOfRange(tokens, from + 1, to + 1));
            for (int figure = 0; figure < figures.length; figure++) {
                System.arraycopy(some, figure * (to - from), figures[figure], from, to - from);
            }
        }
        boolean[] sameTop = new boolean[count];
        for (int i = 0; i < count; i++) {
            sameTop[i] = figures[3][i] != 0;
        }
        return new TokenDivergence(figures[0], figures[1], figures[2], sameTop);
    }
}
