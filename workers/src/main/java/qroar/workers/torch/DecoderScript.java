package qroar.workers.torch;

import ai.djl.pytorch.jni.IValue;
import qroar.protocol.trial.Precision;

/**
 * The decoder's own operations, as typed calls into {@code decoder.py}, where each is described. Every result belongs to
 * the caller, who closes it; arguments stay the caller's. Thread-safe.
 */
public final class DecoderScript extends TensorScript {
    DecoderScript(ScriptModule module) {
        super(module);
    }

    // ---- quantized activations

    /** Each row of the last dimension quantized by itself and given back as float32. */
    public TorchValue quantizedRows(TorchValue x, int bits, RowRange range) {
        try (TorchValue b = integer(bits);
                TorchValue s = integer(range == RowRange.SYMMETRIC ? 1 : 0)) {
            return call("quantized_rows", x, b, s);
        }
    }

    /** A linear's input as it is computed with; see {@code linear_input} in the script. */
    public TorchValue linearInput(TorchValue x, TorchValue shape) {
        return call("linear_input", x, shape);
    }

    /** Keys as they are cached; see {@code quantized_keys} in the script. */
    TorchValue quantizedKeys(TorchValue keys, TorchValue shape) {
        return call("quantized_keys", keys, shape);
    }

    /** Where zero lies in the integer range of a quantized row. */
    public enum RowRange {
        SYMMETRIC,
        ASYMMETRIC
    }

    // ---- tables and cache

    /** Complex [positions, pairs]: factor_j e^(i position inv_freq_j), angles in float32 as the reference has them. */
    public TorchValue rotaryTable(TorchValue invFreq, TorchValue factors, int positions) {
        try (TorchValue n = integer(positions)) {
            return call("rotary_table", invFreq, factors, n);
        }
    }

    /** Rows of both rotary tables for the positions of one chunk. */
    public TorchValue chunkTables(TorchValue tables, TorchValue past, TorchValue count) {
        return call("chunk_tables", tables, past, count);
    }

    /** Additive mask [count, past + count - first] for attention in an arithmetic. */
    public TorchValue mask(TorchValue like, int past, int count, int first, long window, Arithmetic arithmetic) {
        try (TorchValue p = integer(past);
                TorchValue n = integer(count);
                TorchValue f = integer(first);
                TorchValue w = integer(window);
                TorchValue type = integer(arithmetic.attentionType())) {
            return call("mask", like, p, n, f, w, type);
        }
    }

    /** Room for keys and values of one layer, each [kvHeads, positions, headDim]. */
    public TorchValue cache(TorchValue like, int kvHeads, int positions, int headDim, Precision precision) {
        try (TorchValue h = integer(kvHeads);
                TorchValue p = integer(positions);
                TorchValue d = integer(headDim);
                TorchValue type = integer(Arithmetic.scalarType(precision))) {
            return call("cache", like, h, p, d, type);
        }
    }

    // ---- the forward pass

    /** Rows of the embedding, of any type and on any device, in a precision and where the tokens are. */
    public TorchValue embed(TorchValue embedding, TorchValue tokens, Precision precision) {
        try (TorchValue type = integer(Arithmetic.scalarType(precision))) {
            return call("embed", embedding, tokens, type);
        }
    }

    /** One decoder block over a chunk; keys and values are written into the cache. {@code x} is left as it is. */
    public TorchValue block(
            TorchValue x,
            TorchValue layer,
            TorchValue cache,
            TorchValue tables,
            TorchValue mask,
            TorchValue past,
            TorchValue shape,
            TorchValue epsilon,
            TorchValue counts,
            TorchValue layout) {
        return call("block", x, layer, cache, tables, mask, past, shape, epsilon, counts, layout);
    }

    /** The same with the inputs of its linears: [output, of q k v, of o, of gate and up, of down]. */
    public TorchValue[] tracedBlock(
            TorchValue x,
            TorchValue layer,
            TorchValue cache,
            TorchValue tables,
            TorchValue mask,
            TorchValue past,
            TorchValue shape,
            TorchValue epsilon) {
        try (TorchValue list = call("traced_block", x, layer, cache, tables, mask, past, shape, epsilon)) {
            return list.tensors();
        }
    }

