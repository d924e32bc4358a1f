package qroar.workers.evaluation;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.rope.BandScales;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeState;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.ModelConfig;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.PassPlan;
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
    private final RopeScaling rope;
    private final @Nullable BandScales scales;
    private final LongAdder forwardTokens = new LongAdder();

    /** @param scales null for none */
    public Evaluator(DecoderModel model, RopeScaling rope, @Nullable BandScales scales) {
        this.model = model;
        this.rope = rope;
        this.scales = scales;
    }

    /**
     * {@link Protocol#NESTED}: PPL_L = exp(sum of NLL / number of tokens) over the tokens at positions 1 to L - 1 of each
     * document.
     *
     * @param lengths each at least 2; in any order, repeated ones count once
     */
    public Evaluation nested(List<TokenizedDocument> documents, List<Integer> lengths) {
        checkLengths(documents, lengths);
        return nested(documents, new TreeSet<>(lengths));
    }

    /** {@link Protocol#NESTED} over whole documents, which may differ in length; L is that of the longest. */
    public Evaluation whole(List<TokenizedDocument> documents) {
        checkLengths(documents, List.of());
        int longest = documents.stream()
                .mapToInt(document -> document.ref().tokens())
                .max()
                .orElseThrow();
        return nested(documents, new TreeSet<>(List.of(longest)));
    }

    private Evaluation nested(List<TokenizedDocument> documents, TreeSet<Integer> rising) {
        List<Losses> perLength = new ArrayList<>();
        rising.forEach(length -> perLength.add(new Losses()));
        for (TokenizedDocument document : documents) {
            int[] tokens = document.tokens();
            float[] nll = new float[0];
            int positions = 0;
            int index = perLength.size() - 1;
            for (int length : rising.descendingSet()) {
                int wanted = Math.min(length, tokens.length);
                if (positions == 0 || (wanted != positions && dependsOnLength())) {
                    nll = forward(tokens, 0, wanted, freshState().next(wanted));
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
        return new Evaluation(perplexities, perLength.get(perLength.size() - 1).values());
    }

    /** {@link Protocol#SLIDING}. */
    public Evaluation sliding(List<TokenizedDocument> documents, int length, int stride) {
        return strided(Protocol.SLIDING, documents, length, stride, null);
    }

    /** {@link Protocol#HF}: its own figure, and the exact one beside it. */
    public Evaluation huggingFace(List<TokenizedDocument> documents, int length, int stride) {
        return strided(Protocol.HF, documents, length, stride, null);
    }

    /**
     * {@link Protocol#YARN}.
     *
     * @param startToken put before every window, which then has room for L - 1 tokens of the document; a document that
     *     begins with it loses that one token first. Null for none
     */
    public Evaluation yarn(List<TokenizedDocument> documents, int length, int stride, @Nullable Integer startToken) {
        return strided(Protocol.YARN, documents, length, stride, startToken);
    }

    /**
     * {@link Protocol#LM_EVAL}.
     *
     * @param prefixToken context of each document's first token; a document that begins with it loses that one token
     *     first, which is not scored
     */
    public Evaluation lmEval(List<TokenizedDocument> documents, int length, int prefixToken) {
        checkLengths(Protocol.LM_EVAL, documents, List.of(length));
        Losses losses = new Losses();
        for (TokenizedDocument document : documents) {
            int[] tokens = after(prefixToken, document.tokens());
            RopeState state = freshState();
            for (ContextWindow window : ContextWindow.rolling(tokens.length - 1, length)) {
                // A window's inputs are the tokens before its labels: the last label is predicted but never an input.
                float[] nll = forward(tokens, window.from(), window.to() + 1, state.next(window.tokens()));
                losses.add(nll, nll.length - window.labels(), nll.length);
            }
        }
        return new Evaluation(
                List.of(Perplexity.of(Protocol.LM_EVAL, length, null, losses.mean(), losses.count())), losses.values());
    }

    private Evaluation strided(
            Protocol protocol,
            List<TokenizedDocument> documents,
            int length,
            int stride,
            @Nullable Integer startToken) {
        checkLengths(protocol, documents, List.of(length));
        if (stride < 1 || stride > length) {
            throw new BadInput("stride " + stride + " must lie between 1 and the length " + length);
        }
        int room = startToken == null ? length : length - 1;
        Losses losses = new Losses();
        WindowMeans means = new WindowMeans();
        for (TokenizedDocument document : documents) {
            int[] tokens = startToken == null ? document.tokens() : after(startToken, document.tokens());
            int lead = startToken == null ? 0 : 1;
            RopeState state = freshState();
            for (ContextWindow window : ContextWindow.strided(tokens.length - lead, room, stride)) {
                int[] input = new int[lead + window.tokens()];
                System.arraycopy(tokens, lead + window.from(), input, lead, window.tokens());
                if (startToken != null) {
                    input[0] = startToken;
                }
                float[] nll = forward(input, 0, input.length, state.next(input.length));
                int from = Math.max(0, nll.length - window.labels());
                losses.add(nll, from, nll.length);
                means.add(nll, from, window.labels());
            }
        }
        return new Evaluation(List.of(perplexity(protocol, length, stride, losses, means)), losses.values());
    }

    private static Perplexity perplexity(Protocol protocol, int length, int stride, Losses losses, WindowMeans means) {
        return switch (protocol) {
            case HF ->
                Perplexity.of(protocol, length, stride, means.weightedByLabels(), means.labelWeight())
                        .withExactMean(losses.mean());
            case YARN -> Perplexity.of(protocol, length, stride, means.unweighted(), losses.count());
            default -> Perplexity.of(protocol, length, stride, losses.mean(), losses.count());
        };
    }

    /** The document behind exactly one such token. */
    private static int[] after(int token, int[] tokens) {
        if (tokens[0] == token) {
            return tokens;
        }
        int[] begun = new int[tokens.length + 1];
        begun[0] = token;
        System.arraycopy(tokens, 0, begun, 1, tokens.length);
        return begun;
    }

    private float[] forward(int[] tokens, int from, int to, RopeFrequencies frequencies) {
        if (to - from < 2) {
            return new float[0];
        }
        int[] input = Arrays.copyOfRange(tokens, from, to);
        PassPlan plan = new PassPlan(frequencies, scales, input.length, Probe.LOSSES, PassPlan.DEFAULT_CHUNK_TOKENS);
        try (DocumentPass pass = DocumentPass.open(model, plan, () -> false)) {
            forwardTokens.add(input.length);
            return pass.advance(input, 0, input.length);
        }
    }

    private RopeState freshState() {
        return new RopeState(model.config().geometry(), rope);
    }

    private boolean dependsOnLength() {
        return rope.lengthRule() != RopeScaling.LengthRule.FIXED;
    }

    /** Tokens that went through the model since this was made, those that are context only included. */
    public long forwardTokens() {
        return forwardTokens.sum();
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
