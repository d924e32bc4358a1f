package qroar.workers.torch;

import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import ai.djl.pytorch.jni.JniUtils;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import qroar.workers.processor.ProcessorName;

/**
 * PyTorch inside this process: started once, at the first use.
 *
 * <p>Threads inside an operation are a setting of the whole process ({@code -Dqroar.torch.threads}, default 1): workers
 * are the unit of parallelism, and sums over a fixed number of threads are the same numbers run after run. The
 * environment should hold {@code OMP_WAIT_POLICY=PASSIVE}; spinning threads of one worker starve the others.
 */
public final class TorchRuntime {
    /** System property with the number of threads of one operation. */
    public static final String THREADS_PROPERTY = "qroar.torch.threads";

    private static volatile @Nullable TorchRuntime started;

    private final PtNDManager arrays;
    private final Map<TorchDevice, PtNDManager> accelerators = new ConcurrentHashMap<>();
    private final Map<TorchDevice, String> absences = new ConcurrentHashMap<>();
    private final Map<TorchDevice, CopyStream> copyStreams = new ConcurrentHashMap<>();
    private final DecoderScript decoder;
    private final QuantizeScript quantize;
    private final String version;
    private final String instructionSet;
    private final int threads;

    private TorchRuntime() {
        threads = Integer.getInteger(THREADS_PROPERTY, 1);
        System.setProperty("ai.djl.pytorch.num_threads", Integer.toString(threads));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
        System.setProperty("ai.djl.pytorch.graph_optimizer", "false");
        CudaRuntime.announce();
        Engine engine = Engine.getEngine("PyTorch");
        version = engine.getVersion();
        instructionSet = CpuKernels.instructionSet();
        arrays = (PtNDManager) NDManager.newBaseManager(TorchDevice.CPU.djl(), "PyTorch");
        JniUtils.setNumThreads(threads);
        decoder = new DecoderScript(ScriptModule.ofResource("decoder.py", "Decoder"));
        quantize = new QuantizeScript(ScriptModule.ofResource("quantize.py", "Quantize"));
    }

    /**
     * The running engine; starts it where it is not.
     *
     * @throws IllegalStateException when binding and native library do not belong together
     */
    public static TorchRuntime get() {
        TorchRuntime runtime = started;
        if (runtime != null) {
            return runtime;
        }
        synchronized (TorchRuntime.class) {
            if (started == null) {
                TorchRuntime fresh = new TorchRuntime();
                fresh.check();
                started = fresh;
            }
            return started;
        }
    }

    /** The operations of the decoder. */
    public static DecoderScript decoder() {
        return get().decoder;
    }

    /** The operations of the weight quantizers. */
    public static QuantizeScript quantize() {
        return get().quantize;
    }

    static PtNDManager arrays() {
        return get().arrays;
    }

    /** Creates arrays on that device. Whoever creates one closes it at once: nothing stays attached. */
    static PtNDManager arrays(TorchDevice device) {
        TorchRuntime runtime = get();
        return device.kind() == TorchDevice.Kind.CPU
                ? runtime.arrays
                : runtime.accelerators.computeIfAbsent(
                        device, d -> (PtNDManager) NDManager.newBaseManager(d.djl(), "PyTorch"));
    }

    /**
     * The copy stream of an accelerator, one in the process; loaded at the first call.
     *
     * @throws RuntimeException where PyTorch was built without CUDA
     */
    public static CopyStream copyStream(TorchDevice device) {
        return get().copyStreams.computeIfAbsent(device, CopyStream::load);
    }

    /** The same where it is this thread's, else null. */
    static @Nullable CopyStream copyStreamHere(TorchDevice device) {
        CopyStream stream =
                device.kind() == TorchDevice.Kind.CPU ? null : get().copyStreams.get(device);
        return stream != null && stream.isMine() ? stream : null;
    }

    /** PyTorch's version. */
    public String version() {
        return version;
    }

    /**
     * What computes the numbers on a device, in words: PyTorch's version, the instruction set of its kernels, and the
     * processor. Where one of them differs, the last digits of a loss may.
     */
    public String engine(TorchDevice device) {
        return "PyTorch " + version
                + (device.kind() == TorchDevice.Kind.CPU
                        ? ", " + instructionSet + " kernels, " + ProcessorName.here()
                        : ", " + device.processor() + ", " + products(device) + " products");
    }

    private String products(TorchDevice device) {
        return roundsProducts(device) ? "TF32" : "float32";
    }

    /** Whether a device multiplies matrices of float32 with 10 bits of 23 (TF32); found by a product that tells. */
    public boolean roundsProducts(TorchDevice device) {
        return decoder.productError(device) != 0;
    }

    /** Instruction set of PyTorch's kernels on the processor: {@code AVX512}, {@code AVX2}, ... or {@code unknown}. */
    public String instructionSet() {
        return instructionSet;
    }

    /** Threads inside one operation. */
    public int threads() {
        return threads;
    }

    /** Whether an accelerator of that index answers; see {@link #absence}. */
    public boolean has(TorchDevice device) {
        return absence(device) == null;
    }

    /**
     * Why an accelerator cannot be used, in one line; null when it can. PyTorch itself is asked, by a small computation:
     * what counts devices for DJL knows neither whether PyTorch was built for them nor whether they work.
     */
    public @Nullable String absence(TorchDevice device) {
        if (device.kind() == TorchDevice.Kind.CPU) {
            return null;
        }
        String found = absences.computeIfAbsent(device, this::tried);
        return found.isEmpty() ? null : found;
    }

    /** An empty text when it answered. */
    private String tried(TorchDevice device) {
        try {
            return Double.isFinite(decoder.productError(device)) ? "" : "it computes no numbers";
        } catch (DeviceOutOfMemory e) {
            // Others hold it all for now; it is there.
            return "";
        } catch (EngineException e) {
            return UnusableDevice.firstLine(e);
        }
    }

    /** A binding of another version loads and then mistakes element types: ask for some whose answer is known. */
    private void check() {
        try (PtNDArray probe = (PtNDArray) arrays.create(new float[] {-1.5f, 2.5f}, new Shape(2));
                TorchValue value = new TorchValue(IValue.from(probe));
                TorchValue answers = decoder.dtypeProbe(value)) {
            DataType[] expected = {DataType.FLOAT32, DataType.INT64, DataType.INT32, DataType.BOOLEAN};
            PtNDArray[] got = answers.raw().toTensorArray(arrays);
            for (int i = 0; i < expected.length; i++) {
                if (got[i].getDataType() != expected[i] || got[i].size() != 2) {
                    throw mismatch(expected[i] + " came back as " + got[i].getDataType());
                }
            }
            if (got[1].toLongArray()[1] != 2 || got[0].toFloatArray()[0] != -1.5f) {
                throw mismatch("2.5 came back as " + got[1].toLongArray()[1]);
            }
            for (PtNDArray array : got) {
                array.close();
            }
        }
    }

    private IllegalStateException mismatch(String what) {
        return new IllegalStateException("PyTorch " + version + " and its Java binding do not belong together: " + what
                + "; use the binding made for this version");
    }
}