    /** What enters q k v, o, gate and up, and down, as far as {@code last} of these, from 0; nothing behind it is computed. */
    public TorchValue[] entered(
            TorchValue x,
            TorchValue layer,
            TorchValue cache,
            TorchValue tables,
            TorchValue mask,
            TorchValue past,
            TorchValue shape,
            TorchValue epsilon,
            int last) {
        try (TorchValue end = integer(last);
                TorchValue list = call("entered", x, layer, cache, tables, mask, past, shape, epsilon, end)) {
            return list.tensors();
        }
    }

    /** A packed layer with other weights of q, k and v. */
    public TorchValue withQueryKeyValue(TorchValue layer, TorchValue q, TorchValue k, TorchValue v, int headDim) {
        try (TorchValue dim = integer(headDim)) {
            return call("with_query_key_value", layer, q, k, v, dim);
        }
    }

    /** What enters o, [positions, heads * headDim], for the normed input of q, k and v. */
    public TorchValue attentionOutput(
            TorchValue a,
            TorchValue layer,
            TorchValue cache,
            TorchValue tables,
            TorchValue mask,
            TorchValue past,
            TorchValue shape,
            TorchValue epsilon) {
        return call("attention_output", a, layer, cache, tables, mask, past, shape, epsilon);
    }

    /** [nll of the targets, normed last row]; see {@code score} in the script. */
    public TorchValue[] score(
            TorchValue x,
            TorchValue carry,
            TorchValue norm,
            TorchValue head,
            TorchValue targets,
            TorchValue epsilon,
            long maxRows,
            Arithmetic.Products products) {
        try (TorchValue rows = integer(maxRows);
                TorchValue wide = integer(wide(products));
                TorchValue list = call("score", x, carry, norm, head, targets, epsilon, rows, wide)) {
            return list.tensors();
        }
    }

    /** [losses, 1 where the target is as likely as any token and else 0, last row to carry on]; see {@link #score}. */
    public TorchValue[] scoreRanked(
            TorchValue x,
            TorchValue carry,
            TorchValue norm,
            TorchValue head,
            TorchValue targets,
            TorchValue epsilon,
            long maxRows,
            Arithmetic.Products products) {
        try (TorchValue rows = integer(maxRows);
                TorchValue wide = integer(wide(products));
                TorchValue list = call("score_ranked", x, carry, norm, head, targets, epsilon, rows, wide)) {
            return list.tensors();
        }
    }

    /** The last row after the final norm, as {@link #score} carries it on. */
    public TorchValue carried(TorchValue x, TorchValue norm, TorchValue epsilon) {
        return call("carried", x, norm, epsilon);
    }

    /** [final norm of x, its logits], both in float32. */
    public TorchValue[] logits(
            TorchValue x, TorchValue norm, TorchValue head, TorchValue epsilon, Arithmetic.Products products) {
        try (TorchValue wide = integer(wide(products));
                TorchValue list = call("logits", x, norm, head, epsilon, wide)) {
            return list.tensors();
        }
    }

    /** The id of the largest logit of each row that the head reads, which {@link #score} carries on. */
    public TorchValue likeliest(TorchValue rows, TorchValue head, Arithmetic.Products products) {
        try (TorchValue wide = integer(wide(products))) {
            return call("likeliest", rows, head, wide);
        }
    }

    /** What the head reads of x, in float32. */
    public TorchValue normed(TorchValue x, TorchValue norm, TorchValue epsilon) {
        return call("normed", x, norm, epsilon);
    }

    /**
     * Next-token distributions of two models beside each other; see {@code divergence} in the script.
     *
     * @param reference rows as {@link #normed} gave them
     * @param rows the other model's
     * @param targets the tokens that came
     * @param maxRows whose logits exist at one time, of each model
     * @return [4, rows] in float64
     */
    public TorchValue divergence(Predicted reference, Predicted rows, TorchValue targets, long maxRows) {
        return divergence("divergence", reference, rows, targets, maxRows);
    }

    /** The same without memory that is used again, on a processor too: what the other is to be equal to. */
    public TorchValue divergenceAnew(Predicted reference, Predicted rows, TorchValue targets, long maxRows) {
        return divergence("divergence_anew", reference, rows, targets, maxRows);
    }

    /** What one model predicts from: rows that its head reads, the head, and how it computes. */
    public record Predicted(TorchValue rows, TorchValue head, Arithmetic arithmetic) {}

