package qroar.workers.torch;

import ai.djl.pytorch.jni.LibUtils;
import com.sun.jna.Library;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Pointer;
import com.sun.jna.Structure;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The instruction set for which PyTorch has chosen its kernels, which is what the processor can do or less, where {@code
 * ATEN_CPU_CAPABILITY} says so. No operation of PyTorch tells it, so the library's own C++ function is asked.
 */
final class CpuKernels {
    /** What is said where the library does not tell. */
    static final String UNKNOWN = "unknown";

    private static final Logger LOG = LoggerFactory.getLogger(CpuKernels.class);
    /** {@code std::string at::get_cpu_capability()} as compilers of Linux spell it. */
    private static final String SYMBOL = "_ZN2at18get_cpu_capabilityB5cxx11Ev";

    private static final String LIBRARY = "libtorch_cpu.so";
    /** {@code RTLD_LAZY} alone: JNA's default would let the symbols of PyTorch stand in for those of other libraries. */
    private static final int OPENED_FOR_ITSELF = 1;

    private CpuKernels() {}

    /** A {@code std::string} of libstdc++; short ones lie in the object itself. */
    @Structure.FieldOrder({"text", "length", "inside"})
    public static final class ShortText extends Structure implements Structure.ByValue {
        public Pointer text = Pointer.NULL;
        public long length;
        public byte[] inside = new byte[16];

        String value() {
            return length > 0 && length < inside.length
                    ? new String(inside, 0, (int) length, StandardCharsets.US_ASCII)
                    : UNKNOWN;
        }
    }

    /** {@code AVX512}, {@code AVX2}, {@code NO AVX}, {@code DEFAULT}, {@code SVE256} or {@link #UNKNOWN}; PyTorch must run. */
    static String instructionSet() {
        Path library = Path.of(LibUtils.getLibtorchPath()).resolve(LIBRARY);
        if (!Files.exists(library)) {
            return UNKNOWN;
        }
        try {
            Map<String, Object> options = Map.of(Library.OPTION_OPEN_FLAGS, OPENED_FOR_ITSELF);
            Object answer = NativeLibrary.getInstance(library.toString(), options)
                    .getFunction(SYMBOL)
                    .invoke(ShortText.class, new Object[0]);
            return ((ShortText) answer).value();
        } catch (LinkageError | RuntimeException e) {
            // Worth a line in a report, not a run.
            LOG.info("PyTorch does not tell the instruction set of its kernels: {}", e.toString());
            return UNKNOWN;
        }
    }
}
