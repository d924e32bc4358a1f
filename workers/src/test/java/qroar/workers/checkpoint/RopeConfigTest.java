package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.workers.config.AttentionShape;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.RopeConfigWriter;

/** Rotary keys in the spellings of transformers 4 and 5: what is used is what transformers 5 uses, and never in silence. */
class RopeConfigTest {
    private static final String NOTHING = "";

    @TempDir
    Path directory;

    private ModelConfig read(String overrides) throws IOException {
        ObjectNode config = new MiniCheckpoint().config;
        config.setAll((ObjectNode) new JsonMapper().readTree(overrides.replace('\'', '"')));
        Path file = directory.resolve("config.json");
        Files.writeString(file, config.toString());
        return ModelConfig.read(file);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'rope_scaling':{},'rope_parameters':{'rope_type':'linear','factor':2,'rope_theta':500}} | linear:factor=2 | 500 | ~~",
                "{'rope_scaling':null,'rope_parameters':{'rope_type':'linear','factor':2}} | linear:factor=2 | 10000 | ~~",
                "{'rope_parameters':{},'rope_theta':7} | none | 7 | ~~",
                "{'rope_parameters':{'full_attention':{'rope_type':'linear','factor':2}},'rope_theta':7} | linear:factor=2 | 7 | ~~",
                "{'rope_parameters':{'full_attention':{'rope_type':'default','rope_theta':9},'sliding_attention':{'rope_type':'x'}}} | none | 9 | ~~",
                "{'rope_scaling':{'full_attention':{'type':'dynamic','factor':4}}} | dynamic:factor=4 | 10000 | ~~",
                "{'rope_parameters':{'rope_theta':3,'full_attention':{'rope_type':'linear','factor':2}}} | linear:factor=2 | 10000 | rope_parameters.rope_theta' is not read",
                "{'rope_scaling':{'type':'linear','factor':2},'rope_parameters':{'rope_type':'default','rope_theta':9}} | linear:factor=2 | 10000 | 'rope_parameters' says something else",
                "{'rope_scaling':{'type':'linear','factor':2},'rope_parameters':{'type':'linear','factor':2}} | linear:factor=2 | 10000 | ~~",
                "{'rope_scaling':{'type':'yarn','factor':4,'betafast':16}} | yarn:factor=4 | 10000 | did you mean 'beta_fast'?",
                "{'rope_scaling':{'type':'linear','factor':4,'attention_factor':1.5}} | linear:factor=4 | 10000 | 'rope_scaling.attention_factor' is not read for linear",
                "{'rope_parameters':{'rope_type':'default','factor':4}} | none | 10000 | 'rope_parameters.factor' is not read for default",
                "{'rope_scaling':{'type':'yarn','factor':2,'original_max_position_embeddings':16}} | yarn:factor=2,original=16 | 10000 | 64 / 16 = 4.0; 2.0 is used",
                "{'rope_scaling':{'type':'yarn','factor':4,'original_max_position_embeddings':16}} | yarn:factor=4,original=16 | 10000 | ~~",
                "{'rope_scaling':{'type':'yarn','factor':4,'beta_fast':1,'beta_slow':8}} | yarn:factor=4,beta-fast=1,beta-slow=8 | 10000 | less than beta_slow",
                "{'original_max_position_embeddings':16,'rope_parameters':{'rope_type':'yarn','factor':4}} | yarn:factor=4,original=16 | 10000 | not max_position_embeddings as in transformers 4",
                "{'original_max_position_embeddings':16,'rope_scaling':{'type':'yarn','factor':4,'original_max_position_embeddings':16}} | yarn:factor=4,original=16 | 10000 | ~~",
                "{'original_max_position_embeddings':16,'rope_scaling':{'type':'llama3','factor':4,'low_freq_factor':1,'high_freq_factor':4,'original_max_position_embeddings':8}} | llama3:factor=4,original=16 | 10000 | not 8 beside the factor",
                "{'rope_scaling':{'type':'llama3','factor':4,'low_freq_factor':1,'high_freq_factor':4,'original_max_position_embeddings':64}} | llama3:factor=4,original=64 | 10000 | not less than max_position_embeddings 64",
            })
    void whatIsUsedAndWhatIsNoted(String config, String rope, double theta, String note) throws IOException {
        ModelConfig read = read(config);
        assertThat(RopeScalingSpec.format(read.ropeScaling())).isEqualTo(rope);
        assertThat(read.geometry().theta()).isEqualTo(theta);
        if (note.equals(NOTHING)) {
            assertThat(read.notes()).isEmpty();
        } else {
            assertThat(read.notes()).singleElement().asString().contains(note);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'rope_parameters':{'sliding_attention':{'rope_type':'default'}}} | key 'rope_parameters.full_attention' is null; layers of that type are in use",
                "{'rope_parameters':{'full_atention':{'rope_type':'default'}}} | key 'rope_parameters.full_atention' is {\"rope_type\":\"default\"}; neither a rotary key nor a layer type",
                "{'rope_parameters':{'full_attention':{'rope_type':'linear','factor':0.5}}} | key 'rope_parameters.full_attention.factor' is 0.5; must be a number from 1.0",
                "{'rope_parameters':{'full_attention':{'rope_type':'linear','factor':'NaN'}}} | key 'rope_parameters.full_attention.factor' is \"NaN\"; must be a number",
                "{'rope_parameters':{'full_attention':{'rope_type':'yarn','type':'linear','factor':2}}} | must agree with rope_type 'yarn'",
                "{'rope_parameters':{'full_attention':{'rope_type':'mrope'}}} | key 'rope_parameters.full_attention.rope_type' is \"mrope\"; supported",
                "{'rope_parameters':{'full_attention':{'partial_rotary_factor':0.5}}} | key 'rope_parameters.full_attention.partial_rotary_factor' is 0.5; only 1",
                "{'rope_scaling':{'type':'linear','factor':2,'partial_rotary_factor':0.5}} | key 'rope_scaling.partial_rotary_factor' is 0.5; only 1",
                "{'model_type':'qwen3','head_dim':4,'num_hidden_layers':2,'num_key_value_heads':2,'use_sliding_window':true,'sliding_window':8,'layer_types':['full_attention','sliding_attention'],'rope_parameters':{'full_attention':{'rope_theta':5},'sliding_attention':{'rope_theta':6}}} | key 'rope_parameters.sliding_attention' is {\"rope_theta\":6}; it differs from that of full_attention",
            })
    void whatCannotBeMeantIsRefused(String config, String message) {
        assertThatThrownBy(() -> read(config))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void layerTypesThatAgreeAreOneEmbedding() throws IOException {
        ModelConfig read = read("{'model_type':'qwen3','head_dim':4,'num_hidden_layers':2,'num_key_value_heads':2,"
                + "'use_sliding_window':true,'sliding_window':8,'layer_types':['full_attention','sliding_attention'],"
                + "'rope_parameters':{'full_attention':{'rope_theta':6},'sliding_attention':{'rope_theta':6}}}");
        assertThat(read.geometry().theta()).isEqualTo(6);
        assertThat(read.attention().windows()).containsExactly(AttentionShape.UNLIMITED, 8);
        assertThat(read.notes()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{'sliding_window':8} | 'sliding_window' is not read for llama",
                "{'sliding_window':8,'use_sliding_window':false} | ~~",
                "{'sliding_window':64} | ~~",
                "{'sliding_window':null} | ~~",
                "{'layer_types':['sliding_attention'],'sliding_window':8} | 'layer_types' is not read for llama",
                "{'model_type':'mistral','num_key_value_heads':2,'sliding_window':8,'layer_types':['full_attention']} | 'layer_types' is not read for mistral",
                "{'model_type':'mistral','num_key_value_heads':2,'sliding_window':8} | ~~",
                "{'model_type':'qwen2','num_key_value_heads':2,'sliding_window':8,'layer_types':['sliding_attention']} | use_sliding_window is not true",
                "{'eos_token_id':-1} | key 'eos_token_id' is -1; must be a whole number from 0 to 15; passed over",
                "{'eos_token_id':[2,99]} | key 'eos_token_id' is [2,99]",
                "{'bos_token_id':16} | key 'bos_token_id' is 16; must be a whole number from 0 to 15",
                "{'bos_token_id':[1,2]} | ~~",
                "{'bos_token_id':'<s>'} | key 'bos_token_id' is \"<s>\"",
                "{'eos_token_id':[]} | ~~",
            })
    void otherKeysThatAreNotFollowedAreNoted(String config, String note) throws IOException {
        List<String> notes = read(config).notes();
        if (note.equals(NOTHING)) {
            assertThat(notes).isEmpty();
        } else {
            assertThat(notes)
                    .singleElement()
                    .asString()
                    .contains("config.json: ")
                    .contains(note);
        }
    }

    @Test
    void idsOutsideTheVocabularyAreRefusedWhereTheyAreNeeded() throws IOException {
        ModelConfig read = read("{'bos_token_id':16,'eos_token_id':[2,99]}");
        assertThat(read.vocabulary().bosTokenId()).isNull();
        assertThat(read.vocabulary().eosTokenIds()).containsExactly(2);
        assertThatThrownBy(() -> read.vocabulary().requireUsable("bos_token_id", ", or do without"))
                .isInstanceOf(BadInput.class)
                .hasMessageEndingWith("key 'bos_token_id' is 16; must be a whole number from 0 to 15, or do without");
        read("{'bos_token_id':15}").vocabulary().requireUsable("bos_token_id", "");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "yarn:factor=4",
                "yarn:factor=2,original=32",
                "llama3:factor=4,original=8",
                "linear:factor=2",
                "longrope:short=1;2,long=3;4"
            })
    void scalingThatIsWrittenIsReadAgainWhateverStoodThereBefore(String spec) throws IOException {
        ModelConfig before = read("{'original_max_position_embeddings':16,'rope_scaling':{},"
                + "'rope_parameters':{'full_attention':{'rope_type':'yarn','factor':4,'rope_theta':500}}}");
        ObjectNode config = (ObjectNode)
                new JsonMapper().readTree(directory.resolve("config.json").toFile());
        RopeConfigWriter.write(config, RopeScalingSpec.parse(spec), before.geometry());
        Files.writeString(directory.resolve("config.json"), config.toString());
        ModelConfig after = ModelConfig.read(directory.resolve("config.json"));
        assertThat(RopeScalingSpec.format(after.ropeScaling())).isEqualTo(spec);
        assertThat(after.geometry().theta()).isEqualTo(500);
    }
}
