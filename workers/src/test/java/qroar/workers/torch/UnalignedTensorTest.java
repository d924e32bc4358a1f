package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.TensorLocation;

class UnalignedTensorTest {
    private static final long[] SHAPE = {3, 2};

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Dtype.class)
    void tensorsThatBeginBetweenElementsAreReadLikeOthers(Dtype dtype) throws IOException {
        DecoderScript script = TorchRuntime.decoder();
        int bytes = 6 * dtype.bytes();
        for (int start = 0; start < 5; start++) {
            ByteBuffer file = ByteBuffer.allocate(start + bytes).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < 6; i++) {
                // 1, 2, ... in bfloat16 are the upper half of those in float32; these in float16 are subnormal.
                switch (dtype) {
                    case F32 -> file.putFloat(start + 4 * i, i + 1);
                    case BF16 -> file.putShort(start + 2 * i, (short) (Float.floatToRawIntBits(i + 1) >>> 16));
                    case F16 -> file.putShort(start + 2 * i, (short) (i + 1));
                }
            }
            Path path = Files.write(folder.resolve(dtype + "-" + start), file.array());
            TensorLocation location = new TensorLocation(path, "x", dtype, SHAPE, start, bytes);
            assertThat(location.isAligned()).isEqualTo(start % dtype.bytes() == 0);
            float unit = dtype == Dtype.F16 ? 0x1p-24f : 1;
            float[] expected = {unit, 2 * unit, 3 * unit, 4 * unit, 5 * unit, 6 * unit};
            assertThat(location.readFloat32()).containsExactly(expected);
            try (TorchValue mapped = script.mapped(location, TorchDevice.CPU);
                    TorchValue resident = script.resident(location, TorchDevice.CPU);
                    TorchValue stored = script.stored(location)) {
                assertThat(mapped.floats()).containsExactly(expected);
                assertThat(mapped.shape()).containsExactly(SHAPE);
                for (TorchValue own : new TorchValue[] {resident, stored}) {
                    try (TorchValue wide = script.widened(own, TorchDevice.CPU)) {
                        assertThat(wide.floats()).containsExactly(expected);
                    }
                }
            }
        }
    }
}
