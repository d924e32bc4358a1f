package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.export.QuantizedExport;
import qroar.workers.export.QuantizedModels;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.lending.LayerUse;
import qroar.workers.packed.GroupCodes;
import qroar.workers.placement.Placement;
import qroar.workers.placement.Residence;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

class PlacementTest {
    private static final RopeScaling YARN = YarnScaling.of(4, 256);
    private static final int[] TOKENS = Arrays.copyOf(GoldenFiles.tokens("tokens/tokens_b.json"), 140);
    private static final int[][] CALIBRATION =
            CalibrationTokens.cut(List.of(GoldenFiles.tokens("tokens/calib_tokens.json")), 4, 130);

    @TempDir
    Path scratch;

    /** The same model with its tensors rounded to another type. */
    private Checkpoint in(Dtype dtype, Checkpoint checkpoint) {
        Path folder = scratch.resolve(dtype + "-" + checkpoint.directory().getFileName());
        try (WeightQuantizer keep = WeightQuantizer.uncalibrated(new NoQuantization())) {
            QuantizedExport.write(checkpoint, keep, TorchDevice.CPU, dtype, folder);
        }
        return Checkpoint.open(folder);
    }

    private static double[] losses(DecoderModel model) {
        PassPlan plan = PassPlan.of(model.config(), YARN, null, TOKENS.length, Probe.LOSSES);
        return model.tokenNll(TOKENS, plan.inChunksOf(128));
    }

