package qroar.workers.divergence;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ReferenceComparison.Stretch;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.evaluation.KeyTokens;
import qroar.workers.evaluation.PassWatch;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.HeadComparison;
import qroar.workers.model.StateSink;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.text.TokenizedDocument;

/**
 * Sets what a trial's model says of documents beside what its reference said, a document at a time. Of the reference's own
 * trial it keeps what the others are compared with. The reference must have read a document before. Confined to one
 * thread.
 */
public final class BesideReference implements AutoCloseable {
    /** Tokens whose states are in memory at one time. */
    private static final int CHUNK_TOKENS = 512;

    private final TrialSpec spec;
    private final Reference reference;
    private final boolean own;
    private final DecoderModel model;
    private final @Nullable DecoderModel otherHead;
    private final ReadingPlan reading;
    private final KeptStates kept;
    private final BooleanSupplier cancelled;
    /** Of documents that are being read. */
    private final Map<Integer, HiddenStates> states = new HashMap<>();

    private final Map<Integer, Path> files = new HashMap<>();
    private long moreTokens;

    /**
     * @param spec names a reference
     * @param otherHead a model with the reference's head, closed with this; null where the model has the same
     * @param reading how the model reads
     * @param cancelled asked again and again
     */
    public BesideReference(
            TrialSpec spec,
            DecoderModel model,
            @Nullable DecoderModel otherHead,
            ReadingPlan reading,
            KeptStates kept,
            BooleanSupplier cancelled) {
        this.spec = spec;
        this.reference = Objects.requireNonNull(spec.reference());
        this.own = spec.isReference();
        this.model = model;
        this.otherHead = otherHead;
        this.reading = reading;
        this.kept = kept;
        this.cancelled = cancelled;
    }

    /** What gets the states of a document that is read from its start. */
    public StateSink begin(int document) {
        forget(document);
        int width = model.config().hiddenSize();
        HiddenStates begun;
        if (own) {
            Path file = kept.begin();
            files.put(document, file);
            try {
                begun = HiddenStates.in(file, width);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        } else {
            begun = HiddenStates.passing(width);
        }
        states.put(document, begun);
        return begun;
    }

    /**
     * The document was read whole.
     *
     * @param nll of its tokens from the second on
     * @throws CancellationException when cancelled
     */
    public ReferenceComparison end(int document, TokenizedDocument text, float[] nll) {
        HiddenStates read = Objects.requireNonNull(states.get(document));
        KeptStates.Entry entry = entry(document);
        try {
            return own ? kept(document, entry, text, read, nll) : compared(document, entry, text, read, nll);
        } finally {
            forget(document);
        }
    }

    private KeptStates.Entry entry(int document) {
        return new KeptStates.Entry(
                reference, spec.plan().documents().get(document), spec.plan().positions(document));
    }

    /** Tokens that went through the model besides the documents since this was last asked. */
    public long takeMoreTokens() {
        long more = moreTokens;
        moreTokens = 0;
        return more;
    }

    private ReferenceComparison kept(
            int document, KeptStates.Entry entry, TokenizedDocument text, HiddenStates read, float[] nll) {
        byte[] key = keyTokens(text, nll);
        read.append(key);
        read.close();
        kept.keep(Objects.requireNonNull(files.remove(document)), entry);
        double[] zero = new double[nll.length];
        boolean[] same = new boolean[nll.length];
        Arrays.fill(same, true);
        return stretches(document, new TokenDivergence(zero, zero, zero, same), key, nll);
    }

    /** One byte a token. */
    private byte[] keyTokens(TokenizedDocument text, float[] nll) {
        byte[] key = new byte[nll.length];
        KeyTokenRule rule = reference.keyTokens();
        if (rule == null || nll.length < rule.context()) {
            return key;
        }
        double[] whole = new double[nll.length];
        Arrays.setAll(whole, i -> nll[i]);
        Evaluator evaluator = new Evaluator(model, reference.rope(), null, reading).watchedBy(new Asking());
        boolean[] found = evaluator
                .keyTokens(List.of(text), nll.length + 1, whole, KeyTokens.Rule.of(rule))
                .of(0);
        moreTokens += evaluator.forwardTokens();
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (found[i] ? 1 : 0);
        }
        return key;
    }

    private final class Asking implements PassWatch {
        @Override
        public void begin(int tokens, int blocks) {}

        @Override
        public void block() {
            ask();
        }
    }

    private void ask() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("cancelled beside the reference");
        }
    }

    private ReferenceComparison compared(
            int document, KeptStates.Entry entry, TokenizedDocument text, HiddenStates read, float[] nll) {
        int count = nll.length;
        double[][] figures = new double[HeadComparison.FIGURES][count];
        int[] tokens = text.tokens();
        byte[] key;
        DecoderModel referenceHead = otherHead == null ? model : otherHead;
        try (HiddenStates theirs = kept.open(entry, referenceHead.config().hiddenSize());
                HeadComparison heads = new HeadComparison(referenceHead, model)) {
            key = theirs.appended(entry.positions(), count);
            for (int from = 0; from < count; from += CHUNK_TOKENS) {
                ask();
                int to = Math.min(count, from + CHUNK_TOKENS);
                double[] some = heads.of(
                        theirs.rows(from, to), read.rows(from, to), Arrays.copyOfRange(tokens, from + 1, to + 1));
                for (int figure = 0; figure < figures.length; figure++) {
                    System.arraycopy(some, figure * (to - from), figures[figure], from, to - from);
                }
            }
        }
        boolean[] same = new boolean[count];
        for (int i = 0; i < count; i++) {
            same[i] = figures[3][i] != 0;
        }
        return stretches(document, new TokenDivergence(figures[0], figures[1], figures[2], same), key, nll);
    }

    private ReferenceComparison stretches(int document, TokenDivergence found, byte[] key, float[] nll) {
        EvaluationPlan plan = spec.plan();
        List<Stretch> stretches = new ArrayList<>();
        int from = 0;
        for (int length : plan.lengths()) {
            int to = Math.min(length, plan.positions(document)) - 1;
            if (to <= from) {
                break;
            }
            stretches.add(stretch(found, key, nll, from, to));
            from = to;
        }
        return new ReferenceComparison(document, stretches);
    }

    private static Stretch stretch(TokenDivergence found, byte[] key, float[] nll, int from, int to) {
        double sum = 0;
        double most = 0;
        long same = 0;
        double moved = 0;
        double squares = 0;
        long keys = 0;
        double keyNats = 0;
        for (int i = from; i < to; i++) {
            double kl = found.kl()[i];
            sum += kl;
            most = Math.max(most, kl);
            same += found.sameTop()[i] ? 1 : 0;
            double delta = Math.exp(-found.nll()[i]) - Math.exp(-found.referenceNll()[i]);
            moved += delta;
            squares += delta * delta;
            keys += key[i];
            keyNats += key[i] == 0 ? 0 : nll[i];
        }
        return new Stretch(
                to - from,
                sum,
                most,
                LogHistogram.ofMagnitudes(Arrays.copyOfRange(found.kl(), from, to)),
                same,
                moved,
                squares,
                keys,
                keyNats);
    }

    private void forget(int document) {
        HiddenStates known = states.remove(document);
        if (known != null) {
            known.close();
        }
        Path file = files.remove(document);
        if (file != null) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    @Override
    public void close() {
        List.copyOf(states.keySet()).forEach(this::forget);
        if (otherHead != null) {
            otherHead.close();
        }
    }
}
