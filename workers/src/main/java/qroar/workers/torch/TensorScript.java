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
 * Tensors made of Java's values and of a checkpoint's files, and their types: typed calls into {@code decoder.py}. Every
 * result belongs to the caller, who closes it; arguments stay the caller's. Thread-safe.
 */
public abstract sealed class TensorScript permits DecoderScript {
    private final ScriptModule module;

    TensorScript(ScriptModule module) {
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
        CopyStream own = TorchRuntime.copyStreamHere(device);
        if (own != null) {
            try (TorchValue stored = stored(location)) {
                return own.sent(stored, scalarType);
            }
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
        CopyStream own = TorchRuntime.copyStreamHere(device);
        if (own != null) {
            return own.sent(tensor, Arithmetic.scalarType(precision));
        }
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

    /** Fuses a layer's tensors into the list that {@link DecoderScript#block} reads. */
    public TorchValue pack(TorchValue tensors, int headDim) {
        try (TorchValue dim = integer(headDim)) {
            return call("pack", tensors, dim);
        }
    }

    /** One operation of the module. */
    final TorchValue call(String method, TorchValue... arguments) {
        IValue[] raw = new IValue[arguments.length];
        for (int i = 0; i < raw.length; i++) {
            raw[i] = arguments[i].raw();
        }
        return module.call(method, raw);
    }
}
