package qroar.workers.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.rope.NoScaling;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class SequenceBlocksTest {
    private static final int LENGTH = 7;

    @ParameterizedTest
    @CsvSource({"tiny-llama", "tiny-qwen2", "tiny-qwen3"})
    void whatEntersSomeLinearsIsWhatEntersThemOnTheWayToTheOutput(String name) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        ModelConfig config = checkpoint.config();
        float[] x = new float[LENGTH * config.hiddenSize()];
        Random random = new Random(3);
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        try (SequenceBlocks blocks = new SequenceBlocks(config, new NoScaling(), LENGTH, TorchDevice.CPU);
                LayerWeights weights = LayerWeights.read(checkpoint, 0, TorchDevice.CPU);
                TorchValue packed = weights.pack();
                TorchValue states =
                        TorchRuntime.decoder().floats(x, new long[] {LENGTH, config.hiddenSize()}, TorchDevice.CPU);
                BlockTrace trace = blocks.trace(0, packed, states)) {
            List<Projection> all = List.of(Projection.values());
            for (int count = 1; count <= all.size(); count++) {
                List<Projection> wanted = all.subList(0, count);
                try (BlockInputs inputs = blocks.inputs(0, packed, states, wanted)) {
                    for (Projection each : wanted) {
                        assertThat(inputs.input(each).floats())
                                .as("%s of %s", each, wanted)
                                .containsExactly(trace.input(each).floats());
                    }
                }
            }
            try (BlockInputs first = blocks.inputs(0, packed, states, List.of(Projection.KEY))) {
                assertThatThrownBy(() -> first.input(Projection.OUTPUT))
                        .isInstanceOf(ArrayIndexOutOfBoundsException.class);
            }
        }
    }
}
