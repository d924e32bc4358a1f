package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.rope.DynamicScaling;
import qroar.protocol.rope.LinearScaling;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.workers.config.AttentionShape;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;

class ModelConfigTest {
    private static final int NO_WINDOW = AttentionShape.UNLIMITED;

    @TempDir
    Path directory;

    private ModelConfig read(String overrides) throws IOException {
        ObjectNode config = new MiniCheckpoint().config;
        config.setAll((ObjectNode) new JsonMapper().readTree(overrides));
        Path file = directory.resolve("config.json");
        Files.writeString(file, config.toString());
        return ModelConfig.read(file);
    }

    @Test
    void absentKeysTakeTransformersDefaults() throws IOException {
        ModelConfig config = read("{}");
        assertThat(config.keyValueHeadCount()).isEqualTo(2);
        assertThat(config.headDim()).isEqualTo(4);
        assertThat(config.rmsNormEpsilon()).isEqualTo(1e-6);
        assertThat(config.geometry().theta()).isEqualTo(10_000);
        assertThat(config.geometry().originalMaxPositions()).isNull();
        assertThat(config.ropeScaling()).isEqualTo(new NoScaling());
        assertThat(config.tiedEmbeddings()).isFalse();
        assertThat(config.vocabulary().bosTokenId()).isNull();
        assertThat(config.vocabulary().eosTokenIds()).isEmpty();
    }

    @Test
    void slidingWindowFollowsEachFamilysRule() throws IOException {
        String layers = "\"num_hidden_layers\":4,\"num_key_value_heads\":2,";
        assertThat(read("{\"sliding_window\":5}").attention().windows()).containsExactly(NO_WINDOW);
        String mistral = "{\"model_type\":\"mistral\",\"num_key_value_heads\":2";
        assertThat(read(mistral + "}").attention().windows()).containsExactly(4096);
        assertThat(read(mistral + ",\"sliding_window\":null}").attention().windows())
                .containsExactly(NO_WINDOW);
        assertThat(read(mistral + ",\"sliding_window\":7}").attention().windows())
                .containsExactly(7);
        for (String family : new String[] {"qwen2", "qwen3"}) {
            String qwen = "{\"model_type\":\"" + family + "\"," + layers + "\"sliding_window\":9";
            assertThat(read(qwen + "}").attention().windows()).containsOnly(NO_WINDOW);
            assertThat(read(qwen + ",\"use_sliding_window\":true}").attention().windows())
                    .containsOnly(NO_WINDOW);
            assertThat(read(qwen + ",\"use_sliding_window\":true,\"max_window_layers\":1}")
                            .attention()
                            .windows())
                    .containsExactly(NO_WINDOW, 9, 9, 9);
            assertThat(read(qwen + ",\"use_sliding_window\":true,\"layer_types\":[\"sliding_attention\","
                                    + "\"full_attention\",\"full_attention\",\"sliding_attention\"]}")
                            .attention()
                            .windows())
                    .containsExactly(9, NO_WINDOW, NO_WINDOW, 9);
        }
    }

    @Test
    void qwen3WithoutHeadDimHas128() throws IOException {
        assertThat(read("{\"model_type\":\"qwen3\",\"num_key_value_heads\":2}").headDim())
                .isEqualTo(128);
    }

