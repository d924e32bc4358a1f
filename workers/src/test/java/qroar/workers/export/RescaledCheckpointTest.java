package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.tensors.RowFactors;
import qroar.workers.torch.TorchDevice;

/** Scales that move into a checkpoint's own numbers do there what they do in the rotary tables. */
class RescaledCheckpointTest {
    private static final Path GOLDEN = Path.of("src/test/resources/golden");
    private static final RopeScaling YARN = YarnScaling.of(4, 64);

    @TempDir
    Path scratch;

    static Stream<String> models() {
        return Stream.of(
                "formats/awq-qwen2",
                "formats/gptq-llama",
                "formats/gptq-act-llama",
                "formats/ct-qwen3",
                "formats/ct-llama-w8",
                "formats/llama-q8_0.gguf",
                "formats/qwen2-q4_1.gguf",
                "formats/qwen3-q4_0.gguf",
                "formats/llama3-f16.gguf",
                "checkpoints/tiny-llama",
                "checkpoints/tiny-qwen2",
                "checkpoints/tiny-llama-bf16-sharded");
    }

    private static BandScales scales(Checkpoint checkpoint, ScaleMode mode, double... values) {
        int pairs = checkpoint.config().geometry().pairCount();
        return new BandScales(BandPartition.logSpaced(pairs, values.length), mode, values);
    }

    private Checkpoint written(Path original) {
        Path folder = scratch.resolve("rescaled");
        return Checkpoint.open(original.toString().endsWith(".gguf") ? folder.resolve(original.getFileName()) : folder);
    }

