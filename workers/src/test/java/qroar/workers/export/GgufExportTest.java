package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.packed.GroupCodes;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.TorchDevice;

/** Quantized here, written as GGUF, read back: the quantizer's own integers on scales in float16. */
class GgufExportTest {
    private static final int[] TOKENS = GoldenFiles.tokens("tokens/tokens_b.json");
    private static final int[][] CALIBRATION =
            CalibrationTokens.cut(List.of(GoldenFiles.tokens("tokens/calib_tokens.json")), 4, 128);

    @TempDir
    Path scratch;

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "tiny-llama gptq:bits=4,group=32,sym=true Q4_0",
                "tiny-llama3 rtn:bits=3,group=32 Q4_0",
                "tiny-qwen2 gptq:bits=4,group=64,sym=true Q4_0",
                "tiny-llama rtn:bits=4,group=32 Q4_1",
                "tiny-qwen2 awq:bits=4,group=32 Q4_1",
                "tiny-llama-trained gptq:bits=8,group=0,sym=true Q8_0",
                "tiny-qwen3 rtn:bits=7,group=32 Q8_0",
            })
    void blocksHoldTheQuantizersIntegers(String name, String spec, String block) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        WeightQuantization quantization = QuantizationText.parse(spec).weights();
        QuantizedExport.Report report = QuantizedExport.write(
                checkpoint,
                quantization,
                CALIBRATION,
                TorchDevice.CPU,
                ExportFormat.of("gguf", Dtype.F32),
                scratch.resolve("out"));
        assertThat(report.largestRounding()).isBetween(1e-6, 0x1p-11);
        Checkpoint read = Checkpoint.open(scratch.resolve("out").resolve("model.gguf"));
        try (WeightQuantizer quantizer =
                CalibratedQuantizers.of(quantization, checkpoint, TorchDevice.CPU, CALIBRATION)) {
            for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
                try (LayerWeights made = LayerWeights.readWithCodes(checkpoint, layer, TorchDevice.CPU)) {
                    quantizer.quantize(layer, made);
                    for (Projection projection : Projection.values()) {
                        WeightSource stored = read.tensor(projection.weight(layer));
                        assertThat(stored.encoding()).isEqualTo(block);
                        assertHolds(
                                stored.readFloat32(),
                                Objects.requireNonNull(made.codes(projection)).read(),
                                block);
                    }
                    made.named(layer).forEach((tensor, value) -> {
                        if (!tensor.endsWith("_proj.weight")) {
                            assertThat(read.readFloat32(tensor)).as(tensor).isEqualTo(value.floats());
                        }
                    });
                }
            }
        }
        assertThat(read.readFloat32("model.embed_tokens.weight"))
                .isEqualTo(checkpoint.readFloat32("model.embed_tokens.weight"));
        assertThat(read.config().geometry()).isEqualTo(checkpoint.config().geometry());
        assertThat(read.config().rmsNormEpsilon()).isEqualTo(checkpoint.config().rmsNormEpsilon());
    }

    private static void assertHolds(float[] stored, GroupCodes codes, String block) {
        float[] scales = codes.scales().clone();
        for (int i = 0; i < scales.length; i++) {
            scales[i] = half(scales[i]);
        }
        float[] expected = codes.withScales(scales).dequantized();
        if (!block.equals("Q4_1")) {
            assertThat(stored).isEqualTo(expected);
            return;
        }
        for (int i = 0; i < stored.length; i++) {
            int group = codes.group(i % codes.in());
            int row = i / codes.in();
            float offset = half(-codes.zero(row, group) * scales[row * codes.groups() + group]);
            float exact = scales[row * codes.groups() + group] * codes.code(row, i % codes.in()) + offset;
            assertThat(stored[i]).isEqualTo(exact);
            assertThat(stored[i]).isCloseTo(expected[i], within(Math.abs(offset) * 0x1p-10f));
        }
    }

    private static float half(float value) {
        ByteBuffer two = ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN);
        Dtype.F16.put(two, value);
        return Dtype.F16.get(two.flip());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "tiny-llama yarn:factor=4,original=64",
                "tiny-qwen2 yarn:factor=4,original=64,attention-factor=1.3",
                "tiny-llama3 yarn:factor=4,original=64,beta-fast=16,beta-slow=2,truncate=false",
                "tiny-llama llama3:factor=8,low-freq-factor=1,high-freq-factor=4,original=128",
                "tiny-qwen3 linear:factor=2",
                "tiny-qwen2 ntk:alpha=4",
                "tiny-llama none",
            })
    void whateverTheScalingTheFileComputesIt(String name, String spec) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        RopeScaling rope = RopeScalingSpec.parse(spec);
        int pairs = checkpoint.config().geometry().pairCount();
        BandScales scales =
                new BandScales(BandPartition.logSpaced(pairs, 2), ScaleMode.SHARED, new double[] {1.2, 0.85});
        Path folder = scratch.resolve("out");
        try (WeightQuantizer keep = WeightQuantizer.uncalibrated(QuantizationSpec.NONE.weights())) {
            QuantizedExport.Report report = QuantizedExport.writeTuned(
                    new QuantizedExport.Source(checkpoint, QuantizationSpec.NONE.weights(), keep),
                    new QuantizedExport.Tuning(scales, rope),
                    TorchDevice.CPU,
                    ExportFormat.of("gguf", Dtype.F32),
                    folder,
                    QuantizedExport.Beside.NOTHING);
            assertThat(report.largestRounding()).isZero();
            assertThat(report.commands()).singleElement().asString().startsWith("llama.cpp: llama-server -m ");
        }
        Checkpoint read = Checkpoint.open(folder.resolve("model.gguf"));
        double[] expected = losses(checkpoint, rope, scales);
        double[] found = losses(read, read.config().ropeScaling(), null);
        for (int i = 0; i < found.length; i++) {
            assertThat(found[i]).isCloseTo(expected[i], within(3e-4));
        }
        assertThat(Arrays.stream(found).average().orElseThrow())
                .isCloseTo(Arrays.stream(expected).average().orElseThrow(), within(1e-5));
    }

    private static double[] losses(Checkpoint checkpoint, RopeScaling rope, @Nullable BandScales scales) {
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE)) {
            return model.tokenNll(TOKENS, rope, scales);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "rtn:bits=8,group=32; no blocks for codes of 8 bits with zero points of their own",
                "rtn:bits=4,group=16; groups of 16",
                "gptq:bits=4,group=32,act-order=true; groups follow another order",
            })
    void whatNoBlockHoldsIsRefusedBeforeAnythingIsWritten(String spec, String words) {
        assertThatThrownBy(() -> QuantizedExport.write(
                        GoldenFiles.checkpoint("tiny-llama"),
                        QuantizationText.parse(spec).weights(),
                        CALIBRATION,
                        TorchDevice.CPU,
                        ExportFormat.of("gguf", null),
                        scratch.resolve("out")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(words);
        assertThat(scratch).isEmptyDirectory();
    }
}
