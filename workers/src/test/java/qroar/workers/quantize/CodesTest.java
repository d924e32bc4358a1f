package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.golden.Numbers;
import qroar.workers.packed.GroupCodes;
import qroar.workers.torch.Codes;
import qroar.workers.torch.QuantizeScript.CodedWeight;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/** Every quantizer's integers, scales and zero points make up its weights, to the bit. */
class CodesTest {
    /** On the device, in Java, and in the dense form that rests in memory. */
    static void assertMakesUp(Codes codes, TorchValue weight) {
        float[] expected = weight.floats();
        GroupCodes read = codes.read();
        assertSameBits(read.dequantized(), expected);
        try (TorchValue back = codes.weight();
                Codes dense = codes.dense();
                TorchValue ofDense = dense.weight();
                Codes again = Codes.of(read, TorchDevice.CPU);
                TorchValue ofAgain = again.weight()) {
            assertSameBits(back.floats(), expected);
            assertSameBits(ofDense.floats(), expected);
            assertSameBits(ofAgain.floats(), expected);
            assertThat(dense.read()).isEqualTo(read);
            if (codes.bits() <= 4 && read.in() > 1) {
                assertThat(dense.size()).isLessThan(codes.size());
            }
        }
    }

    private static void assertSameBits(float[] values, float[] expected) {
        Numbers.assertSameBits("weights", values, expected);
    }

    @ParameterizedTest
    @CsvSource({"2, 32, 64", "3, 7, 33", "4, 16, 64", "4, 64, 64", "5, 48, 100", "8, 32, 96", "8, 128, 96"})
    void ofRoundToNearest(int bits, int group, int columns) {
        Random random = new Random(bits * 1000L + columns);
        float[] values = new float[5 * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = i < columns ? 3 + random.nextFloat() : (float) random.nextGaussian();
        }
        long[] shape = {5, columns};
        try (TorchValue weight = TorchRuntime.decoder().floats(values, shape, TorchDevice.CPU);
                TorchValue plain = TorchRuntime.quantize().roundToNearest(weight, bits, group)) {
            CodedWeight coded = TorchRuntime.quantize().roundToCodes(weight, bits, group);
            try (TorchValue made = coded.weight();
                    Codes codes = coded.codes()) {
                assertSameBits(made.floats(), plain.floats());
                assertMakesUp(codes, plain);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "rtn:bits=4,group=32",
                "rtn:bits=8,group=0",
                "awq:bits=4,group=32",
                "gptq:bits=4,group=32",
                "smoothquant:bits=8,group=0,alpha=0.5",
                "smoothquant:bits=4,group=24,alpha=0.8",
                "gptq:bits=3,group=32,act-order=true",
                "gptq:bits=4,group=32,act-order=true,static-groups=true,sym=true"
            })
    void everyLinearOfALayerKeepsItsCodes(String spec) {
        Checkpoint checkpoint = Checkpoint.open(Path.of("src/test/resources/golden/checkpoints/tiny-llama"));
        int[][] calibration = new int[4][128];
        for (int i = 0; i < 512; i++) {
            calibration[i / 128][i % 128] =
                    (i * 37 + i * i) % checkpoint.config().vocabularySize();
        }
        try (WeightQuantizer one = quantizer(spec, checkpoint, calibration);
                WeightQuantizer other = quantizer(spec, checkpoint, calibration);
                LayerWeights coded = LayerWeights.readWithCodes(checkpoint, 0, TorchDevice.CPU);
                LayerWeights plain = LayerWeights.read(checkpoint, 0, TorchDevice.CPU)) {
            one.quantize(0, coded);
            other.quantize(0, plain);
            for (Projection projection : Projection.values()) {
                Codes codes = coded.codes(projection);
                assertThat(codes).as("%s", projection).isNotNull();
                assertThat(plain.codes(projection)).isNull();
                assertSameBits(
                        coded.weight(projection).floats(),
                        plain.weight(projection).floats());
                assertMakesUp(codes, coded.weight(projection));
            }
        }
    }

    private static WeightQuantizer quantizer(String spec, Checkpoint checkpoint, int[][] calibration) {
        return CalibratedQuantizers.of(
                QuantizationText.parse(spec).weights(), checkpoint, TorchDevice.CPU, calibration);
    }
}
