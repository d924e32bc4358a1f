package qroar.workers.torch;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import qroar.protocol.trial.Precision;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;

/**
 * Typed calls into {@code decoder.py}, where each operation is described. Every result belongs to the caller, who
 * closes it; arguments stay the caller's. Thread-safe.
 */
public final class DecoderScript {
    private final ScriptModule module;

    DecoderScript(ScriptModule module) {
        this.module = module;
    }

    // ---- from and to Java

    /** A float32 tensor on the device. */
    public TorchValue floats(float[] values, long[] shape, TorchDevice device) {
        try (PtNDArray array = (PtNDArray) TorchRuntime.arrays(device).create(values, new Shape(shape))) {
            return owned(array);
        }
    }

    /** A uint8 tensor on the device. */
    public TorchValue bytes(byte[] values, long[] shape, TorchDevice device) {
        ByteBuffer direct = ByteBuffer.allocateDirect(values.length).put(values).flip();
        try (PtNDArray array =
                (PtNDArray) TorchRuntime.arrays(device).create(direct, new Shape(shape), DataType.UINT8)) {
            return owned(array);
        }
    }

    /** An int64 vector on the device. */
    public TorchValue longs(long[] values, TorchDevice device) {
        try (PtNDArray array = (PtNDArray) TorchRuntime.arrays(device).create(values, new Shape(values.length))) {
            return owned(array);
        }
    }

    /**
     * An array made from Java values aliases a direct buffer, which is collected with the array's Java object whatever
     * native references are left: only a copy may outlive it.
     */
    private TorchValue owned(PtNDArray array) {
        try (TorchValue alias = new TorchValue(IValue.from(array))) {
            return call("owned", alias);
        }
    }

    /** Zeros of int64 on the device. */
    public TorchValue zeroCounts(long elements, TorchDevice device) {
        try (TorchValue count = integer(elements);
                TorchValue name = new TorchValue(IValue.from(device.torchName()))) {
            return call("zero_counts", count, name);
        }
    }

    /** A tensor without elements, which stands for an absent one. */
    public TorchValue absent(TorchDevice device) {
        return floats(new float[0], new long[] {0}, device);
    }

    /** A list of references to the same tensors. */
    public TorchValue list(List<TorchValue> tensors) {
        PtNDArray[] arrays = tensors.stream().map(TorchValue::toArray).toArray(PtNDArray[]::new);
        try {
            return new TorchValue(IValue.listFrom(arrays));
        } finally {
            for (PtNDArray array : arrays) {
                array.close();
            }
        }
    }

    public TorchValue integers(long... values) {
        return new TorchValue(IValue.listFrom(values));
    }

    public TorchValue integer(long value) {
        return new TorchValue(IValue.from(value));
    }

    public TorchValue number(double value) {
        return new TorchValue(IValue.from(value));
    }

    public TorchValue numbers(double... values) {
        return new TorchValue(IValue.listFrom(values));
    }

    // ---- loading

    /**
     * Reads a stored tensor and upcasts it to float32 on the device: a plain one through a mapping of its file, which ends
     * with the call, a packed one by de-quantizing it. Types other than {@link Dtype}'s never reach the binding, which
     * would abort the process.
     */
    public TorchValue mapped(WeightSource source, TorchDevice device) {
        return source instanceof TensorLocation location
                ? mapped(location, device, scalarType(Dtype.F32))
                : floats(source.readFloat32(), source.shape(), device);
    }

    /** The same in the type of a precision. */
    public TorchValue mapped(WeightSource source, TorchDevice device, Precision precision) {
        if (source instanceof TensorLocation location) {
            return mapped(location, device, Arithmetic.scalarType(precision));
        }
        try (TorchValue wide = mapped(source, device)) {
            return onto(wide, device, precision);
        }
    }

    /** The same in the type in which it is stored; a packed one in float32. */
    public TorchValue resident(WeightSource source, TorchDevice device) {
        return source instanceof TensorLocation location
                ? mapped(location, device, scalarType(location.dtype()))
                : mapped(source, device);
    }

    private TorchValue mapped(TensorLocation location, TorchDevice device, long scalarType) {
        if (!location.isAligned()) {
            return copied("copied_as", location, new TorchValue(IValue.from(device.torchName())), integer(scalarType));
        }
        try (TorchValue path = new TorchValue(IValue.from(location.file().toString()));
                TorchValue dtype = integer(scalarType(location.dtype()));
                TorchValue offset = integer(location.elementOffset());
                TorchValue shape = integers(location.shape());
                TorchValue name = new TorchValue(IValue.from(device.torchName()));
                TorchValue type = integer(scalarType)) {
            return call("mapped", path, dtype, offset, shape, name, type);
        }
    }

    /**
     * A stored tensor in its own type and as it lies in its file, which must not change as long as this is open: pages
     * are read when they are used, and given up again when memory is short. A packed one is de-quantized into memory. On
     * the processor whatever the device.
     */
    public TorchValue stored(WeightSource source) {
        if (!(source instanceof TensorLocation location)) {
            return mapped(source, TorchDevice.CPU);
        }
        if (!location.isAligned()) {
            return copied("copied", location);
        }
        try (TorchValue path = new TorchValue(IValue.from(location.file().toString()));
                TorchValue dtype = integer(scalarType(location.dtype()));
                TorchValue offset = integer(location.elementOffset());
                TorchValue shape = integers(location.shape())) {
            return call("stored", path, dtype, offset, shape);
        }
    }

