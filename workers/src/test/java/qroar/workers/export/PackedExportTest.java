package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.packed.GroupCodes;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.torch.Codes;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

/** Quantized here, written, read back: the quantizer's own integers, and its weights to the bit but for 16-bit scales. */
class PackedExportTest {
    private static final int[][] CALIBRATION =
            CalibrationTokens.cut(List.of(GoldenFiles.tokens("tokens/calib_tokens.json")), 4, 128);

    @TempDir
    Path scratch;

    static Stream<Arguments> cases() {
        return Stream.of("tiny-llama", "tiny-llama3", "tiny-qwen2")
                .flatMap(model -> Stream.of(
                        Arguments.of(model, "compressed-tensors", "rtn:bits=8,group=0"),
                        Arguments.of(model, "compressed-tensors", "gptq:bits=4,group=32,act-order=true"),
                        Arguments.of(model, "compressed-tensors", "awq:bits=3,group=32"),
                        Arguments.of(model, "awq", "awq:bits=4,group=32"),
                        Arguments.of(model, "awq", "rtn:bits=3,group=16"),
                        Arguments.of(model, "gptq", "gptq:bits=4,group=32,sym=true"),
                        Arguments.of(model, "gptq", "gptq:bits=4,group=32,act-order=true"),
                        Arguments.of(model, "gptq", "rtn:bits=3,group=32"),
                        Arguments.of(model, "gptq", "rtn:bits=8,group=32")));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void integersAndWeightsAreReadBackAsTheQuantizerMadeThem(String name, String word, String spec) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        WeightQuantization quantization = QuantizationText.parse(spec).weights();
        long before = TorchValue.live();
        Path folder = scratch.resolve("out");
        boolean exact = word.equals("compressed-tensors");
        ExportFormat format = ExportFormat.of(word, exact ? Dtype.F32 : null);
        QuantizedExport.Report report =
                QuantizedExport.write(checkpoint, quantization, CALIBRATION, TorchDevice.CPU, format, folder);
        Checkpoint read = Checkpoint.open(folder);
        assertThat(report.largestRounding()).isBetween(exact ? 0 : 1e-6, exact ? 0 : 0x1p-11);
        try (WeightQuantizer quantizer =
                CalibratedQuantizers.of(quantization, checkpoint, TorchDevice.CPU, CALIBRATION)) {
            for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
                try (LayerWeights expected = LayerWeights.readWithCodes(checkpoint, layer, TorchDevice.CPU)) {
                    quantizer.quantize(layer, expected);
                    assertSame(read, layer, expected, exact);
                }
            }
        }
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    private static void assertSame(Checkpoint read, int layer, LayerWeights expected, boolean exact) {
        for (Projection projection : Projection.values()) {
            Codes made = Objects.requireNonNull(expected.codes(projection));
            GroupCodes codes = made.read();
            PackedTensor tensor = (PackedTensor) read.tensor(projection.weight(layer));
            GroupCodes stored = Objects.requireNonNull(tensor.codes());
            assertThat(stored.codes()).isEqualTo(codes.codes());
            assertThat(stored.zeros()).isEqualTo(codes.zeros());
            assertThat(stored.groupsOfColumns()).isEqualTo(codes.groupsOfColumns());
            if (exact) {
                assertThat(tensor.readFloat32())
                        .isEqualTo(expected.weight(projection).floats());
            } else {
                // What the scale's rounding alone makes of it.
                float[] scales = codes.scales().clone();
                for (int i = 0; i < scales.length; i++) {
                    scales[i] = rounded(scales[i]);
                }
                assertThat(stored.scales()).isEqualTo(scales);
                assertThat(tensor.readFloat32())
                        .isEqualTo(codes.withScales(scales).dequantized());
            }
        }
        expected.named(layer).forEach((name, value) -> {
            if (!name.endsWith("_proj.weight")) {
                assertThat(read.readFloat32(name)).as(name).isEqualTo(value.floats());
            }
        });
    }

