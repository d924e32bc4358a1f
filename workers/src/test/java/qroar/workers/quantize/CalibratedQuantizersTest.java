package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.AwqQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.workers.block.LayerWeights;
import qroar.workers.calibration.CalibrationRun;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

class CalibratedQuantizersTest {
    private static final int[] TOKENS = GoldenFiles.tokens("tokens/tokens_a.json");
    private static final int[][] CALIBRATION =
            CalibrationTokens.cut(List.of(GoldenFiles.tokens("tokens/calib_tokens.json")), 4, 130);

    /** Biases, norms, grouped heads, windows: whatever is folded wrongly shows where rounding hardly does. */
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
    void eightBitsKeepEveryArchitecturesLosses(String name) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        long before = TorchValue.live();
        double exact = mean(checkpoint, "none");
        for (String spec : List.of(
                "awq:bits=8,group=32",
                "awq:bits=8,group=0,clip=false",
                "gptq:bits=8,group=32,act-order=true,static-groups=true,true-sequential=true",
                "gptq:bits=8,group=0,sym=true",
                "smoothquant:bits=8,group=0,alpha=0.5")) {
            assertThat(mean(checkpoint, spec)).as("%s %s", name, spec).isCloseTo(exact, within(0.02));
        }
        assertThat(TorchValue.live()).as("native references").isEqualTo(before);
    }

    @Test
    void activationAndCacheQuantizersActOnTopAtRunTime() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama-q");
        for (String weights : List.of("awq:bits=4,group=64", "gptq:bits=4,group=64", "smoothquant:bits=4,group=64")) {
            double alone = mean(checkpoint, weights);
            double both = mean(checkpoint, weights + ",act-bits=8,kv-bits=8");
            assertThat(both).isNotEqualTo(alone).isCloseTo(alone, within(0.1));
        }
    }

    @Test
    void valueIsScaledAgainstOutputOnlyWhereShapesAgree() {
        assertThat(pairs("tiny-llama-q")).contains(ScalePair.VALUE_TO_OUTPUT).hasSize(4);
        assertThat(pairs("tiny-llama"))
                .doesNotContain(ScalePair.VALUE_TO_OUTPUT)
                .hasSize(3);
        assertThat(pairs("tiny-qwen3"))
                .doesNotContain(ScalePair.VALUE_TO_OUTPUT)
                .hasSize(3);
    }

    /** Rescaled q and k are searched anew: a calibration is not a function that scales with its rows. */
    @Test
    void scaleSearchSeesScaledRowsOfQueryAndKey() {
        double[] plain = lossesOfFirstSearch(1f);
        double[] scaled = lossesOfFirstSearch(1.5f);
        assertThat(IntStream.range(0, plain.length).filter(i -> Math.abs(scaled[i] / plain[i] - 1) > 1e-2))
                .hasSizeGreaterThan(10);
    }

    private static double[] lossesOfFirstSearch(float rowScale) {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama-q");
        Searched searched = new Searched();
        try (Awq awq = new Awq(
                        awq("awq:bits=4,group=64,clip=false"),
                        CalibrationRun.inMemory(checkpoint, TorchDevice.CPU, CALIBRATION),
                        searched);
                LayerWeights weights = LayerWeights.read(checkpoint, 0, TorchDevice.CPU)) {
            for (Projection projection : List.of(Projection.QUERY, Projection.KEY)) {
                float[] w = weights.weight(projection).floats();
                for (int i = 0; i < w.length; i++) {
                    w[i] *= rowScale;
                }
                weights.replaceWeight(
                        projection,
                        TorchRuntime.decoder()
                                .floats(w, weights.weight(projection).shape(), TorchDevice.CPU));
            }
            awq.quantize(0, weights);
        }
        return searched.losses.get(0);
    }

    private static List<ScalePair> pairs(String name) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        Searched searched = new Searched();
        try (Awq awq = new Awq(
                        awq("awq:bits=4,group=32"),
                        CalibrationRun.inMemory(checkpoint, TorchDevice.CPU, CALIBRATION),
                        searched);
                LayerWeights weights = LayerWeights.read(checkpoint, 0, TorchDevice.CPU)) {
            awq.quantize(0, weights);
        }
        return searched.pairs;
    }

    private static AwqQuantization awq(String text) {
        return (AwqQuantization) QuantizationText.parse(text).weights();
    }

    private static final class Searched implements Awq.Findings {
        final List<ScalePair> pairs = new ArrayList<>();
        final List<double[]> losses = new ArrayList<>();

        @Override
        public void scales(int layer, ChannelScales found) {
            pairs.add(found.pair());
            losses.add(found.losses());
        }

        @Override
        public void clip(int layer, Projection projection, TorchValue bounds) {
            assertThat(projection).isNotIn(Projection.QUERY, Projection.KEY);
        }
    }

    /** 160 columns of down_proj in groups of 64; every other width is a multiple of 64. */
    @Test
    void theLastGroupOfARowMayBeShorter() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-qwen2");
        double exact = mean(checkpoint, "none");
        for (String quantizer : List.of(
                "awq:bits=8,group=64",
                "gptq:bits=8,group=64",
                "gptq:bits=8,group=64,act-order=true,static-groups=true")) {
            assertThat(mean(checkpoint, quantizer)).as(quantizer).isCloseTo(exact, within(0.02));
        }
    }

    @Test
    void clipSearchNeedsItsTokens() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        int[][] few = Arrays.copyOf(CALIBRATION, 3);
        assertThatThrownBy(() -> CalibratedQuantizers.of(
                        QuantizationText.parse("awq:bits=4,group=32").weights(), checkpoint, TorchDevice.CPU, few))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("390 calibration tokens")
                .hasMessageContaining("512");
        long before = TorchValue.live();
        CalibratedQuantizers.of(
                        QuantizationText.parse("awq:bits=4,group=32,clip=false").weights(),
                        checkpoint,
                        TorchDevice.CPU,
                        few)
                .close();
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    @Test
    void missingCalibrationIsRefused() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        QuantizationSpec spec = QuantizationText.parse("gptq:bits=4,group=32");
        long before = TorchValue.live();
        assertThatThrownBy(() -> DecoderModel.load(checkpoint, TorchDevice.CPU, spec, new int[0][]))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("need calibration documents");
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    private static double mean(Checkpoint checkpoint, String quantization) {
        QuantizationSpec spec = QuantizationText.parse(quantization);
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, spec, CALIBRATION)) {
            return Arrays.stream(model.tokenNll(TOKENS, checkpoint.config().ropeScaling(), null))
                    .average()
                    .orElseThrow();
        }
    }
}
