package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.workers.config.Architecture;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;

/** What holds of every family that shares the block. */
class ArchitecturesTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Architecture.class)
    void aConfigOfItsModelTypeIsReadWithWhatTheFamilySays(Architecture architecture) throws Exception {
        MiniCheckpoint checkpoint = new MiniCheckpoint();
        checkpoint
                .config
                .put("model_type", architecture.modelType())
                .put("num_key_value_heads", 2)
                .put("attention_bias", true)
                .put("mlp_bias", true);
        checkpoint.config.remove("max_position_embeddings");
        Path file = directory.resolve("config.json");
        Files.writeString(file, checkpoint.config.toString());
        ModelConfig config = ModelConfig.read(file);

        assertThat(config.architecture()).isEqualTo(architecture);
        assertThat(config.geometry().maxPositions()).isEqualTo(architecture.defaultMaxPositions());
        Integer head = architecture.defaultHeadDim();
        assertThat(config.headDim()).isEqualTo(head == null ? 4 : head);
        assertThat(config.feedForward().bias()).isEqualTo(architecture.readsMlpBias());
        List<String> required =
                ExpectedTensor.of(config).stream().map(ExpectedTensor::name).toList();
        boolean norms = architecture.normalisesQueryAndKey();
        assertThat(required.contains(TensorNames.queryNorm(0))).isEqualTo(norms);
        boolean biased = architecture.attentionBias() != Architecture.AttentionBias.NONE;
        assertThat(required.contains(Projection.QUERY.bias(0))).isEqualTo(biased);
    }

    @ParameterizedTest
    @EnumSource(Architecture.class)
    void theReadmeNamesIt(Architecture architecture) throws Exception {
        assertThat(Files.readString(Path.of("../README.md")).toLowerCase(Locale.ROOT))
                .contains(architecture.modelType());
    }
}
