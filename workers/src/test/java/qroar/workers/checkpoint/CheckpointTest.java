package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import qroar.protocol.rope.Llama3Scaling;
import qroar.workers.config.AttentionShape;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.tensors.WeightSource;

class CheckpointTest {
    static Iterable<Path> golden() throws Exception {
        return GoldenCheckpoints.all();
    }

    @ParameterizedTest
    @MethodSource("golden")
    void goldenCheckpointOpens(Path directory) {
        Checkpoint checkpoint = Checkpoint.open(directory);
        ModelConfig config = checkpoint.config();
        assertThat(config.vocabularySize()).isEqualTo(256);
        assertThat(checkpoint.embedding().shape()).containsExactly(256, config.hiddenSize());
        assertThat(checkpoint.outputHead().shape()).containsExactly(256, config.hiddenSize());
        assertThat(checkpoint
                        .tensor(Projection.DOWN.weight(config.layerCount() - 1))
                        .shape())
                .containsExactly(config.hiddenSize(), config.intermediateSize());
    }

    @Test
    void configOfEachFamilyIsUnderstood() {
        ModelConfig mistral = open("tiny-mistral").config();
        assertThat(mistral.attention().windows()).containsOnly(96);
        ModelConfig qwen2 = open("tiny-qwen2").config();
        assertThat(qwen2.attention().windows()).containsOnly(AttentionShape.UNLIMITED);
        assertThat(qwen2.tiedEmbeddings()).isTrue();
        ModelConfig qwen3 = open("tiny-qwen3").config();
        assertThat(qwen3.headDim()).isEqualTo(32);
        assertThat(open("tiny-llama3").config().ropeScaling()).isEqualTo(new Llama3Scaling(8, 1, 4, 256));
    }

    @Test
    void biasesOfQwen2AreFoundAndOthersAreAbsent() {
        Checkpoint checkpoint = open("tiny-qwen2");
        assertThat(checkpoint.tensor(Projection.KEY.bias(2)).shape()).containsExactly(32);
        assertThat(checkpoint.find(Projection.OUTPUT.bias(2))).isNull();
        assertThat(checkpoint.outputHead()).isEqualTo(checkpoint.embedding());
    }

    private static Checkpoint open(String name) {
        return Checkpoint.open(GoldenCheckpoints.directory(name));
    }

    @Test
    void float16AndBfloat16AreWidened() {
        for (String name : new String[] {"tiny-qwen2", "tiny-llama-bf16-sharded", "tiny-llama"}) {
            Checkpoint checkpoint = open(name);
            for (WeightSource tensor : checkpoint.tensors()) {
                float[] values = checkpoint.readFloat32(tensor.name());
                assertThat(values).hasSize((int) tensor.elements());
                for (float value : values) {
                    assertThat(Math.abs(value)).as(tensor.toString()).isLessThan(100);
                }
            }
        }
    }
}
