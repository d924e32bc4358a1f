package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.workers.processor.ProcessorName;

@Tag("numeric")
class EngineTest {
    /** The switch of PyTorch may ask for less than the processor can do, so the answer has to be its own. */
    @Test
    void theLibraryTellsItsInstructionSet() {
        TorchRuntime torch = TorchRuntime.get();
        System.out.printf(
                "instruction set: requested %s, PyTorch runs %s (%s)%n",
                System.getenv().getOrDefault("ATEN_CPU_CAPABILITY", "the best"),
                torch.instructionSet(),
                torch.engine(TorchDevice.CPU));
        assertThat(torch.engine(TorchDevice.CPU))
                .isEqualTo("PyTorch " + torch.version() + ", " + torch.instructionSet() + " kernels, "
                        + ProcessorName.here());
        boolean known = System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
        String requested =
                System.getenv().getOrDefault("ATEN_CPU_CAPABILITY", "").toLowerCase(Locale.ROOT);
        if (known && requested.equals("default")) {
            assertThat(torch.instructionSet()).isEqualTo("NO AVX");
        } else if (known && requested.equals("avx2")) {
            assertThat(torch.instructionSet()).isIn("NO AVX", "AVX2");
        } else if (known) {
            assertThat(torch.instructionSet()).isIn("NO AVX", "AVX2", "AVX512");
        }
    }

    /** PyTorch for processors has no accelerator, whatever a machine has; it says so itself. */
    @Test
    void libtorchIsAskedForAcceleratorsItself() {
        TorchRuntime torch = TorchRuntime.get();
        assertThat(torch.absence(TorchDevice.CPU)).isNull();
        TorchDevice beyond = TorchDevice.ofWord("gpu:99");
        assertThat(torch.has(beyond)).isFalse();
        assertThat(torch.absence(beyond)).isNotBlank().doesNotContain("\n");
        assertThat(TorchRuntime.decoder().productError(TorchDevice.CPU)).isZero();
    }
}
