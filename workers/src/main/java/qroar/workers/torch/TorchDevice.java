package qroar.workers.torch;

import ai.djl.Device;
import ai.djl.pytorch.jni.JniUtils;
import ai.djl.util.cuda.CudaUtils;
import java.lang.management.MemoryUsage;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * Where tensors live.
 *
 * @param kind processor or accelerator
 * @param index of the accelerator, 0 for the processor
 */
public record TorchDevice(Kind kind, int index) {
    /** What kind of device computes. */
    public enum Kind {
        CPU,
        GPU
    }

    public static final TorchDevice CPU = new TorchDevice(Kind.CPU, 0);
    private static final Pattern GPU_WORD = Pattern.compile("(?:gpu|cuda)(?::(\\d{1,3}))?");

    /** @throws BadInput naming the words that are understood: {@code cpu}, {@code gpu:0} */
    public static TorchDevice ofWord(String word) {
        Matcher gpu = GPU_WORD.matcher(word);
        if (gpu.matches()) {
            return new TorchDevice(Kind.GPU, gpu.group(1) == null ? 0 : Integer.parseInt(gpu.group(1)));
        }
        if (word.equals("cpu")) {
            return CPU;
        }
        throw new BadInput("device '" + word + "' is unknown; use cpu, gpu:0, gpu:1, ... or auto");
    }

    /** The word of the command line. */
    public String word() {
        return kind == Kind.CPU ? "cpu" : "gpu:" + index;
    }

    /** Memory of an accelerator in bytes, 0 for the processor. */
    public long memoryBytes() {
        return kind == Kind.CPU ? 0 : memory().getMax();
    }

    /** Memory of an accelerator that anybody uses, in bytes; 0 for the processor. */
    public long usedMemoryBytes() {
        return kind == Kind.CPU ? 0 : memory().getUsed();
    }

    /** @throws UnusableDevice where the CUDA runtime does not tell */
    private MemoryUsage memory() {
        try {
            return CudaUtils.getGpuMemory(djl());
        } catch (RuntimeException | LinkageError e) {
            throw new UnusableDevice(
                    this, "neither nvidia-smi nor the CUDA runtime tells its memory (" + e.getMessage() + ")");
        }
    }

    /** What kind of accelerator it is, as far as that chooses its kernels. */
    String processor() {
        try {
            return "CUDA " + CudaUtils.getCudaVersionString() + ", compute capability "
                    + CudaUtils.getComputeCapability(index);
        } catch (RuntimeException | LinkageError e) {
            // An installation of PyTorch without the CUDA runtime where DJL looks for it.
            return "CUDA";
        }
    }

    /**
     * What the driver calls an accelerator: a process may see only some, under other numbers.
     *
     * @param visible {@code CUDA_VISIBLE_DEVICES}, null where it is not set
     */
    public String driverId(@Nullable String visible) {
        String[] names = visible == null || visible.isBlank() ? new String[0] : visible.split(",");
        return index < names.length ? names[index].trim() : Integer.toString(index);
    }

    /** Gives memory that no tensor uses back to the driver, so that other programs can have it. */
    public void releaseUnused() {
        if (kind == Kind.GPU) {
            JniUtils.emptyCudaCache();
        } else {
            HostAllocator.release();
        }
    }

    /** The same behind a pass: on a cpu now and then, elsewhere never, for the next pass takes the same blocks again. */
    public void releaseAfterPass() {
        if (kind == Kind.CPU) {
            HostAllocator.releaseNowAndThen();
        }
    }

    /** PyTorch's name of it. */
    String torchName() {
        return kind == Kind.CPU ? "cpu" : "cuda:" + index;
    }

    Device djl() {
        return kind == Kind.CPU ? Device.cpu() : Device.gpu(index);
    }
}
