package qroar.workers.evaluation;

import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeState;
import qroar.workers.config.ModelConfig;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.StateSink;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.text.TokenizedDocument;

/**
 * Runs the perplexity protocols over one model, RoPE scaling and band scales. Several documents are pooled: sums and
 * weights are added over all of them, in the protocol's own averaging.
 *
 * <p>Dynamic NTK remembers the longest forward ({@link RopeState}): the windows of a document run in order through one
 * such state, and each document begins a new one, so that no figure depends on the order of documents. The nested
 * protocol, whose forward would depend on the longest length asked for, makes one forward per length under the scalings
 * that depend on it (dynamic, longrope), and one in all under the others.
 *
 * <p>The nested protocol throws {@link BadInput} for a document shorter than the shortest length; those that cut windows
 * score such a document in one window of the tokens that it has, as their published code does. Safe for several threads.
 */
public final class Evaluator {
    private static final int MIN_LENGTH = 2;

    private final DecoderModel model;
    private final Forwards forwards;

    /** @param scales null for none */
    public Evaluator(DecoderModel model, RopeScaling rope, @Nullable BandScales scales) {
        this(model, rope, scales, ReadingPlan.BY_DOCUMENT);
    }

    /** The same with forwards that go through the model in another order, which changes no figure. */
    public Evaluator(DecoderModel model, RopeScaling rope, @Nullable BandScales scales, ReadingPlan reading) {
        this(model, rope, scales, reading, null);
    }

    /**
     * The same, handing over what the head reads.
     *
     * @param sinks asked for one at the beginning of each forward, in their order; null where nobody wants it
     */
    public Evaluator(
            DecoderModel model,
            RopeScaling rope,
            @Nullable BandScales scales,
            ReadingPlan reading,
            @Nullable Supplier<? extends StateSink> sinks) {
        this.model = model;
        this.forwards = new Forwards(model, rope, scales, reading, sinks);
    }

    /** Tells somebody how each forward comes along. */
    public Evaluator watchedBy(PassWatch watch) {
        forwards.tell(watch);
        return this;
    }

    /**
     * One evaluation for all lengths, or one for each, by rising length.
     *
     * @throws BadInput when a length or the stride is impossible, or a document too short for the protocol
     */
    public List<Evaluation> evaluate(Protocol protocol, List<TokenizedDocument> documents, Setting setting) {
        checkLengths(protocol, documents, setting.lengths());
        return protocol.method().evaluate(forwards, documents, setting);
    }

    /** {@link Protocol#NESTED} of some lengths. */
    public Evaluation nested(List<TokenizedDocument> documents, List<Integer> lengths) {
        return only(Protocol.NESTED, documents, new Setting(lengths, null, null));
    }

    /** {@link Protocol#SLIDING}. */
    public Evaluation sliding(List<TokenizedDocument> documents, int length, int stride) {
        return only(Protocol.SLIDING, documents, new Setting(List.of(length), stride, null));
    }

    /** {@link Protocol#HF}. */
    public Evaluation huggingFace(List<TokenizedDocument> documents, int length, int stride) {
        return only(Protocol.HF, documents, new Setting(List.of(length), stride, null));
    }

    /**
     * {@link Protocol#YARN}.
     *
     * @param startToken null for none
     */
    public Evaluation yarn(List<TokenizedDocument> documents, int length, int stride, @Nullable Integer startToken) {
        return only(Protocol.YARN, documents, new Setting(List.of(length), stride, startToken));
    }

    /** {@link Protocol#LM_EVAL}. */
    public Evaluation lmEval(List<TokenizedDocument> documents, int length, int prefixToken) {
        return only(Protocol.LM_EVAL, documents, new Setting(List.of(length), null, prefixToken));
    }

    private Evaluation only(Protocol protocol, List<TokenizedDocument> documents, Setting setting) {
        return evaluate(protocol, documents, setting).get(0);
    }

    /**
     * Finds the tokens that need the long context, by this model's losses.
     *
     * @param longest tokens of a document that are looked at
     * @param tokenNll of this model over these, documents one after the other, as {@link #nested} gives them
     */
    public KeyTokens keyTokens(List<TokenizedDocument> documents, int longest, double[] tokenNll, KeyTokens.Rule rule) {
        return KeyTokens.find(forwards, documents, longest, tokenNll, rule);
    }

    /** Tokens that went through the model since this was made, those that are context only included. */
    public long forwardTokens() {
        return forwards.tokens();
    }

    /** The model's config. */
    public ModelConfig config() {
        return model.config();
    }

    /**
     * What a protocol checks, for callers that want to know before they load a model.
     *
     * @throws BadInput when a length is below 2, or a document is too short for the protocol
     */
    public static void checkLengths(Protocol protocol, List<TokenizedDocument> documents, List<Integer> lengths) {
        checkReach(lengths, protocol.takesShortDocuments() ? List.of() : documents);
        if (documents.isEmpty()) {
            throw new IllegalArgumentException("an evaluation needs at least one document");
        }
    }

    /**
     * What the nested protocol checks.
     *
     * @throws BadInput when a length is below 2 or a document is shorter than the shortest length
     */
    public static void checkLengths(List<TokenizedDocument> documents, List<Integer> lengths) {
        checkLengths(Protocol.NESTED, documents, lengths);
    }

    private static void checkReach(List<Integer> lengths, Iterable<TokenizedDocument> reaching) {
        int shortest = lengths.stream().min(Integer::compare).orElse(MIN_LENGTH);
        if (shortest < MIN_LENGTH) {
            throw new BadInput("length " + shortest + " must be at least " + MIN_LENGTH + " tokens");
        }
        for (TokenizedDocument document : reaching) {
            if (document.ref().tokens() < shortest) {
                throw new BadInput("document '" + document.ref().name() + "' has "
                        + document.ref().tokens() + " tokens, fewer than the shortest length " + shortest);
            }
        }
    }
}
