package qroar.workers.quantize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.NoQuantization;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.tensors.NonFinite;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

class FiniteWatchTest {
    private final Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");

    private LayerWeights spoilt(Projection projection, float value, int... places) {
        LayerWeights weights = LayerWeights.read(checkpoint, 0, TorchDevice.CPU);
        float[] values = weights.weight(projection).floats();
        long[] shape = weights.weight(projection).shape();
        for (int place : places) {
            values[place] = value;
        }
        weights.replaceWeight(projection, TorchRuntime.decoder().floats(values, shape, TorchDevice.CPU));
        return weights;
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void everyKindIsCountedAndNumbersAreNot(float value) {
        float[] values = new float[1000];
        for (int i = 0; i < values.length; i++) {
            values[i] = (i - 500) * 1e35f;
        }
        try (TorchValue numbers = TorchRuntime.decoder().floats(values, new long[] {10, 100}, TorchDevice.CPU)) {
            assertThat(TorchRuntime.decoder().nonFinite(numbers)).isZero();
        }
        values[0] = value;
        values[999] = value;
        try (TorchValue some = TorchRuntime.decoder().floats(values, new long[] {10, 100}, TorchDevice.CPU)) {
            assertThat(TorchRuntime.decoder().nonFinite(some)).isEqualTo(2);
        }
        try (TorchValue none = TorchRuntime.decoder().absent(TorchDevice.CPU)) {
            assertThat(TorchRuntime.decoder().nonFinite(none)).isZero();
        }
    }

    @Test
    void layersAreLookedAtOnceAndBeforeTheyAreQuantized() {
        FiniteWatch watch = new FiniteWatch();
        List<Integer> quantized = new ArrayList<>();
        WeightQuantizer watched = watch.before(new WeightQuantizer() {
            @Override
            public void quantize(int layer, LayerWeights weights) {
                assertThat(watch.found()).isEqualTo(new NonFinite("model.layers.0.mlp.up_proj.weight", 3, 1));
                quantized.add(layer);
            }

            @Override
            public void close() {}
        });
        try (LayerWeights weights = spoilt(Projection.UP, Float.NaN, 0, 5, 77)) {
            watched.quantize(0, weights);
            watched.quantize(0, weights);
        }
        assertThat(quantized).containsExactly(0, 0);
        assertThat(watch.found()).isEqualTo(new NonFinite("model.layers.0.mlp.up_proj.weight", 3, 1));
    }

    @ParameterizedTest
    @ValueSource(strings = {"awq", "gptq"})
    void calibratedQuantizersRefuseNamingTheTensor(String name) {
        try (LayerWeights weights = spoilt(Projection.DOWN, Float.NaN, 9);
                WeightQuantizer refusing =
                        FiniteWatch.refusing(name, WeightQuantizer.uncalibrated(new NoQuantization()))) {
            assertThatThrownBy(() -> refusing.quantize(0, weights))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining(
                            name + ": tensor 'model.layers.0.mlp.down_proj.weight' has 1 weight that is NaN");
        }
    }
}
