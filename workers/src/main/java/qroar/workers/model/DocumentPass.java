package qroar.workers.model;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.block.KeyValueCache;
import qroar.workers.block.LayerChunks;
import qroar.workers.block.LayerRotary;
import qroar.workers.lending.LayerUse;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * One reading of one document from its start, the key/value cache carried along. Each call of {@link #advance} takes the
 * next tokens and answers with the losses of exactly these tokens: a token is scored when it arrives, by the state
 * before it.
 *
 * <p>Not thread-safe; passes on different threads may share a model. After an exception out of {@link #advance} the pass
 * can only be closed, which frees everything it held.
 */
public final class DocumentPass implements AutoCloseable {
    private final ValueScope scope = new ValueScope();
    private final DecoderModel model;
    private final PassPlan plan;
    private final BooleanSupplier cancelled;
    private final DecoderScript script = TorchRuntime.decoder();
    private final LayerRotary rotary;
    private final KeyValueCache cache;
    private final @Nullable ActivationCounts counts;
    private TorchValue carry;
    private int position;
    private boolean closed;

    private DocumentPass(DecoderModel model, PassPlan plan, BooleanSupplier cancelled) {
        this.model = model;
        this.plan = plan;
        this.cancelled = cancelled;
        model.enter();
        try {
            int layers = model.config().layerCount();
            rotary = scope.own(plan.rotary(model, LayerRotary.Keeping.EVERY_GROUP));
            cache = scope.own(model.blocks().cache(layers, plan.positions()));
            counts = plan.probe() == Probe.LOSSES_AND_ACTIVATIONS
                    ? scope.own(new ActivationCounts(model.config(), model.device()))
                    : null;
            carry = script.floats(new float[0], new long[] {0, model.config().hiddenSize()}, model.device());
        } catch (RuntimeException | Error e) {
            scope.close();
            model.leave();
            throw e;
        }
    }

    /**
     * Begins a document.
     *
     * @param cancelled asked between blocks
     */
    public static DocumentPass open(DecoderModel model, PassPlan plan, BooleanSupplier cancelled) {
        return new DocumentPass(model, plan, cancelled);
    }

    /** Begins a document with default chunks. */
    public static DocumentPass open(
            DecoderModel model,
            RopeScaling rope,
            BandScales scales,
            int positions,
            Probe probe,
            BooleanSupplier cancelled) {
        return open(model, PassPlan.of(model.config(), rope, scales, positions, probe), cancelled);
    }

    /** Tokens read so far. */
    public int position() {
        return position;
    }

    /**
     * Reads tokens {@code from} (which must be {@link #position()}) to {@code to}, exclusive.
     *
     * @return negative log-likelihoods in nats of tokens max(from, 1) to {@code to}, in order: the first token of a
     *     document is never scored
     * @throws qroar.protocol.BadInput when a token id lies outside the vocabulary
     * @throws CancellationException when cancelled
     */
    public float[] advance(int[] tokens, int from, int to) {
        return advance(tokens, from, to, null);
    }

    /** The same, handing over what the head reads. */
    public float[] advance(int[] tokens, int from, int to, @Nullable StateSink states) {
        requireNext(tokens, from, to);
        float[] nll = new float[Math.max(0, to - Math.max(1, from))];
        int filled = 0;
        while (position < to) {
            int end = Math.min(to, position + plan.chunkTokens());
            float[] scored = chunk(tokens, position, end, states);
            System.arraycopy(scored, 0, nll, filled, scored.length);
            filled += scored.length;
            position = end;
        }
        return nll;
    }

    /** Reads tokens as {@link #advance} does, and scores none of them. */
    public void skip(int[] tokens, int from, int to) {
        requireNext(tokens, from, to);
        while (position < to) {
            int end = Math.min(to, position + plan.chunkTokens());
            try (TorchValue ids = ids(tokens, position, end);
                    LayerChunks chunks = model.blocks().chunks(rotary, position, end);
                    TorchValue x = throughBlocks(ids, chunks)) {
                TorchValue last = model.head().carried(x);
                carry.close();
                carry = last;
            }
            position = end;
        }
    }

    /** Reads tokens as {@link #advance} does, and tells of each besides whether it was as likely as any. */
    public TokenScores rank(int[] tokens, int from, int to) {
        requireNext(tokens, from, to);
        TokenScores scores = new TokenScores(Math.max(1, from), Math.max(0, to - Math.max(1, from)));
        while (position < to) {
            int end = Math.min(to, position + plan.chunkTokens());
            try (TorchValue ids = ids(tokens, position, end);
                    LayerChunks chunks = model.blocks().chunks(rotary, position, end);
                    TorchValue x = throughBlocks(ids, chunks);
                    TorchValue targets = ids(tokens, Math.max(position, 1), end)) {
                TorchValue[] ranked = model.head().scoreRanked(x, carry, targets);
                carry.close();
                carry = ranked[2];
                try (TorchValue nll = ranked[0];
                        TorchValue likeliest = ranked[1]) {
                    scores.add(Math.max(position, 1), nll.floats(), likeliest.floats());
                }
            }
            position = end;
        }
        return scores;
    }

    private void requireNext(int[] tokens, int from, int to) {
        if (from != position || to < from || to > tokens.length || to > plan.positions()) {
            throw new IllegalArgumentException("tokens [" + from + "," + to + ") of " + tokens.length
                    + " after position " + position + " in a pass of " + plan.positions());
        }
        model.requireKnown(tokens, from, to);
    }

    /**
     * The id that the model holds for the likeliest next one, which a greedy reader would write.
     *
     * @throws IllegalStateException before a token was read
     */
    public int likeliest() {
        if (position == 0) {
            throw new IllegalStateException("nothing was read yet");
        }
        return model.head().likeliest(carry);
    }

    /**
     * A place to come back to.
     *
     * @throws IllegalStateException in a pass that counts activations: they cannot be taken back
     */
    public Mark mark() {
        if (counts != null) {
            throw new IllegalStateException("a pass that counts activations cannot go back");
        }
        return new Mark(position, carry.share());
    }

    /** Goes on behind a mark of this pass as if what was read since had not been; marks behind it are void. */
    public void returnTo(Mark mark) {
        if (mark.position > position) {
            throw new IllegalArgumentException("mark at " + mark.position + " lies behind position " + position);
        }
        TorchValue then = mark.carry.share();
        carry.close();
        carry = then;
        position = mark.position;
    }

    /** See {@link DocumentPass#mark}. Holds the state before the next token; close it with or after the pass. */
    public static final class Mark implements AutoCloseable {
        private final int position;
        private final TorchValue carry;

        private Mark(int position, TorchValue carry) {
            this.position = position;
            this.carry = carry;
        }

        @Override
        public void close() {
            carry.close();
        }
    }

    private float[] chunk(int[] tokens, int from, int to, @Nullable StateSink states) {
        try (TorchValue ids = ids(tokens, from, to);
                LayerChunks chunks = model.blocks().chunks(rotary, from, to);
                TorchValue x = throughBlocks(ids, chunks);
                TorchValue targets = ids(tokens, Math.max(from, 1), to)) {
            if (states != null) {
                states.take(model.head().normed(x));
            }
            TorchValue[] scored = model.head().score(x, carry, targets);
            carry.close();
            carry = scored[1];
            try (TorchValue nll = scored[0]) {
                return nll.floats();
            }
        }
    }

    private TorchValue throughBlocks(TorchValue ids, LayerChunks chunks) {
        TorchValue x = model.embed(ids);
        for (int layer = 0; layer < model.config().layerCount(); layer++) {
            try (TorchValue input = x) {
                if (cancelled.getAsBoolean()) {
                    throw new CancellationException("pass cancelled at position " + position);
                }
                try (LayerUse<TorchValue> weights = model.layer(layer)) {
                    x = model.blocks()
                            .run(
                                    layer,
                                    weights.packed(),
                                    cache,
                                    chunks.of(layer),
                                    input,
                                    counts == null ? null : counts.layer(layer));
                }
            }
        }
        return x;
    }

    private TorchValue ids(int[] tokens, int from, int to) {
        long[] ids = new long[Math.max(0, to - from)];
        Arrays.setAll(ids, i -> tokens[from + i]);
        return script.longs(ids, model.device());
    }

    /**
     * Histograms of |q| and |k| over everything read so far, one element per layer; empty when the plan did not ask.
     *
     * @param document index to write into them
     */
    public List<LayerActivations> activations(int document) {
        return counts == null ? List.of() : counts.read(document);
    }

    /** Frees cache and tables. Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            carry.close();
            scope.close();
            model.leave();
        }
    }
}
