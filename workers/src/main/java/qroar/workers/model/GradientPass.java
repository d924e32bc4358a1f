package qroar.workers.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import qroar.protocol.trial.ScaleGradient;
import qroar.workers.block.KeyValueCache;
import qroar.workers.block.LayerChunks;
import qroar.workers.block.LayerRotary;
import qroar.workers.lending.LayerUse;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * The start of a document in one piece, forward and back: its losses, and how their sum answers to a factor on each RoPE
 * pair of the rotated q and k. With y = s u the rotated q (or k) of a pair, d NLL / d ln s = dNLL/dy . y, summed over
 * layers (those of a group that has scales of its own), heads and positions.
 *
 * <p>The backward pass is written by hand and goes block by block, each computing its forward pass again from its input:
 * the weights stay shared with every other pass (autograd refuses them, for they are inference tensors, and a copy would
 * double the model), and what is in memory at once is the input of every block and the attention weights of one. It is
 * computed in float32 in every precision, from the inputs and weights that the forward pass had.
 */
public final class GradientPass implements AutoCloseable {
    private final ValueScope scope = new ValueScope();
    private final DecoderScript script = TorchRuntime.decoder();
    private final DecoderModel model;
    private final BooleanSupplier cancelled;
    private final int[] tokens;
    private final LayerRotary rotary;
    private final LayerChunks chunks;
    private final KeyValueCache cache;
    private final TorchValue targets;

    private GradientPass(DecoderModel model, PassPlan plan, int[] tokens, BooleanSupplier cancelled) {
        this.model = model;
        this.tokens = tokens;
        this.cancelled = cancelled;
        model.enter();
        try {
            rotary = scope.own(plan.rotary(model, LayerRotary.Keeping.EVERY_GROUP));
            chunks = scope.own(model.blocks().chunks(rotary, 0, tokens.length));
            cache = scope.own(model.blocks().cache(model.config().layerCount(), tokens.length));
            targets = ids(1);
        } catch (RuntimeException | Error e) {
            scope.close();
            model.leave();
            throw e;
        }
    }

    /**
     * What a pass measures.
     *
     * @param nll in nats, of tokens 1, 2, ...
     */
    public record Reading(float[] nll, ScaleGradient gradient) {
        public Reading {
            nll = nll.clone();
        }

        @Override
        public float[] nll() {
            return nll.clone();
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Reading that && Arrays.equals(nll, that.nll) && gradient.equals(that.gradient);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(nll) + gradient.hashCode();
        }
    }

    /**
     * Reads the first {@code plan.positions()} tokens.
     *
     * @param document index to write into the gradient
     * @param cancelled asked between blocks
     * @throws qroar.protocol.BadInput when a token id lies outside the vocabulary
     * @throws CancellationException when cancelled
     */
    public static Reading read(
            DecoderModel model, PassPlan plan, int[] tokens, int document, BooleanSupplier cancelled) {
        int[] read = Arrays.copyOf(tokens, plan.positions());
        model.requireKnown(read, 0, read.length);
        try (GradientPass pass = new GradientPass(model, plan, read, cancelled)) {
            return pass.read(document);
        }
    }

    private Reading read(int document) {
        List<TorchValue> inputs = new ArrayList<>();
        try {
            try (TorchValue ids = ids(0)) {
                inputs.add(model.embed(ids));
            }
            for (int layer = 0; layer < model.config().layerCount(); layer++) {
                stopWhenCancelled();
                try (LayerUse<TorchValue> weights = model.layer(layer)) {
                    inputs.add(model.blocks()
                            .run(
                                    layer,
                                    weights.packed(),
                                    cache,
                                    chunks.of(layer),
                                    inputs.get(inputs.size() - 1),
                                    null));
                }
            }
            TorchValue last = inputs.remove(inputs.size() - 1);
            try (last) {
                float[] nll = losses(last);
                return new Reading(nll, backwards(inputs, last, document));
            }
        } finally {
            inputs.forEach(TorchValue::close);
        }
    }

    private float[] losses(TorchValue x) {
        long[] none = {0, model.config().hiddenSize()};
        try (TorchValue carry = script.floats(new float[0], none, model.device())) {
            TorchValue[] scored = model.head().score(x, carry, targets);
            try (TorchValue nll = scored[0];
                    TorchValue row = scored[1]) {
                return nll.floats();
            }
        }
    }

    private ScaleGradient backwards(List<TorchValue> inputs, TorchValue last, int document) {
        int pairs = model.config().geometry().pairCount();
        double[] query = new double[rotary.layers().count() * pairs];
        double[] key = new double[query.length];
        TorchValue gradient = model.head().scoreBack(last, targets);
        try {
            for (int layer = inputs.size() - 1; layer >= 0; layer--) {
                stopWhenCancelled();
                TorchValue[] back;
                try (LayerUse<TorchValue> weights = model.layer(layer)) {
                    back = model.blocks().back(layer, weights.packed(), chunks.of(layer), inputs.get(layer), gradient);
                }
                gradient.close();
                gradient = back[0];
                int first = rotary.layers().groupOf(layer) * pairs;
                add(query, first, back[1]);
                add(key, first, back[2]);
                inputs.remove(layer).close();
            }
        } finally {
            gradient.close();
        }
        return new ScaleGradient(document, boxed(query), boxed(key));
    }

    private static void add(double[] sums, int first, TorchValue more) {
        try (more) {
            double[] values = more.doubles();
            for (int i = 0; i < values.length; i++) {
                sums[first + i] += values[i];
            }
        }
    }

    private static List<Double> boxed(double[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private TorchValue ids(int from) {
        long[] ids = Arrays.stream(tokens, from, tokens.length).asLongStream().toArray();
        return from == 0 ? script.longs(ids, model.device()) : scope.own(script.longs(ids, model.device()));
    }

    private void stopWhenCancelled() {
        if (cancelled.getAsBoolean()) {
            throw new CancellationException("gradient pass cancelled");
        }
    }

    @Override
    public void close() {
        scope.close();
        model.leave();
    }
}
