package qroar.workers.torch;

import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * One native reference to a tensor, a list of tensors or a scalar. Whoever receives one closes it; the tensor behind it
 * is freed with its last reference. Safe to read from several threads; closing while another thread uses it is not.
 */
public final class TorchValue implements AutoCloseable {
    private static final AtomicLong LIVE = new AtomicLong();

    private final IValue value;
    private boolean closed;

    TorchValue(IValue value) {
        this.value = value;
        LIVE.incrementAndGet();
    }

    /** References not closed yet, in the whole process: flat where nothing leaks. */
    public static long live() {
        return LIVE.get();
    }

    IValue raw() {
        if (closed) {
            throw new IllegalStateException("tensor used after it was closed");
        }
        return value;
    }

    PtNDArray toArray() {
        return raw().toTensor(TorchRuntime.arrays());
    }

    /** Another reference to the same tensor. */
    public TorchValue share() {
        try (PtNDArray array = toArray()) {
            return new TorchValue(IValue.from(array));
        }
    }

    /** References to the tensors of a list, in order. */
    public TorchValue[] tensors() {
        PtNDArray[] arrays = raw().toTensorArray(TorchRuntime.arrays());
        TorchValue[] values = new TorchValue[arrays.length];
        for (int i = 0; i < arrays.length; i++) {
            values[i] = new TorchValue(IValue.from(arrays[i]));
            arrays[i].close();
        }
        return values;
    }

    /** Sizes of a tensor's dimensions. */
    public long[] shape() {
        try (PtNDArray array = toArray()) {
            return array.getShape().getShape();
        }
    }

    /** Elements of a float32 tensor, row-major. */
    public float[] floats() {
        return read(PtNDArray::toFloatArray);
    }

    /** Elements of a float64 tensor, row-major. */
    public double[] doubles() {
        return read(PtNDArray::toDoubleArray);
    }

    /** Elements of a uint8 tensor, row-major. */
    public byte[] bytes() {
        return read(array -> {
            ByteBuffer buffer = array.toByteBuffer(false);
            byte[] elements = new byte[buffer.remaining()];
            buffer.get(elements);
            return elements;
        });
    }

    /** Elements of an int64 tensor, row-major. */
    public long[] longs() {
        return read(PtNDArray::toLongArray);
    }

    /**
     * Reads in a manager of its own. What cannot be read as it lies, a tensor of an accelerator or of a stride, is copied
     * by DJL first, and the copy belongs to the array's manager: one that stays open would keep it for good.
     */
    private <T> T read(Function<PtNDArray, T> elements) {
        try (PtNDManager reading = TorchRuntime.arrays().newSubManager(TorchDevice.CPU.djl())) {
            return elements.apply(raw().toTensor(reading));
        }
    }

    /** Idempotent. */
    @Override
    public void close() {
        if (!closed) {
            closed = true;
            LIVE.decrementAndGet();
            value.close();
        }
    }
}
