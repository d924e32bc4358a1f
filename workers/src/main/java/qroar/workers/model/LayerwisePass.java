package qroar.workers.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.block.Chunk;
import qroar.workers.block.KeyValueCache;
import qroar.workers.block.LayerRotary;
import qroar.workers.lending.LayerUse;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * Documents read whole, layer by layer: a layer reads all chunks of all of them before the next one begins, and that one
 * is fetched meanwhile. Each chunk makes the calls that it makes in a {@link DocumentPass}, with the same sizes, so losses
 * and histograms are the same to the bit; only their order in time differs.
 *
 * <p>In memory at once: the hidden states of all documents (a chunk's are replaced as it passes a layer), keys and values
 * of one document in one layer, and the weights of two layers. Nothing is known before the last layer has ended.
 */
public final class LayerwisePass {
    private final DecoderScript script = TorchRuntime.decoder();
    private final DecoderModel model;
    private final BooleanSupplier cancelled;
    private final List<Reader> readers = new ArrayList<>();

    private LayerwisePass(DecoderModel model, BooleanSupplier cancelled) {
        this.model = model;
        this.cancelled = cancelled;
    }

    /**
     * A document to be read.
     *
     * @param plan its positions are read, from 0
     * @param tokens at least as many; neither copied nor changed
     * @param index what its histograms call it
     * @param states gets what the head reads; null for nobody
     */
    public record Text(
            PassPlan plan,
            int[] tokens,
            int index,
            @Nullable StateSink states) {
        /** A document of which losses and histograms are wanted alone. */
        public Text(PassPlan plan, int[] tokens, int index) {
            this(plan, tokens, index, null);
        }
    }

    /**
     * What was read in one document.
     *
     * @param nll in nats, of tokens 1, 2, ...
     * @param activations one element per layer; empty when the plan did not ask
     */
    public record Reading(float[] nll, List<LayerActivations> activations) {
        public Reading {
            nll = nll.clone();
            activations = List.copyOf(activations);
        }

        @Override
        public float[] nll() {
            return nll.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Reading that
                    && Arrays.equals(nll, that.nll)
                    && activations.equals(that.activations);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(nll) + activations.hashCode();
        }
    }

    /**
     * Reads documents together, each as if it were alone.
     *
     * @param cancelled asked between blocks
     * @return one reading per document, in order
     * @throws qroar.protocol.BadInput when a token id lies outside the vocabulary
     * @throws CancellationException when cancelled
     */
    public static List<Reading> read(DecoderModel model, List<Text> texts, BooleanSupplier cancelled) {
        for (Text text : texts) {
            model.requireKnown(text.tokens(), 0, text.plan().positions());
        }
        model.enter();
        try {
            return new LayerwisePass(model, cancelled).read(texts);
        } finally {
            model.leave();
        }
    }

    private List<Reading> read(List<Text> texts) {
        try (ValueScope scope = new ValueScope()) {
            for (Text text : texts) {
                readers.add(scope.own(new Reader(text)));
            }
            int layers = model.config().layerCount();
            LayerUse<TorchValue> weights = model.layer(0);
            for (int layer = 0; layer < layers; layer++) {
                try (LayerUse<TorchValue> current = weights) {
                    weights = model.ahead(layer + 1);
                    through(layer, current);
                } catch (RuntimeException | Error e) {
                    weights.close();
                    throw e;
                }
            }
            try (LayerUse<TorchValue> head = weights) {
                List<Reading> readings = new ArrayList<>();
                for (Reader reader : readers) {
                    readings.add(reader.scored(head));
                }
                return readings;
            }
        }
    }

    private void through(int layer, LayerUse<TorchValue> weights) {
        for (Reader reader : readers) {
            reader.through(layer, weights);
        }
    }

    /** One document on its way: the hidden states of its chunks in front of the next layer. */
    private final class Reader implements AutoCloseable {
        private final ValueScope scope = new ValueScope();
        private final Text text;
        private final LayerRotary rotary;
        private final List<TorchValue> states = new ArrayList<>();
        private final List<LayerActivations> activations = new ArrayList<>();

        Reader(Text text) {
            this.text = text;
            PassPlan plan = text.plan();
            try {
                rotary = scope.own(plan.rotary(model, LayerRotary.Keeping.LAST_GROUP));
                for (int from = 0; from < plan.positions(); from += plan.chunkTokens()) {
                    try (TorchValue ids = ids(from, end(from))) {
                        states.add(model.embed(ids));
                    }
                }
            } catch (RuntimeException | Error e) {
                close();
                throw e;
            }
        }

        private int end(int from) {
            return Math.min(text.plan().positions(), from + text.plan().chunkTokens());
        }

        void through(int layer, LayerUse<TorchValue> weights) {
            boolean counting = text.plan().probe() == Probe.LOSSES_AND_ACTIVATIONS;
            try (KeyValueCache cache = model.blocks().cache(1, text.plan().positions());
                    LayerCounts counts = counting ? new LayerCounts(model.config(), model.device()) : null) {
                for (int i = 0; i < states.size(); i++) {
                    through(layer, weights, i, cache, counts);
                }
                if (counts != null) {
                    activations.add(counts.read(text.index(), layer));
                }
            }
        }

        private void through(
                int layer, LayerUse<TorchValue> weights, int index, KeyValueCache cache, @Nullable LayerCounts counts) {
            int from = index * text.plan().chunkTokens();
            if (cancelled.getAsBoolean()) {
                throw new CancellationException("pass cancelled at position " + from + " in layer " + layer);
            }
            try (Chunk chunk = model.blocks().chunk(rotary.of(layer), from, end(from))) {
                TorchValue passed = model.blocks()
                        .run(
                                layer,
                                weights.packed(),
                                cache,
                                chunk,
                                states.get(index),
                                counts == null ? null : counts.list());
                states.set(index, passed).close();
            }
        }

        Reading scored(LayerUse<TorchValue> head) {
            float[] nll = new float[text.plan().positions() - 1];
            int filled = 0;
            TorchValue carry =
                    script.floats(new float[0], new long[] {0, model.config().hiddenSize()}, model.device());
            try {
                for (int i = 0; i < states.size(); i++) {
                    int from = i * text.plan().chunkTokens();
                    try (TorchValue targets = ids(Math.max(from, 1), end(from))) {
                        StateSink sink = text.states();
                        if (sink != null) {
                            sink.take(model.head().normed(states.get(i)));
                        }
                        TorchValue[] scored = model.head().score(states.get(i), carry, targets, head);
                        carry.close();
                        carry = scored[1];
                        try (TorchValue losses = scored[0]) {
                            float[] some = losses.floats();
                            System.arraycopy(some, 0, nll, filled, some.length);
                            filled += some.length;
                        }
                    }
                }
            } finally {
                carry.close();
            }
            return new Reading(nll, activations);
        }

        private TorchValue ids(int from, int to) {
            return script.longs(
                    Arrays.stream(text.tokens(), from, to).asLongStream().toArray(), model.device());
        }

        @Override
        public void close() {
            states.forEach(TorchValue::close);
            states.clear();
            scope.close();
        }
    }
}
