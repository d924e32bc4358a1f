package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.tensors.WeightSource;

class OutlinedCheckpointTest {
    @ParameterizedTest
    @ValueSource(strings = {"tiny-llama", "tiny-llama-trained"})
    void anOutlineHasTheTensorsOfTheCheckpointThatTheConfigIsOf(String name) {
        Checkpoint opened = GoldenFiles.checkpoint(name);
        Checkpoint outline = Checkpoint.outline(opened.directory().resolve("config.json"));
        assertThat(outline.parameterCount()).isEqualTo(opened.parameterCount());
        assertThat(outline.tensors())
                .extracting(WeightSource::name)
                .containsExactlyElementsOf(
                        opened.tensors().stream().map(WeightSource::name).toList());
        opened.tensors()
                .forEach(tensor -> assertThat(outline.tensor(tensor.name()).shape())
                        .as(tensor.name())
                        .isEqualTo(tensor.shape()));
        assertThat(outline.files()).isEmpty();
        assertThat(outline.isQuantized()).isFalse();
    }
}
