package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.block.LayerWeights;
import qroar.workers.block.LayerWeights.Norm;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/** Layers with scales of their own compute what their rows of W_Q and W_K, multiplied by hand, compute. */
@Tag("numeric")
class LayerScalesTest {
    private static final RopeScaling YARN = YarnScaling.of(4, 256);
    private static final int[] TOKENS = Arrays.copyOf(GoldenFiles.tokens("tokens/tokens_b.json"), 300);
    private static final QuantizationSpec RTN = QuantizationText.parse("rtn:bits=4,group=16,kv-bits=4");

    private static BandScales scales(DecoderModel model, int groupSize, double... values) {
        BandPartition bands = BandPartition.logSpaced(model.config().geometry().pairCount(), 2);
        LayerGroups layers = LayerGroups.of(model.config().layerCount(), groupSize);
        return new BandScales(bands.in(layers), ScaleMode.SHARED, values);
    }

    /** One scale per layer and band, no two alike. */
    private static BandScales perLayer(DecoderModel model) {
        double[] values = new double[2 * model.config().layerCount()];
        Arrays.setAll(values, cell -> 1.15 - 0.06 * cell);
        return scales(model, 1, values);
    }

    private static PassPlan plan(DecoderModel model, BandScales scales, Probe probe) {
        return PassPlan.of(model.config(), YARN, scales, TOKENS.length, probe).inChunksOf(128);
    }

    /** Row r of a head belongs to pair r mod d/2; the norms of q and k are scaled where a model has them. */
    private record ByHand(BandScales scales) implements WeightQuantizer {
        @Override
        public void quantize(int layer, LayerWeights weights) {
            int bands = scales.partition().bandCount();
            double[] pairs = new double[scales.partition().pairCount()];
            for (int pair = 0; pair < pairs.length; pair++) {
                int band = pair < scales.partition().bands().get(0).toPair() ? 0 : 1;
                pairs[pair] = scales.scales()[layer * bands + band];
            }
            multiply(weights, Projection.QUERY, Norm.QUERY, pairs);
            multiply(weights, Projection.KEY, Norm.KEY, pairs);
        }

        private static void multiply(LayerWeights weights, Projection projection, Norm norm, double[] pairs) {
            TorchValue normWeight = weights.norm(norm);
            if (normWeight != null) {
                weights.replaceNorm(norm, times(normWeight, pairs));
                return;
            }
            weights.replaceWeight(projection, times(weights.weight(projection), pairs));
            TorchValue bias = weights.bias(projection);
            if (bias != null) {
                weights.replaceBias(projection, times(bias, pairs));
            }
        }

