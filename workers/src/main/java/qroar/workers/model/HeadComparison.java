package qroar.workers.model;

import java.util.Arrays;
import qroar.workers.lending.LayerUse;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.DecoderScript.Predicted;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/** Two models' heads beside each other, over hidden states that were read before: the models need no layer for it. */
public final class HeadComparison implements AutoCloseable {
    /** KL divergence, loss of the reference, loss of the model, 1 where both hold the same token for the likeliest. */
    public static final int FIGURES = 4;

    private final ValueScope scope = new ValueScope();
    private final DecoderScript script = TorchRuntime.decoder();
    private final DecoderModel reference;
    private final DecoderModel model;
    private final LayerUse<TorchValue> referenceHead;
    private final LayerUse<TorchValue> head;

    /**
     * @param reference of the distributions that divergence is measured from
     * @throws IllegalArgumentException when they have not one vocabulary
     */
    public HeadComparison(DecoderModel reference, DecoderModel model) {
        if (reference.config().vocabularySize() != model.config().vocabularySize()) {
            throw new IllegalArgumentException("vocabularies of "
                    + reference.config().vocabularySize() + " and "
                    + model.config().vocabularySize());
        }
        this.reference = reference;
        this.model = model;
        referenceHead = scope.own(reference.head().matrix());
        head = scope.own(model.head().matrix());
    }

    /**
     * Compares what both predict behind some tokens.
     *
     * @param referenceRows states of the reference behind these tokens, row after row; {@code rows} those of the model
     * @param targets the token that came behind each
     * @return {@link #FIGURES} times as many numbers, figure after figure
     */
    public double[] of(float[] referenceRows, float[] rows, int[] targets) {
        int count = targets.length;
        long[] ids = Arrays.stream(targets).asLongStream().toArray();
        try (TorchValue theirs = states(reference, referenceRows, count);
                TorchValue ours = states(model, rows, count);
                TorchValue came = script.longs(ids, model.device());
                TorchValue found = script.divergence(
                        new Predicted(theirs, referenceHead.packed(), reference.arithmetic()),
                        new Predicted(ours, head.packed(), model.arithmetic()),
                        came,
                        model.head().rowsOfTwo())) {
            return found.doubles();
        }
    }

    private TorchValue states(DecoderModel of, float[] rows, int count) {
        return script.floats(rows, new long[] {count, of.config().hiddenSize()}, of.device());
    }

    @Override
    public void close() {
        scope.close();
    }
}
