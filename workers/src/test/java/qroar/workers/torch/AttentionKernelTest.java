package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.engine.EngineException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.protocol.trial.Precision;

@Tag("numeric")
class AttentionKernelTest {
    /** The formula, the parts' joint and the tolerances are tried where they can be: on the processor. */
    @ParameterizedTest
    @EnumSource(Precision.class)
    void kernelsOfTheProcessorAgreeWithTheFormula(Precision precision) {
        for (AttentionKernel kernel : List.of(AttentionKernel.MASKED, AttentionKernel.PROCESSOR)) {
            for (int headDim : new int[] {16, 80, 128}) {
                assertThat(AttentionKernel.error(kernel, TorchDevice.CPU, precision, headDim))
                        .as("%s, heads of %d", kernel, headDim)
                        .isLessThanOrEqualTo(AttentionKernel.tolerance(precision));
            }
        }
    }

    /** What a device lacks is passed over: here the kernels of accelerators, called for real. */
    @Test
    void kernelsThatAreNotThereArePassedOver() {
        for (AttentionKernel absent : List.of(AttentionKernel.FLASH, AttentionKernel.EFFICIENT)) {
            assertThatThrownBy(() -> AttentionKernel.error(absent, TorchDevice.CPU, Precision.FLOAT32, 64))
                    .isInstanceOf(EngineException.class);
        }
        assertThat(AttentionKernel.first(
                        List.of(AttentionKernel.FLASH, AttentionKernel.EFFICIENT, AttentionKernel.MASKED),
                        TorchDevice.CPU,
                        Precision.FLOAT32,
                        kernel -> AttentionKernel.error(kernel, TorchDevice.CPU, Precision.FLOAT32, 64)))
                .isEqualTo(AttentionKernel.MASKED);
    }

    @Test
    void aKernelWithWrongResultsIsPassedOver() {
        Map<AttentionKernel, Double> errors = Map.of(
                AttentionKernel.FLASH, Double.NaN, AttentionKernel.EFFICIENT, 0.01, AttentionKernel.MASKED, 1e-7);
        assertThat(AttentionKernel.first(
                        List.of(AttentionKernel.FLASH, AttentionKernel.EFFICIENT, AttentionKernel.MASKED),
                        TorchDevice.CPU,
                        Precision.FLOAT32,
                        errors::get))
                .isEqualTo(AttentionKernel.MASKED);
        assertThatThrownBy(() -> AttentionKernel.first(
                        List.of(AttentionKernel.FLASH, AttentionKernel.EFFICIENT),
                        TorchDevice.ofWord("gpu:1"),
                        Precision.FLOAT32,
                        errors::get))
                .isInstanceOf(UnusableDevice.class)
                .hasMessage("device gpu:1 cannot be used: no attention of float32 is right; flash lies NaN off; "
                        + "memory-efficient lies 0.01 off");
    }
}