    @Test
    void ropeParametersHoldThetaAndScaling() throws IOException {
        ModelConfig config = read(
                "{\"rope_theta\":7,\"rope_parameters\":{\"rope_type\":\"linear\",\"factor\":2,\"rope_theta\":500}}");
        assertThat(config.geometry().theta()).isEqualTo(500);
        assertThat(config.ropeScaling()).isEqualTo(new LinearScaling(2));
        assertThat(read("{\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":500}}")
                        .ropeScaling())
                .isEqualTo(new NoScaling());
    }

    @Test
    void everyScalingIsRead() throws IOException {
        assertThat(scaling("{\"type\":\"dynamic\",\"factor\":4}")).isEqualTo(new DynamicScaling(4));
        assertThat(scaling("{\"type\":\"linear\",\"rope_type\":\"linear\",\"factor\":4}"))
                .isEqualTo(new LinearScaling(4));
        assertThat(scaling("{\"rope_type\":\"yarn\",\"factor\":4,\"beta_fast\":0,\"beta_slow\":null,\"mscale\":0}"))
                .isEqualTo(YarnScaling.of(4, null));
        assertThat(scaling("{\"rope_type\":\"yarn\",\"factor\":4,\"beta_fast\":16,\"beta_slow\":2,\"mscale\":1.5,"
                        + "\"mscale_all_dim\":0.5,\"attention_factor\":1.25,\"truncate\":false,"
                        + "\"original_max_position_embeddings\":32}"))
                .isEqualTo(new YarnScaling(4, 32, 16, 2, 1.25, 1.5, 0.5, false));
        assertThat(scaling("{\"type\":\"su\",\"short_factor\":[1,2],\"long_factor\":[3,4]}"))
                .isEqualTo(new LongRopeScaling(new double[] {1, 2}, new double[] {3, 4}, null, null, null));
    }

    @Test
    void topLevelOriginalWindowRulesLongRope() throws IOException {
        String scaling = "\"rope_scaling\":{\"type\":\"longrope\",\"short_factor\":[1,2],\"long_factor\":[3,4],"
                + "\"original_max_position_embeddings\":16}";
        assertThat(((LongRopeScaling) read("{" + scaling + "}").ropeScaling()).originalMaxPositions())
                .isEqualTo(16);
        ModelConfig both = read("{\"original_max_position_embeddings\":8," + scaling + "}");
        assertThat(((LongRopeScaling) both.ropeScaling()).originalMaxPositions())
                .isNull();
        assertThat(both.geometry().originalMaxPositions()).isEqualTo(8);
    }

    private RopeScaling scaling(String json) throws IOException {
        return read("{\"rope_scaling\":" + json + "}").ropeScaling();
    }

    @Test
    void endOfSequenceMayBeOneOrSeveral() throws IOException {
        assertThat(read("{\"eos_token_id\":2}").vocabulary().eosTokenIds()).containsExactly(2);
        assertThat(read("{\"eos_token_id\":[2,3]}").vocabulary().eosTokenIds()).containsExactly(2, 3);
    }

    @Test
    void biasesArePromisedAndTiedHeadsAreTakenFromWhatIsStored() throws IOException {
        MiniCheckpoint mini = new MiniCheckpoint();
        mini.add(Projection.OUTPUT.bias(0), "F16", 2, 8);
        Checkpoint unpromised = Checkpoint.open(mini.write(directory));
        assertThat(unpromised.find(Projection.OUTPUT.bias(0))).isNull();
        assertThat(unpromised.notes()).singleElement().asString().contains("model.layers.0.self_attn.o_proj.bias");
        mini.config.put("attention_bias", true);
        MalformedCheckpointTest.assertRefused(mini.write(directory), "self_attn.q_proj.bias' is missing");
        MiniCheckpoint tied = new MiniCheckpoint();
        tied.config.put("tie_word_embeddings", true);
        tied.header.set("unread", tied.header.remove(TensorNames.EMBEDDING));
        Checkpoint opened = Checkpoint.open(tied.write(directory));
        assertThat(opened.embedding().name()).isEqualTo(TensorNames.OUTPUT_HEAD);
        assertThat(opened.outputHead()).isEqualTo(opened.embedding());
    }

    /** Expected of transformers 5.24, whose loss for such a head is that of a config without the key. */
    @Test
    void endsThatAreStoredTwiceAreOneOnlyWhereTheyAreEqual() throws IOException {
        MiniCheckpoint mini = new MiniCheckpoint();
        mini.config.put("tie_word_embeddings", true);
        // Bytes repeat every 512, which is what the embedding takes: the head behind it has the same.
        Checkpoint equal = Checkpoint.open(mini.write(directory));
        assertThat(equal.config().tiedEmbeddings()).isTrue();
        assertThat(equal.notes()).isEmpty();
        mini.header.set("unread", mini.header.remove(TensorNames.OUTPUT_HEAD));
        mini.add(TensorNames.OUTPUT_HEAD, "F32", 4, 16, 8);
        Checkpoint different = Checkpoint.open(mini.write(directory));
        assertThat(different.config().tiedEmbeddings()).isFalse();
        assertThat(different.outputHead().name()).isEqualTo(TensorNames.OUTPUT_HEAD);
        assertThat(different.embedding().name()).isEqualTo(TensorNames.EMBEDDING);
        assertThat(different.notes())
                .singleElement()
                .asString()
                .contains("model.safetensors: config.json's tie_word_embeddings makes one tensor of")
                .contains("both are used, as by transformers 5");
        assertThat(different.digest())
                .as("another model than the one with a tied head")
                .isNotEqualTo(equal.digest());
        mini.tensor(TensorNames.OUTPUT_HEAD).putArray("shape").add(8).add(16);
        MalformedCheckpointTest.assertRefused(mini.write(directory), "'lm_head.weight' has shape [8, 16]");
    }

    @Test
    void whatTwoPlacesSayOfTheRotationIsTold() throws IOException {
        String inside = "\"rope_parameters\":{\"rope_type\":\"default\",\"rope_theta\":500000.0,"
                + "\"partial_rotary_factor\":1}}";
        ModelConfig theta = read("{\"rope_theta\":10000.0," + inside);
        assertThat(theta.geometry().theta()).isEqualTo(500_000);
        assertThat(theta.notes())
                .singleElement()
                .asString()
                .endsWith("key 'rope_theta' is 10000.0, but 500000.0 in rope_parameters is used, as in transformers 5");
        assertThat(read("{\"rope_theta\":500000," + inside).notes()).isEmpty();
        assertThat(read("{\"partial_rotary_factor\":0.5," + inside).notes())
                .singleElement()
                .asString()
                .contains("'partial_rotary_factor' is 0.5, but 1 in rope_parameters is used");
    }

    @Test
    void whatModelsOfOtherFamiliesComputeWithIsTold() throws IOException {
        assertThat(read("{\"attn_logit_softcapping\":50.0,\"logit_scale\":null,\"residual_multiplier\":1.0,"
                                + "\"use_qk_norm\":false,\"num_local_experts\":0}")
                        .notes())
                .singleElement()
                .asString()
                .contains("key 'attn_logit_softcapping' is not read for llama, nor by transformers");
    }

    @Test
    void layersBeyondThoseThatAreAskedForAreTold() throws IOException {
        MiniCheckpoint mini = new MiniCheckpoint();
        mini.add(TensorNames.inputNorm(1), "F32", 4, 8);
        assertThat(Checkpoint.open(mini.write(directory)).notes())
                .singleElement()
                .asString()
                .contains(
                        "model.safetensors: holds more layers than the 1 that config.json's num_hidden_layers asks for");
    }
}
