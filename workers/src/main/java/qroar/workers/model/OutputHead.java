package qroar.workers.model;

import qroar.workers.config.ModelConfig;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * What stands behind the last block: the final norm and the matrix that makes logits of states. Logits of a whole chunk would
 * be larger than the rest of a pass, so they are made and used some rows at a time. States are {@code [tokens, hidden]}, targets
 * the ids that came behind each. Belongs to its model, which frees it.
 */
public final class OutputHead {
    /** Bound of the logits and log-probabilities that exist at one time. */
    private static final long MAX_LOGITS_BYTES = 256L << 20;

    /**
     * Of float32 logits on a processor, whose last cache should hold them until their losses are known: measured with 49,152
     * tokens, 128 rows take 0.5 (bfloat16) and 0.9 (float32) of the time of 512.
     */
    private static final long CACHED_LOGITS_BYTES = 24L << 20;

    /** Fewer would leave products slow. */
    private static final int LEAST_CACHED_ROWS = 128;

    private final DecoderScript script = TorchRuntime.decoder();
    private final RestingWeights weights;
    private final TorchValue norm;
    private final TorchValue epsilon;
    private final Arithmetic arithmetic;
    private final int most;
    private final int rows;

    /** @param epsilon of the norm, the caller's */
    OutputHead(
            ModelConfig config,
            RestingWeights weights,
            TorchValue norm,
            TorchValue epsilon,
            Arithmetic arithmetic,
            TorchDevice device) {
        this.weights = weights;
        this.norm = norm;
        this.epsilon = epsilon;
        this.arithmetic = arithmetic;
        this.most = rowsAtOnce(config);
        this.rows = rowsAtOnce(config, device);
    }

    /** Rows whose logits and log-probabilities may exist at one time, at least one; known before a model is loaded. */
    public static int rowsAtOnce(ModelConfig config) {
        return (int) Math.max(1, MAX_LOGITS_BYTES / (2L * Float.BYTES * config.vocabularySize()));
    }

    /** How many of them are made at one time on a device: on a processor what its cache holds. */
    static int rowsAtOnce(ModelConfig config, TorchDevice device) {
        int most = rowsAtOnce(config);
        if (device.kind() == TorchDevice.Kind.GPU) {
            return most;
        }
        long cached = CACHED_LOGITS_BYTES / ((long) Float.BYTES * config.vocabularySize());
        return (int) Math.min(most, Math.max(LEAST_CACHED_ROWS, cached));
    }

    int rowsAtOnce() {
        return most;
    }

    /** The matrix, for as long as it is used; the caller's to close. */
    LayerUse matrix() {
        return weights.head();
    }

    TorchValue norm() {
        return norm;
    }

    /**
     * Losses of targets after the last block; see {@link DecoderScript#score}.
     *
     * @param carry last row of the chunk before, or none
     * @return [losses, last row to carry on], both the caller's to close
     */
    TorchValue[] score(TorchValue x, TorchValue carry, TorchValue targets) {
        try (LayerUse matrix = matrix()) {
            return score(x, carry, targets, matrix);
        }
    }

    /** The same with a matrix that is at hand. */
    TorchValue[] score(TorchValue x, TorchValue carry, TorchValue targets, LayerUse matrix) {
        return script.score(x, carry, norm, matrix.packed(), targets, epsilon, rows, arithmetic.products());
    }

    /** Losses of targets, where a target is the likeliest, and the last row to carry on; all the caller's to close. */
    TorchValue[] scoreRanked(TorchValue x, TorchValue carry, TorchValue targets) {
        try (LayerUse matrix = matrix()) {
            return script.scoreRanked(x, carry, norm, matrix.packed(), targets, epsilon, rows, arithmetic.products());
        }
    }

    /** Gradient by the last block's output of the sum of the targets' losses; the caller's to close. */
    TorchValue scoreBack(TorchValue x, TorchValue targets) {
        try (LayerUse matrix = matrix()) {
            return script.scoreBack(x, norm, matrix.packed(), targets, epsilon, rows);
        }
    }

    /** The last row to carry on where nothing is scored. */
    TorchValue carried(TorchValue x) {
        return script.carried(x, norm, epsilon);
    }

    /** The likeliest id behind the last token read. */
    int likeliest(TorchValue carry) {
        try (LayerUse matrix = matrix();
                TorchValue id = script.likeliest(carry, matrix.packed(), arithmetic.products())) {
            return (int) id.longs()[0];
        }
    }

    /** What the matrix reads of the last block's output, row after row in float32. */
    float[] normed(TorchValue x) {
        try (TorchValue rows = script.normed(x, norm, epsilon)) {
            return rows.floats();
        }
    }
}