    private double[] losses(Checkpoint checkpoint, String quantization, Placement placement) {
        QuantizedModels kept = new QuantizedModels(scratch.resolve("models"), Long.MAX_VALUE);
        QuantizationSpec spec = QuantizationText.parse(quantization);
        try (DecoderModel model =
                DecoderModel.load(checkpoint, TorchDevice.CPU, spec, CALIBRATION, kept, Residence.of(placement))) {
            assertThat(model.placement()).isEqualTo(placement);
            return losses(model);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-llama",
                "tiny-llama-bf16-sharded",
                "tiny-llama3",
                "tiny-mistral",
                "tiny-qwen2",
                "tiny-qwen3",
                "tiny-llama-q"
            })
    void noPlacementChangesADigitOfAnyArchitectureOrType(String name) {
        Checkpoint stored = GoldenFiles.checkpoint(name);
        long before = TorchValue.live();
        for (Checkpoint checkpoint : List.of(stored, in(Dtype.BF16, stored), in(Dtype.F16, stored))) {
            for (String quantization : List.of(
                    "none",
                    "rtn:bits=4,group=32,act-bits=8,kv-bits=4",
                    "none:kv-bits=4,kv-order=pre-rope,kv-bands=4/3,kv-clip=0.9,kv-tails=1.5/1.2")) {
                double[] widened = losses(checkpoint, quantization, Placement.WIDENED);
                for (Placement placement : List.of(Placement.STORED, Placement.MAPPED)) {
                    assertThat(losses(checkpoint, quantization, placement))
                            .as("%s %s %s", checkpoint.directory(), quantization, placement)
                            .containsExactly(widened);
                }
            }
        }
        assertThat(TorchValue.live()).as("native references").isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "awq:bits=4,group=64",
                "awq:bits=3,group=0,clip=false",
                "gptq:bits=4,group=64,act-order=true",
                "smoothquant:bits=8,group=0,alpha=0.5,act-bits=8",
                "gptq:bits=2,group=64,sym=true,static-groups=true,kv-bits=8"
            })
    void noPlacementChangesADigitOfACalibratedModel(String quantization) {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama-q");
        double[] widened = losses(checkpoint, quantization, Placement.WIDENED);
        for (Placement placement : List.of(Placement.STORED, Placement.MAPPED)) {
            assertThat(losses(checkpoint, quantization, placement))
                    .as("%s", placement)
                    .containsExactly(widened);
        }
    }

    @Test
    void sixteenBitWeightsTakeHalfWhereTheyStayAndNothingWhereTheyAreMapped() {
        for (Dtype dtype : List.of(Dtype.BF16, Dtype.F16)) {
            Checkpoint checkpoint = in(dtype, GoldenFiles.checkpoint("tiny-llama-trained"));
            long[] bytes = new long[Placement.values().length];
            for (Placement placement : Placement.values()) {
                try (DecoderModel model = DecoderModel.load(
                        checkpoint, TorchDevice.CPU, QuantizationSpec.NONE, Residence.of(placement))) {
                    bytes[placement.ordinal()] = model.residentBytes();
                }
            }
            assertThat(bytes[Placement.STORED.ordinal()]).isEqualTo(bytes[Placement.WIDENED.ordinal()] / 2);
            assertThat(bytes[Placement.MAPPED.ordinal()]).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"rtn:bits=4,group=32", "gptq:bits=3,group=64,act-order=true", "awq:bits=8,group=64"})
    void quantizedWeightsRestAsPackedIntegers(String quantization) {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama-q");
        QuantizedModels kept = new QuantizedModels(scratch.resolve("models"), Long.MAX_VALUE);
        QuantizationSpec spec = QuantizationText.parse(quantization);
        long[] bytes = new long[Placement.values().length];
        for (Placement placement : Placement.values()) {
            try (DecoderModel model =
                    DecoderModel.load(checkpoint, TorchDevice.CPU, spec, CALIBRATION, kept, Residence.of(placement))) {
                bytes[placement.ordinal()] = model.residentBytes();
            }
        }
        long linears = 0;
        long expected = 0;
        for (Projection projection : Projection.values()) {
            long[] shape = checkpoint.tensor(projection.weight(0)).shape();
            int group = spec.weights().group();
            int bits = spec.weights().bits();
            linears += checkpoint.config().layerCount() * shape[0] * shape[1] * Float.BYTES;
            expected += checkpoint.config().layerCount()
                    * (GroupCodes.bytes(bits, shape[0] * shape[1], shape[0] * (shape[1] / group))
                            + (spec.weights().reordersGroups() ? shape[1] * Long.BYTES : 0));
        }
        long others = bytes[Placement.WIDENED.ordinal()] - linears;
        assertThat(bytes[Placement.STORED.ordinal()] - others).isEqualTo(expected);
        assertThat(bytes[Placement.MAPPED.ordinal()]).isZero();
    }

    /** Half a byte a weight, a float32 a block, and per linear the table and the size of a block. */
    @Test
    void normalFloatsRestAsEntriesOfTheirTable() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama-q");
        QuantizationSpec spec = QuantizationText.parse("nf4:block=128");
        long[] bytes = new long[Placement.values().length];
        double[][] losses = new double[bytes.length][];
        for (Placement placement : Placement.values()) {
            try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec, Residence.of(placement))) {
                bytes[placement.ordinal()] = model.residentBytes();
                losses[placement.ordinal()] = model.tokenNll(TOKENS, YARN, null);
            }
        }
        long linears = 0;
        long expected = 0;
        for (Projection projection : Projection.values()) {
            long[] shape = checkpoint.tensor(projection.weight(0)).shape();
            long elements = shape[0] * shape[1];
            linears += checkpoint.config().layerCount() * elements * Float.BYTES;
            long perLinear = elements / 2 + elements / 128 * Float.BYTES + Long.BYTES + 16 * Float.BYTES;
            expected += checkpoint.config().layerCount() * perLinear;
        }
        assertThat(bytes[Placement.STORED.ordinal()])
                .isEqualTo(bytes[Placement.WIDENED.ordinal()] - linears + expected);
        assertThat(bytes[Placement.MAPPED.ordinal()]).isZero();
        assertThat(losses[1]).isEqualTo(losses[0]);
        assertThat(losses[2]).isEqualTo(losses[0]);
    }

    @Test
    void gradientsAreThoseOfWidenedWeights() {
        Checkpoint checkpoint = in(Dtype.BF16, GoldenFiles.checkpoint("tiny-qwen2"));
        List<GradientPass.Reading> readings = new ArrayList<>();
        for (Placement placement : Placement.values()) {
            try (DecoderModel model =
                    DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE, Residence.of(placement))) {
                PassPlan plan = PassPlan.of(model.config(), YARN, null, 100, Probe.LOSSES_AND_GRADIENT);
                readings.add(GradientPass.read(model, plan, TOKENS, 0, () -> false));
            }
        }
        assertThat(readings.get(1)).isEqualTo(readings.get(0));
        assertThat(readings.get(2)).isEqualTo(readings.get(0));
    }

    @Test
    void passesOfSeveralThreadsShareTheLayersTheyAreIn() throws Exception {
        Checkpoint checkpoint = in(Dtype.BF16, GoldenFiles.checkpoint("tiny-llama"));
        long before = TorchValue.live();
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (DecoderModel model =
                DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE, Residence.of(Placement.MAPPED))) {
            double[] alone = losses(model);
            List<Future<double[]>> together = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                together.add(threads.submit(() -> losses(model)));
            }
            for (Future<double[]> losses : together) {
                assertThat(losses.get()).containsExactly(alone);
            }
            try (LayerUse<TorchValue> one = model.layer(0);
                    LayerUse<TorchValue> other = model.ahead(0)) {
                assertThat(other.packed()).isSameAs(one.packed());
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    @Test
    void aLayerAskedForAheadAndGivenBackAtOnceLeavesNothing() {
        long before = TorchValue.live();
        for (Placement placement : Placement.values()) {
            try (DecoderModel model = DecoderModel.load(
                    GoldenFiles.checkpoint("tiny-llama"),
                    TorchDevice.CPU,
                    QuantizationSpec.NONE,
                    Residence.of(placement))) {
                for (int layer = 0; layer <= model.config().layerCount(); layer++) {
                    model.ahead(layer).close();
                }
            }
        }
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    @Test
    void wordsOfPlacementsAreReadAndOthersRefused() {
        for (Placement placement : Placement.values()) {
            assertThat(Placement.ofWord(placement.word())).isEqualTo(placement);
        }
        assertThatThrownBy(() -> Placement.ofWord("elsewhere"))
                .isInstanceOf(BadInput.class)
                .hasMessage("placement 'elsewhere' is unknown; use widened, stored, mapped");
    }
}
