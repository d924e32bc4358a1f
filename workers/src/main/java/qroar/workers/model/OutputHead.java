package qroar.workers.model;

import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.config.ModelConfig;
import qroar.workers.lending.LayerUse;
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
        this.rows = rowsAtOnce(config, device);
    }

    /** Rows whose logits and log-probabilities may exist at one time, at least one; known before a model is loaded. */
    public static int rowsAtOnce(ModelConfig config) {
        return (int) Math.max(1, MAX_LOGITS_BYTES / (2L * Float.BYTES * config.vocabularySize()));
    }

    /** How many of them are made at one time on a device: on a processor what its cache holds. */
    public static int rowsAtOnce(ModelConfig config, TorchDevice device) {
        int most = rowsAtOnce(config);
        if (device.kind() == TorchDevice.Kind.GPU) {
            return most;
        }
        long cached = CACHED_LOGITS_BYTES / ((long) Float.BYTES * config.vocabularySize());
        return (int) Math.min(most, Math.max(LEAST_CACHED_ROWS, cached));
    }

    /**
     * What the logits of so many rows take while their losses are made, the head's own matrix aside; so do those of two models
     * beside each other, each of half the rows. On a processor they become log-probabilities where they are, in memory that all
     * rows share; elsewhere both are there, and so they are for a gradient.
     *
     * @param tokens that pass together
     */
    public static long logitsBytes(
            ModelConfig config, Arithmetic arithmetic, TorchDevice device, Probe probe, long tokens) {
        long rows = Math.min(tokens, rowsAtOnce(config, device));
        boolean is16Bit = arithmetic.precision() != Precision.FLOAT32;
        long each = 2L * Float.BYTES + (is16Bit ? Float.BYTES : 0);
        if (device.kind() == TorchDevice.Kind.CPU && probe != Probe.LOSSES_AND_GRADIENT) {
            boolean widened = arithmetic.products() == Arithmetic.Products.WIDENED;
            // The product and, rounded, its float32: a product in float32 is rounded on its way.
            long product = widened
                    ? Float.BYTES + arithmetic.precision().bytes()
                    : arithmetic.precision().bytes();
            each = is16Bit ? product + Float.BYTES : Float.BYTES;
        }
        return each * rows * config.vocabularySize();
    }

    /** How many rows' logits of two models are made at one time. */
    int rowsOfTwo() {
        return Math.max(1, rows / 2);
    }

    /** The matrix, for as long as it is used; the caller's to close. */
    LayerUse<TorchValue> matrix() {
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
        try (LayerUse<TorchValue> matrix = matrix()) {
            return score(x, carry, targets, matrix);
        }
    }

    /** The same with a matrix that is at hand. */
    TorchValue[] score(TorchValue x, TorchValue carry, TorchValue targets, LayerUse<TorchValue> matrix) {
        return script.score(x, carry, norm, matrix.packed(), targets, epsilon, rows, arithmetic.products());
    }

    /** Losses of targets, where a target is the likeliest, and the last row to carry on; all the caller's to close. */
    TorchValue[] scoreRanked(TorchValue x, TorchValue carry, TorchValue targets) {
        try (LayerUse<TorchValue> matrix = matrix()) {
            return script.scoreRanked(x, carry, norm, matrix.packed(), targets, epsilon, rows, arithmetic.products());
        }
    }

    /** Gradient by the last block's output of the sum of the targets' losses; the caller's to close. */
    TorchValue scoreBack(TorchValue x, TorchValue targets) {
        try (LayerUse<TorchValue> matrix = matrix()) {
            return script.scoreBack(x, norm, matrix.packed(), targets, epsilon, rows);
        }
    }

    /** The last row to carry on where nothing is scored. */
    TorchValue carried(TorchValue x) {
        return script.carried(x, norm, epsilon);
    }

    /** The likeliest id behind the last token read. */
    int likeliest(TorchValue carry) {
        try (LayerUse<TorchValue> matrix = matrix();
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