    private static float rounded(float value) {
        ByteBuffer two = ByteBuffer.allocate(2);
        Dtype.F16.put(two, value);
        return Dtype.F16.get(two.flip());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "awq; rtn:bits=8,group=32; holds codes of 4 bits, not 8",
                "awq; gptq:bits=4,group=32,act-order=true; groups follow another order",
                "awq; rtn:bits=4,group=48; 48 does not divide the 64 columns",
                "gptq; rtn:bits=5,group=32; 2, 3, 4 or 8 bits, not 5",
                "compressed-tensors; rtn:bits=4,group=48; 48 does not divide the 64 columns",
                "compressed-tensors; none; nothing is quantized",
                "marlin; rtn:bits=4,group=32; unknown; use one of compressed-tensors, awq, gptq",
            })
    void whatAFormatCannotHoldIsRefusedBeforeAnythingIsWritten(String word, String spec, String words) {
        WeightQuantization quantization = QuantizationText.parse(spec).weights();
        assertThatThrownBy(() -> QuantizedExport.write(
                        GoldenFiles.checkpoint("tiny-llama"),
                        quantization,
                        CALIBRATION,
                        TorchDevice.CPU,
                        ExportFormat.of(word, null),
                        scratch.resolve("out")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(words);
        assertThat(scratch).isEmptyDirectory();
    }

    @Test
    void blocksOfAGgufFileAreNoIntegersOnGrids() {
        assertThatThrownBy(() -> QuantizedExport.write(
                        Checkpoint.open(Path.of("src/test/resources/golden/formats/qwen2-q4_1.gguf")),
                        QuantizationText.parse("stored").weights(),
                        CALIBRATION,
                        TorchDevice.CPU,
                        ExportFormat.of("gptq", null),
                        scratch.resolve("out")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("qwen2-q4_1.gguf has blocks (gguf:Q4_1)");
    }

    /** An AWQ checkpoint is a GPTQ one when it is written again, its integers as they were. */
    @ParameterizedTest
    @CsvSource({"awq-qwen2,gptq", "gptq-llama,awq", "gptq-act-llama,compressed-tensors", "ct-qwen3,awq"})
    void storedIntegersMoveToAnotherFormat(String name, String word) {
        Checkpoint original =
                Checkpoint.open(Path.of("src/test/resources/golden/formats").resolve(name));
        Path folder = scratch.resolve("out");
        QuantizedExport.Report report = QuantizedExport.write(
                original,
                QuantizationText.parse("none").weights(),
                CALIBRATION,
                TorchDevice.CPU,
                ExportFormat.of(word, Dtype.F32),
                folder);
        assertThat(report.largestRounding()).isZero();
        Checkpoint written = Checkpoint.open(folder);
        assertThat(written.encoding()).startsWith(word);
        for (Projection projection : Projection.values()) {
            String weight = projection.weight(1);
            assertThat(written.readFloat32(weight)).as(weight).isEqualTo(original.readFloat32(weight));
        }
    }

    /** The keys that readers of each format look at. */
    @Test
    void theConfigurationSaysWhatTheTensorsAre() {
        assertThat(configuration("awq", "rtn:bits=4,group=32").toString())
                .isEqualTo("{\"quant_method\":\"awq\",\"bits\":4,\"group_size\":32,\"zero_point\":true,"
                        + "\"version\":\"gemm\",\"modules_to_not_convert\":null}");
        JsonNode symmetric = configuration("gptq", "gptq:bits=4,group=32,sym=true");
        assertThat(symmetric.get("checkpoint_format").textValue()).isEqualTo("gptq");
        assertThat(symmetric.get("sym").booleanValue()).isTrue();
        assertThat(configuration("gptq", "gptq:bits=4,group=32,act-order=true")
                        .get("desc_act")
                        .booleanValue())
                .isTrue();
        JsonNode weights = configuration("compressed-tensors", "gptq:bits=8,group=0,sym=true")
                .get("config_groups")
                .get("group_0")
                .get("weights");
        assertThat(weights.get("strategy").textValue()).isEqualTo("channel");
        assertThat(weights.get("symmetric").booleanValue()).isTrue();
    }

    private JsonNode configuration(String word, String spec) {
        Path folder = scratch.resolve(word + spec.hashCode());
        QuantizedExport.write(
                GoldenFiles.checkpoint("tiny-llama"),
                QuantizationText.parse(spec).weights(),
                CALIBRATION,
                TorchDevice.CPU,
                ExportFormat.of(word, null),
                folder);
        return GoldenFiles.json(folder.resolve("config.json")).get("quantization_config");
    }
}
