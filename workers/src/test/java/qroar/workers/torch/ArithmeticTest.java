package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import qroar.protocol.trial.Precision;
import qroar.workers.torch.Arithmetic.Products;

class ArithmeticTest {
    @Test
    void onlyProcessorsWidenAndNeverFloat32() {
        TorchDevice gpu = new TorchDevice(TorchDevice.Kind.GPU, 0);
        for (Precision precision : Precision.values()) {
            assertThat(Arithmetic.of(precision, gpu).products()).isEqualTo(Products.OF_THE_TYPE);
        }
        assertThat(Arithmetic.of(Precision.FLOAT32, TorchDevice.CPU)).isEqualTo(Arithmetic.FLOAT32);
        assertThat(Arithmetic.of(Precision.FLOAT16, TorchDevice.CPU).products()).isEqualTo(Products.WIDENED);
    }
}