        private static TorchValue times(TorchValue rows, double[] pairs) {
            float[] values = rows.floats();
            int columns = Math.toIntExact(values.length / rows.shape()[0]);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] * pairs[i / columns % pairs.length]);
            }
            return TorchRuntime.decoder().floats(values, rows.shape(), TorchDevice.CPU);
        }

        @Override
        public void close() {}
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-llama", "tiny-qwen2", "tiny-qwen3"})
    void lossesAreThoseOfRowsScaledByHandLayerByLayer(String name) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        BandScales scales;
        double[] found;
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE)) {
            scales = perLayer(model);
            found = model.tokenNll(TOKENS, plan(model, scales, Probe.LOSSES));
            double[] unscaled = model.tokenNll(TOKENS, plan(model, scales(model, 99, 1, 1), Probe.LOSSES));
            assertThat(largest(found, unscaled)).isGreaterThan(1e-3);
        }
        try (DecoderModel byHand =
                DecoderModel.load(checkpoint, TorchDevice.CPU, QuantizationSpec.NONE, new ByHand(scales))) {
            double[] expected = byHand.tokenNll(TOKENS, YARN, null);
            assertThat(largest(found, expected)).isLessThan(2e-4);
        }
    }

    private static double largest(double[] a, double[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-llama", "tiny-qwen3"})
    void groupsOfEqualScalesAreTheScalesOfAllLayersToTheBit(String name) {
        try (DecoderModel model = DecoderModel.load(GoldenFiles.checkpoint(name), TorchDevice.CPU, RTN)) {
            int layers = model.config().layerCount();
            double[] repeated = new double[2 * layers];
            Arrays.setAll(repeated, cell -> cell % 2 == 0 ? 1.1 : 0.9);
            double[] all = model.tokenNll(TOKENS, plan(model, scales(model, 99, 1.1, 0.9), Probe.LOSSES));
            assertThat(model.tokenNll(TOKENS, plan(model, scales(model, 1, repeated), Probe.LOSSES)))
                    .isEqualTo(all);
            assertThat(scales(model, layers, 1.1, 0.9)).isEqualTo(scales(model, 99, 1.1, 0.9));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tiny-llama", "tiny-mistral", "tiny-qwen3"})
    void bothOrdersGiveTheSameLossesAndHistogramsToTheBit(String name) {
        long before = TorchValue.live();
        try (DecoderModel model = DecoderModel.load(GoldenFiles.checkpoint(name), TorchDevice.CPU, RTN)) {
            PassPlan plan = plan(model, perLayer(model), Probe.LOSSES_AND_ACTIVATIONS);
            LayerwisePass.Reading expected;
            try (DocumentPass pass = DocumentPass.open(model, plan, () -> false)) {
                float[] nll = pass.advance(TOKENS, 0, TOKENS.length);
                expected = new LayerwisePass.Reading(nll, pass.activations(0));
            }
            assertThat(LayerwisePass.read(model, List.of(new LayerwisePass.Text(plan, TOKENS, 0)), () -> false))
                    .containsExactly(expected);
        }
        assertThat(TorchValue.live()).as("native references").isEqualTo(before);
    }

    @Test
    void slopesOfGroupsAreTheirOwnAndAddUpToThoseOfAllLayers() {
        try (DecoderModel model =
                DecoderModel.load(GoldenFiles.checkpoint("tiny-llama"), TorchDevice.CPU, QuantizationSpec.NONE)) {
            int[] tokens = Arrays.copyOf(TOKENS, 200);
            BandScales all = scales(model, 99, 1.05, 0.97);
            double[] repeated = new double[2 * model.config().layerCount()];
            Arrays.setAll(repeated, cell -> cell % 2 == 0 ? 1.05 : 0.97);
            BandScales each = scales(model, 1, repeated);
            ScaleGradient one = gradient(model, all, tokens);
            ScaleGradient own = gradient(model, each, tokens);
            for (int band = 0; band < 2; band++) {
                double sum = 0;
                for (int cell = band; cell < repeated.length; cell += 2) {
                    sum += own.ofCell(each.partition(), cell, ScaleMode.SHARED);
                }
                assertThat(sum).isCloseTo(one.ofCell(all.partition(), band, ScaleMode.SHARED), within(1e-6));
            }
            int last = repeated.length - 1;
            double step = 0.02;
            double difference = (nll(model, each.with(last, 0.97 * Math.exp(step)), tokens)
                            - nll(model, each.with(last, 0.97 * Math.exp(-step)), tokens))
                    / (2 * step);
            assertThat(own.ofCell(each.partition(), last, ScaleMode.SHARED))
                    .isCloseTo(difference, within(0.05 * Math.abs(difference) + 0.01));
        }
    }

    private static ScaleGradient gradient(DecoderModel model, BandScales scales, int[] tokens) {
        PassPlan plan = PassPlan.of(model.config(), YARN, scales, tokens.length, Probe.LOSSES_AND_GRADIENT);
        return GradientPass.read(model, plan, tokens, 0, () -> false).gradient();
    }

    private static double nll(DecoderModel model, BandScales scales, int[] tokens) {
        return Arrays.stream(model.tokenNll(tokens, YARN, scales)).sum();
    }

    @Test
    void scalesOfAnotherNumberOfLayersAreRefused() {
        try (DecoderModel model =
                DecoderModel.load(GoldenFiles.checkpoint("tiny-llama"), TorchDevice.CPU, QuantizationSpec.NONE)) {
            BandPartition bands =
                    BandPartition.logSpaced(model.config().geometry().pairCount(), 1);
            LayerGroups others = LayerGroups.of(model.config().layerCount() + 1, 1);
            BandScales scales = BandScales.identity(bands.in(others), ScaleMode.SHARED);
            assertThatThrownBy(() -> model.tokenNll(TOKENS, YARN, scales))
                    .hasMessageContaining("the model has " + model.config().layerCount());
        }
    }
}
