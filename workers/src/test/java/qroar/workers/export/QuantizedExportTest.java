package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.quantization.WeightQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

class QuantizedExportTest {
    private static final int[] TOKENS = GoldenFiles.tokens("tokens/tokens_a.json");
    private static final int[][] CALIBRATION =
            CalibrationTokens.cut(List.of(GoldenFiles.tokens("tokens/calib_tokens.json")), 4, 128);

    private static final ExportFormat FLOAT32 = new ExportFormat.Plain(Dtype.F32);

    @TempDir
    Path scratch;

    @ParameterizedTest
    @CsvSource(
            delimiter = ' ',
            value = {
                "tiny-llama rtn:bits=3,group=32",
                "tiny-llama-q awq:bits=4,group=64",
                "tiny-llama-bf16-sharded gptq:bits=4,group=32,act-order=true",
                "tiny-qwen2 awq:bits=4,group=32",
                "tiny-qwen3 gptq:bits=3,group=0,sym=true"
            })
    void float32ExportComputesTheSameBitForBit(String name, String text) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        QuantizationSpec spec = QuantizationText.parse(text);
        Path folder = scratch.resolve("out").resolve(name);
        long before = TorchValue.live();
        QuantizedExport.write(checkpoint, spec.weights(), CALIBRATION, TorchDevice.CPU, FLOAT32, folder);
        assertThat(TorchValue.live()).isEqualTo(before);
        assertThat(losses(Checkpoint.open(folder), QuantizationSpec.NONE)).containsExactly(losses(checkpoint, spec));
        assertThat(GoldenFiles.json(folder.resolve("config.json"))
                        .get("torch_dtype")
                        .textValue())
                .isEqualTo("float32");
        assertThat(names(scratch.resolve("out"))).containsExactly(name);
    }

    @ParameterizedTest
    @CsvSource({"BF16,0.05", "F16,0.01"})
    void narrowExportsComeNear(Dtype dtype, double tolerance) {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        QuantizationSpec spec = QuantizationText.parse("rtn:bits=4,group=32");
        Path folder = scratch.resolve("narrow");
        QuantizedExport.write(
                checkpoint, spec.weights(), CALIBRATION, TorchDevice.CPU, new ExportFormat.Plain(dtype), folder);
        Checkpoint exported = Checkpoint.open(folder);
        assertThat(exported.tensors()).allMatch(t -> t.encoding().equals(dtype.name()));
        assertThat(mean(losses(exported, QuantizationSpec.NONE)))
                .isCloseTo(mean(losses(checkpoint, spec)), within(tolerance));
    }

    @Test
    void largeModelsAreShardedAndKeepTheirCompanions() throws IOException {
        Checkpoint original = GoldenFiles.checkpoint("tiny-llama", JsonNodeFactory.instance.objectNode(), scratch);
        for (String companion : List.of("tokenizer.json", "merges.txt", "LICENSE")) {
            Files.writeString(original.directory().resolve(companion), companion);
        }
        Files.writeString(original.directory().resolve("optimizer.pt"), "not part of a model");
        Path folder = scratch.resolve("sharded");
        WeightQuantization spec = QuantizationText.parse("rtn:bits=4,group=32").weights();
        try (WeightQuantizer rtn = WeightQuantizer.uncalibrated(spec)) {
            new QuantizedExport(original, TorchDevice.CPU, FLOAT32, spec, 200_000)
                    .write(rtn, folder, QuantizedExport.Beside.NOTHING);
        }
        JsonNode index = GoldenFiles.json(folder.resolve("model.safetensors.index.json"));
        long total = original.tensors().stream()
                .mapToLong(t -> t.elements() * Float.BYTES)
                .sum();
        assertThat(index.get("metadata").get("total_size").longValue()).isEqualTo(total);
        Checkpoint exported = Checkpoint.open(folder);
        assertThat(exported.files()).hasSizeGreaterThan(total > 400_000 ? 2 : 1).allMatch(f -> size(f) < 210_000);
        assertThat(names(folder))
                .contains("tokenizer.json", "merges.txt", "LICENSE", "config.json")
                .doesNotContain("optimizer.pt", "model.safetensors");
        assertThat(losses(exported, QuantizationSpec.NONE))
                .containsExactly(losses(original, QuantizationText.parse("rtn:bits=4,group=32")));
    }

    @Test
    void usedFolderIsRefusedAndLeftAlone() throws IOException {
        Path folder = Files.createDirectory(scratch.resolve("used"));
        Files.writeString(folder.resolve("thesis.txt"), "mine");
        assertThatThrownBy(() -> export(folder, QuantizationText.parse("rtn:bits=4,group=32")))
                .isInstanceOf(BadInput.class)
                .hasMessage(folder + ": is there already; a model is written into a new or an empty folder");
        assertThat(names(folder)).containsExactly("thesis.txt");
        Path empty = Files.createDirectory(scratch.resolve("empty"));
        export(empty, QuantizationText.parse("rtn:bits=4,group=32"));
        assertThat(names(empty)).contains("model.safetensors");
    }

    @Test
    void failureLeavesNothingBehind() {
        WeightQuantizer failing = new WeightQuantizer() {
            @Override
            public void quantize(int layer, LayerWeights weights) {
                if (layer == 2) {
                    throw new BadInput("enough");
                }
            }

            @Override
            public void close() {}
        };
        Path folder = scratch.resolve("failed").resolve("model");
        long before = TorchValue.live();
        assertThatThrownBy(() -> QuantizedExport.write(
                        GoldenFiles.checkpoint("tiny-llama"), failing, TorchDevice.CPU, Dtype.F32, folder))
                .hasMessage("enough");
        assertThat(names(scratch.resolve("failed"))).isEmpty();
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    private static void export(Path folder, QuantizationSpec spec) {
        QuantizedExport.write(
                GoldenFiles.checkpoint("tiny-llama"), spec.weights(), CALIBRATION, TorchDevice.CPU, FLOAT32, folder);
    }

    static double[] losses(Checkpoint checkpoint, QuantizationSpec spec) {
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec, CALIBRATION)) {
            return model.tokenNll(TOKENS, checkpoint.config().ropeScaling(), null);
        }
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    private static long size(Path file) {
        return file.toFile().length();
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