    private TorchValue divergence(
            String method, Predicted reference, Predicted rows, TorchValue targets, long maxRows) {
        try (TorchValue codes = integers(
                        reference.arithmetic().scalarType(),
                        wide(reference.arithmetic().products()),
                        rows.arithmetic().scalarType(),
                        wide(rows.arithmetic().products()));
                TorchValue most = integer(maxRows)) {
            return call(method, reference.rows(), reference.head(), rows.rows(), rows.head(), targets, codes, most);
        }
    }

    /** What the script calls {@code wide}. */
    public static long wide(Arithmetic.Products products) {
        return products == Arithmetic.Products.WIDENED ? 1 : 0;
    }

    // ---- the backward pass

    /**
     * A block over positions from 0, backwards: [gradient of its input, d ln s of q per pair, the same of k], the last
     * two in float64.
     *
     * @param mask additive, over all positions
     * @param gradient of the block's output
     */
    public TorchValue[] blockBack(
            TorchValue x,
            TorchValue layer,
            TorchValue tables,
            TorchValue mask,
            TorchValue shape,
            TorchValue epsilon,
            TorchValue gradient) {
        try (TorchValue list = call("block_back", x, layer, tables, mask, shape, epsilon, gradient)) {
            return list.tensors();
        }
    }

    /** Gradient of the last block's output: of the sum of the losses of {@code targets}, tokens 1, 2, ... */
    public TorchValue scoreBack(
            TorchValue x, TorchValue norm, TorchValue head, TorchValue targets, TorchValue epsilon, long maxRows) {
        try (TorchValue rows = integer(maxRows)) {
            return call("score_back", x, norm, head, targets, epsilon, rows);
        }
    }

    /**
     * How far a kernel's attention lies from the plain formula, over the largest value of that; NaN where it gave one.
     *
     * @param past positions before those that ask
     * @param count positions that ask
     */
    double attentionError(
            AttentionKernel kernel, TorchDevice device, Precision precision, int headDim, int past, int count) {
        try (ValueScope scope = new ValueScope()) {
            double[] found = scope.own(call(
                            "attention_probe",
                            scope.own(absent(device)),
                            scope.own(integer(headDim)),
                            scope.own(integer(past)),
                            scope.own(integer(count)),
                            scope.own(integer(Arithmetic.scalarType(precision))),
                            scope.own(integer(kernel.code()))))
                    .doubles();
            return found[0] / found[1];
        }
    }

    // ---- for measuring a device

    /** Numbers of no meaning, small enough for sums of thousands, made on the device. */
    public TorchValue made(TorchDevice device, Precision precision, long... shape) {
        try (TorchValue name = new TorchValue(IValue.from(device.torchName()));
                TorchValue sizes = integers(shape);
                TorchValue type = integer(Arithmetic.scalarType(precision))) {
            return call("made", name, sizes, type);
        }
    }

    /** A packed layer of such numbers, as {@link #block} reads it, without biases. */
    public TorchValue madeLayer(
            TorchDevice device,
            Precision precision,
            int hidden,
            int heads,
            int keyValueHeads,
            int headDim,
            int intermediate) {
        try (TorchValue name = new TorchValue(IValue.from(device.torchName()));
                TorchValue sizes = integers(hidden, heads, keyValueHeads, headDim, intermediate);
                TorchValue type = integer(Arithmetic.scalarType(precision))) {
            return call("made_layer", name, sizes, type);
        }
    }

    /** Sets every element of a list's tensors to zero. */
    public void clear(TorchValue tensors) {
        call("cleared", tensors).close();
    }

    /** a b. */
    public TorchValue product(TorchValue a, TorchValue b) {
        return call("product", a, b);
    }

    /** Returns when the tensor has been computed: an accelerator works while its caller goes on. */
    public void await(TorchValue tensor) {
        try (TorchValue first = call("first", tensor)) {
            first.floats();
        }
    }

    /** How far 1 + 2^-14 lies from itself after a product with ones and zeros in float32: TF32 would drop the last bits. */
    double productError(TorchDevice device) {
        try (TorchValue name = new TorchValue(IValue.from(device.torchName()));
                TorchValue error = call("product_error", name)) {
            return error.floats()[0];
        }
    }

    TorchValue dtypeProbe(TorchValue x) {
        return call("dtype_probe", x);
    }
}
