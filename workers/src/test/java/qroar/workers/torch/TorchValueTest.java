package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.pytorch.jni.IValue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Reading an accelerator's tensor copies it first; so does reading a transposed one on the processor, by the same calls.
 */
class TorchValueTest {
    private static final int READS = 100;

    @Test
    void readingThroughACopyLeavesNothingBehind() {
        assertThat(leftBy(DataType.FLOAT32, value -> assertThat(value.floats()).containsExactly(1, 4, 2, 5, 3, 6)))
                .isZero();
        assertThat(leftBy(DataType.FLOAT64, value -> assertThat(value.doubles()).containsExactly(1, 4, 2, 5, 3, 6)))
                .isZero();
        assertThat(leftBy(DataType.INT64, value -> assertThat(value.longs()).containsExactly(1, 4, 2, 5, 3, 6)))
                .isZero();
        assertThat(leftBy(DataType.UINT8, value -> assertThat(value.bytes()).containsExactly(1, 4, 2, 5, 3, 6)))
                .isZero();
    }

    /** The same calls without the care that is taken: were they to leave nothing, the test above could not fail. */
    @Test
    void anOpenManagerKeepsTheCopy() {
        try (PtNDManager open = TorchRuntime.arrays().newSubManager(TorchDevice.CPU.djl());
                TorchValue value = transposed(DataType.FLOAT32)) {
            try (PtNDArray array = value.raw().toTensor(open)) {
                assertThat(array.toFloatArray()).containsExactly(1, 4, 2, 5, 3, 6);
            }
            assertThat(open.getManagedArrays()).hasSize(1);
        }
    }

    private static int leftBy(DataType type, Consumer<TorchValue> read) {
        try (TorchValue value = transposed(type)) {
            int before = TorchRuntime.arrays().getManagedArrays().size();
            for (int i = 0; i < READS; i++) {
                read.accept(value);
            }
            return TorchRuntime.arrays().getManagedArrays().size() - before;
        }
    }

    private static TorchValue transposed(DataType type) {
        try (PtNDManager making = TorchRuntime.arrays().newSubManager(TorchDevice.CPU.djl());
                PtNDArray rows = (PtNDArray) making.create(new float[] {1, 2, 3, 4, 5, 6}, new Shape(2, 3))
                        .toType(type, false)
                        .transpose();
                TorchValue alias = new TorchValue(IValue.from(rows))) {
            return alias.share();
        }
    }
}