    private static double[] losses(Checkpoint checkpoint, BandScales scales) {
        int[] tokens = Arrays.copyOf(GoldenFiles.tokens("tokens/tokens_short.json"), 120);
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE)) {
            return model.tokenNll(tokens, YARN, scales);
        }
    }

    /** Factors of two and four are exact in every type that they do not make subnormal, so there is nothing to tolerate. */
    @ParameterizedTest
    @MethodSource("models")
    void lossesAreThoseOfTheScalesAtRunTimeToTheBit(String model) {
        Path path = GOLDEN.resolve(model);
        Checkpoint original = Checkpoint.open(path);
        for (ScaleMode mode : ScaleMode.values()) {
            boolean isHalf =
                    original.tensor(Projection.QUERY.weight(0)).encoding().equals("F16");
            if (mode == ScaleMode.SYMMETRIC && isHalf) {
                continue; // One of q and k shrinks, and weights below 2^-14 lose digits.
            }
            BandScales scales = scales(original, mode, 2, 4, 1);
            RescaledCheckpoint.Report report =
                    RescaledCheckpoint.write(original, scales, null, scratch.resolve(mode.word()));
            assertThat(report.largestRounding()).isZero();
            assertThat(report.numbers()).isPositive();
            Path folder = scratch.resolve(mode.word());
            Checkpoint written = Checkpoint.open(original.isGguf() ? folder.resolve(path.getFileName()) : folder);
            BandScales none = scales(original, ScaleMode.SHARED, 1);
            double[] found = losses(written, none);
            assertThat(Arrays.equals(found, losses(original, scales)))
                    .as(mode.word())
                    .isTrue();
            // Symmetric scales cancel where nothing is quantized behind them.
            assertThat(Arrays.equals(found, losses(original, none))).isEqualTo(mode == ScaleMode.SYMMETRIC);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void layersTakeTheScalesOfTheirGroup(String model) {
        Path path = GOLDEN.resolve(model);
        Checkpoint original = Checkpoint.open(path);
        BandScales two = scales(original, ScaleMode.SHARED, 2, 4);
        BandScales scales = new BandScales(
                two.partition().in(LayerGroups.of(original.config().layerCount(), 1)), two.mode(), layered(original));
        RescaledCheckpoint.write(original, scales, null, scratch.resolve("rescaled"));
        double[] found = losses(written(path), scales(original, ScaleMode.SHARED, 1));
        assertThat(found).isEqualTo(losses(original, scales)).isNotEqualTo(losses(original, two));
    }

    /** Two bands by two and four in the first layer, and by their inverse order in each that follows. */
    private static double[] layered(Checkpoint checkpoint) {
        double[] scales = new double[2 * checkpoint.config().layerCount()];
        Arrays.setAll(scales, cell -> (cell + cell / 2) % 2 == 0 ? 2 : 4);
        return scales;
    }

    @ParameterizedTest
    @MethodSource("models")
    void onlyTheNumbersThatScaleRowsOfQueryAndKeyChange(String model) throws IOException {
        Path path = GOLDEN.resolve(model);
        Checkpoint original = Checkpoint.open(path);
        BandScales scales = scales(original, ScaleMode.SHARED, 1.07, 0.93);
        RescaledCheckpoint.Report report =
                RescaledCheckpoint.write(original, scales, null, scratch.resolve("rescaled"));
        assertThat(report.largestRounding())
                .as("half a unit in the last place of the stored type")
                .isLessThanOrEqualTo(model.contains("bf16") ? 0x1p-8 : 0x1p-11);
        for (Path file : original.files()) {
            byte[] before = Files.readAllBytes(file);
            byte[] after = Files.readAllBytes(scratch.resolve("rescaled").resolve(file.getFileName()));
            assertThat(after).hasSameSizeAs(before);
            BitSet may = bytesOfFactors(original, file);
            for (int i = 0; i < before.length; i++) {
                if (!may.get(i)) {
                    assertThat(after[i]).as(file + ", byte " + i).isEqualTo(before[i]);
                }
            }
        }
        assertThat(written(path).encoding()).isEqualTo(original.encoding());
    }

    private static BitSet bytesOfFactors(Checkpoint checkpoint, Path file) {
        BitSet bytes = new BitSet();
        checkpoint.tensors().stream()
                .filter(tensor -> tensor.name().contains("q_proj")
                        || tensor.name().contains("k_proj")
                        || tensor.name().contains("q_norm")
                        || tensor.name().contains("k_norm"))
                .flatMap(tensor -> tensor.rowFactors().stream())
                .filter(factors -> factors.file().equals(file))
                .forEach(factors -> mark(bytes, factors));
        return bytes;
    }

    private static void mark(BitSet bytes, RowFactors factors) {
        for (long i = 0; i < factors.count(); i++) {
            int from = (int) (factors.offset() + i * factors.strideBytes());
            bytes.set(from, from + factors.dtype().bytes());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"formats/gptq-act-llama", "formats/qwen2-q4_1.gguf", "formats/ct-llama-w8"})
    void rowsAreMultipliedByTheirBandsScale(String model) {
        Path path = GOLDEN.resolve(model);
        Checkpoint original = Checkpoint.open(path);
        BandScales scales = scales(original, ScaleMode.SHARED, 2, 0.25);
        RescaledCheckpoint.write(original, scales, null, scratch.resolve("rescaled"));
        String name = Projection.KEY.weight(1);
        float[] before = original.readFloat32(name);
        float[] after = written(path).readFloat32(name);
        int columns = original.config().hiddenSize();
        double[] pairs = scales.keyPairScales();
        for (int i = 0; i < before.length; i++) {
            assertThat(after[i]).isEqualTo((float) (before[i] * pairs[i / columns % pairs.length]));
        }
    }

    @Test
    void filesWithoutScalesAreLinkedAndTheConfigTakesTheScaling() throws IOException {
        Path original = Files.createDirectory(scratch.resolve("original"));
        for (String name : List.of("config.json", "model.safetensors")) {
            Files.copy(GOLDEN.resolve("formats/gptq-llama").resolve(name), original.resolve(name));
        }
        Files.writeString(original.resolve("tokenizer.json"), "{}");
        Files.writeString(original.resolve("pytorch_model.bin"), "old weights");
        Checkpoint checkpoint = Checkpoint.open(original);
        RescaledCheckpoint.write(
                checkpoint, scales(checkpoint, ScaleMode.SHARED, 1.1), YARN, scratch.resolve("rescaled"));
        Path rescaled = scratch.resolve("rescaled");
        assertThat(Files.isSameFile(original.resolve("tokenizer.json"), rescaled.resolve("tokenizer.json")))
                .isTrue();
        assertThat(rescaled.resolve("pytorch_model.bin")).doesNotExist();
        assertThat(Checkpoint.open(rescaled).config().ropeScaling()).isEqualTo(YARN);
        assertThat(Checkpoint.open(original).config().ropeScaling()).isNotEqualTo(YARN);
    }

    @Test
    void aFactorThatAStoredScaleCannotHoldIsRefused() {
        Checkpoint checkpoint = Checkpoint.open(GOLDEN.resolve("formats/awq-qwen2"));
        BandScales scales = scales(checkpoint, ScaleMode.SHARED, 1e9);
        assertThatThrownBy(() -> RescaledCheckpoint.write(checkpoint, scales, null, scratch.resolve("rescaled")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("q_proj.scales': F16 cannot hold");
        assertThat(scratch.resolve("rescaled")).doesNotExist();
    }
}
