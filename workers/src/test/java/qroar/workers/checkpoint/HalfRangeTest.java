package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.protocol.BadInput;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Precision;
import qroar.workers.block.LayerWeights;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.placement.Placement;
import qroar.workers.placement.Residence;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

class HalfRangeTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(Placement.class)
    void aWeightThatBecomesInfiniteIsNamedWhereverWeightsRest(Placement placement) throws IOException {
        Path file = new MiniCheckpoint().write(folder).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        // The last tensor of the file is the final norm.
        ByteBuffer last = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        last.putFloat(bytes.length - 4, -65_519f);
        Files.write(file, bytes);
        load(placement, Precision.FLOAT16);
        last.putFloat(bytes.length - 4, -65_520f);
        Files.write(file, bytes);
        load(placement, Precision.BFLOAT16);
        assertThatThrownBy(() -> load(placement, Precision.FLOAT16))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("'model.norm.weight' has 1 weight that float16 cannot hold")
                .hasMessageContaining("65504");
    }

    private void load(Placement placement, Precision precision) {
        Residence residence = Residence.of(placement, precision, TorchDevice.CPU);
        DecoderModel.load(Checkpoint.open(folder), TorchDevice.CPU, QuantizationSpec.NONE, residence)
                .close();
    }

    @Test
    void layersAreLookedAtAsTheyAreRounded() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        try (LayerWeights weights = LayerWeights.read(checkpoint, 1, TorchDevice.CPU)) {
            TorchValue up = weights.weight(Projection.UP);
            float[] values = up.floats();
            values[5] = 70_000f;
            values[6] = Float.NaN;
            weights.replaceWeight(Projection.UP, TorchRuntime.decoder().floats(values, up.shape(), TorchDevice.CPU));
            weights.pack(Precision.BFLOAT16).close();
            assertThatThrownBy(() -> weights.pack(Precision.FLOAT16))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("'model.layers.1.mlp.up_proj.weight' has 1 weight that float16 cannot hold");
        }
    }

    @Test
    void aLayerThatIsPackedAwayIsWhatItIsPackedAndHoldsNoWeightAnyMore() {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        try (LayerWeights weights = LayerWeights.read(checkpoint, 0, TorchDevice.CPU);
                TorchValue packed = weights.pack(Precision.BFLOAT16);
                TorchValue away = weights.packAway(Precision.BFLOAT16)) {
            TorchValue[] expected = packed.tensors();
            TorchValue[] found = away.tensors();
            for (int i = 0; i < expected.length; i++) {
                try (TorchValue e = expected[i];
                        TorchValue f = found[i];
                        TorchValue wideE = TorchRuntime.decoder().widened(e, TorchDevice.CPU);
                        TorchValue wideF = TorchRuntime.decoder().widened(f, TorchDevice.CPU)) {
                    assertThat(wideF.floats()).containsExactly(wideE.floats());
                }
            }
            assertThatThrownBy(() -> weights.weight(Projection.DOWN)).isInstanceOf(IllegalStateException.class);
        }
    }
}