    /**
     * Float32 matrices in a file, [count, rows, columns], read and written through its mapping, on the processor. What they
     * hold where nothing was written yet is not told.
     *
     * @param file made, or made longer, where it is not there or too short
     */
    public TorchValue shared(Path file, int count, int rows, int columns) {
        try (TorchValue path = new TorchValue(IValue.from(file.toString()));
                TorchValue shape = integers(count, rows, columns)) {
            return call("shared", path, shape);
        }
    }

    /** One of the matrices, as it lies there. */
    public TorchValue part(TorchValue matrices, int index) {
        try (TorchValue i = integer(index)) {
            return call("part", matrices, i);
        }
    }

    /** Overwrites one of the matrices with another's numbers, from whatever device. */
    public void copyInto(TorchValue matrices, int index, TorchValue values) {
        try (TorchValue i = integer(index)) {
            call("copy_into", matrices, i, values).close();
        }
    }

    /**
     * A tensor that does not begin at a whole element cannot be mapped as it lies: its bytes are, and copied.
     *
     * @param more arguments of the operation; closed here
     */
    private TorchValue copied(String operation, TensorLocation location, TorchValue... more) {
        try (ValueScope scope = new ValueScope()) {
            List<TorchValue> arguments = new ArrayList<>(List.of(
                    scope.own(new TorchValue(IValue.from(location.file().toString()))),
                    scope.own(integer(scalarType(location.dtype()))),
                    scope.own(integer(location.absoluteByteOffset())),
                    scope.own(integer(location.bytes())),
                    scope.own(integers(location.shape()))));
            for (TorchValue argument : more) {
                arguments.add(scope.own(argument));
            }
            return call(operation, arguments.toArray(TorchValue[]::new));
        }
    }

    /** The tensors of a float32 list in another type, each one that it holds exactly; the others as they are. */
    public TorchValue narrowed(TorchValue tensors, Dtype dtype) {
        try (TorchValue type = integer(scalarType(dtype))) {
            return call("narrowed", tensors, type);
        }
    }

    /** The tensors of a list in float32; those that are so already are shared. */
    public TorchValue widened(TorchValue tensors) {
        return call("widened", tensors);
    }

    /** What the elements of a list's tensors take; of float32, 16-bit types, bytes and int64. */
    public long bytes(TorchValue tensors) {
        try (TorchValue total = call("bytes", tensors)) {
            return total.longs()[0];
        }
    }

    /** A tensor in float32 on the device; shared where it is so already. */
    public TorchValue widened(TorchValue tensor, TorchDevice device) {
        return onto(tensor, device, Precision.FLOAT32);
    }

    /** A tensor in the type of a precision on the device; shared where it is so already. */
    public TorchValue onto(TorchValue tensor, TorchDevice device, Precision precision) {
        try (TorchValue name = new TorchValue(IValue.from(device.torchName()));
                TorchValue type = integer(Arithmetic.scalarType(precision))) {
            return call("onto", tensor, name, type);
        }
    }

    /**
     * A packed layer of any types for computing in a precision; norms stay float32, with the values that they have in the
     * type. Tensors that are so already are shared.
     */
    public TorchValue typed(TorchValue packed, Precision precision) {
        try (TorchValue type = integer(Arithmetic.scalarType(precision))) {
            return call("typed", packed, type);
        }
    }

    /** A float32 tensor with the values that it has in a precision. */
    public TorchValue rounded(TorchValue tensor, Precision precision) {
        try (TorchValue type = integer(Arithmetic.scalarType(precision))) {
            return call("rounded", tensor, type);
        }
    }

    /** Codes of {@code c10::ScalarType}. */
    private static long scalarType(Dtype dtype) {
        return switch (dtype) {
            case F32 -> 6;
            case F16 -> 5;
            case BF16 -> 15;
        };
    }

    /** How many elements are numbers whose absolute value is at least the limit. */
    public long beyond(TorchValue tensor, double limit) {
        try (TorchValue least = number(limit);
                TorchValue count = call("beyond", tensor, least)) {
            return count.longs()[0];
        }
    }

    /** How many elements are NaN or infinite. */
    public long nonFinite(TorchValue tensor) {
        try (TorchValue count = call("non_finite", tensor)) {
            return count.longs()[0];
        }
    }

    /** Fuses a layer's tensors into the list that {@link #block} reads. */
    public TorchValue pack(TorchValue tensors, int headDim) {
        try (TorchValue dim = integer(headDim)) {
            return call("pack", tensors, dim);
        }
    }

    // ---- quantized activations

    /** Each row of the last dimension quantized by itself and given back as float32. */
    public TorchValue quantizedRows(TorchValue x, int bits, RowRange range) {
        try (TorchValue b = integer(bits);
                TorchValue s = integer(range == RowRange.SYMMETRIC ? 1 : 0)) {
            return call("quantized_rows", x, b, s);
        }
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
     * @param reference rows as {@link #normed} gave them, {@code rows} the other model's
     * @param targets the tokens that came
     * @return [4, rows] in float64
     */
    public TorchValue divergence(
            TorchValue reference,
            TorchValue referenceHead,
            Arithmetic referenceArithmetic,
            TorchValue rows,
            TorchValue head,
            Arithmetic arithmetic,
            TorchValue targets,
            long maxRows) {
        try (TorchValue codes = integers(
                        referenceArithmetic.scalarType(),
                        wide(referenceArithmetic.products()),
                        arithmetic.scalarType(),
                        wide(arithmetic.products()));
                TorchValue most = integer(maxRows)) {
            return call("divergence", reference, referenceHead, rows, head, targets, codes, most);
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

    private TorchValue call(String method, TorchValue... arguments) {
        IValue[] raw = new IValue[arguments.length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = arguments[i].raw();
        }
        return module.call(method, raw);
    }
}
