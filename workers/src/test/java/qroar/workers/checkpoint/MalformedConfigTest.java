package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.BadInput;
import qroar.workers.config.ModelConfig;

class MalformedConfigTest {
    private static final String ROPE_TYPES = "supported: default, linear";

    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"model_type\":\"gpt2\"} | key 'model_type' is \"gpt2\"; supported: llama",
                "{\"model_type\":null} | key 'model_type' is null; supported: llama",
                "{\"hidden_act\":\"gelu\"} | key 'hidden_act' is \"gelu\"; supported: silu",
                "{\"hidden_size\":null} | key 'hidden_size' is missing",
                "{\"hidden_size\":-3} | key 'hidden_size' is -3; must be a whole number from 1 to 1048576",
                "{\"hidden_size\":8.5} | key 'hidden_size' is 8.5; must be a whole number",
                "{\"hidden_size\":\"8\"} | key 'hidden_size' is \"8\"; must be a whole number",
                "{\"hidden_size\":1e400} | key 'hidden_size' is Infinity; must be a whole number",
                "{\"hidden_size\":10} | key 'hidden_size' is 10; head_dim 5 must be even",
                "{\"hidden_size\":9} | key 'hidden_size' is 9; must be a multiple of num_attention_heads 2",
                "{\"head_dim\":3} | key 'head_dim' is 3; head_dim 3 must be even",
                "{\"num_hidden_layers\":99999999} | key 'num_hidden_layers' is 99999999; must be a whole number from 1 to 4096",
                "{\"num_key_value_heads\":3} | key 'num_key_value_heads' is 3; must be a whole number from 1 to 2",
                "{\"num_attention_heads\":4,\"num_key_value_heads\":3} | key 'num_key_value_heads' is 3; must divide num_attention_heads 4",
                "{\"rms_norm_eps\":0} | key 'rms_norm_eps' is 0; must be a number from",
                "{\"rms_norm_eps\":NaN} | key 'rms_norm_eps' is NaN; must be a number from",
                "{\"rope_theta\":1} | key 'rope_theta' is 1; must be a number from 1.0000000000000002",
                "{\"rope_theta\":Infinity} | key 'rope_theta' is Infinity; must be a number",
                "{\"max_position_embeddings\":0} | key 'max_position_embeddings' is 0; must be a whole number from 1 to 1073741824",
                "{\"tie_word_embeddings\":\"yes\"} | key 'tie_word_embeddings' is \"yes\"; must be true or false",
                "{\"partial_rotary_factor\":0.5} | key 'partial_rotary_factor' is 0.5; only 1 is supported",
                "{\"model_type\":\"mistral\",\"num_key_value_heads\":2,\"sliding_window\":0} | key 'sliding_window' is 0; must be a whole number from 1",
                "{\"model_type\":\"mistral\"} | key 'num_key_value_heads' is missing",
                "{\"model_type\":\"qwen2\",\"num_key_value_heads\":2,\"use_sliding_window\":true,\"layer_types\":[\"full_attention\",\"x\"]} | key 'layer_types' is [\"full_attention\",\"x\"]; must have 1 entries",
                "{\"model_type\":\"qwen2\",\"num_key_value_heads\":2,\"use_sliding_window\":true,\"layer_types\":[\"x\"]} | key 'layer_types' is [\"x\"]; supported: full_attention, sliding_attention",
                "{\"rope_scaling\":4} | key 'rope_scaling' is 4; must be an object",
                "{\"rope_scaling\":{\"type\":\"mrope\"}} | key 'rope_scaling.type' is \"mrope\"; " + ROPE_TYPES,
                "{\"rope_scaling\":{\"rope_type\":\"x\"}} | key 'rope_scaling.rope_type' is \"x\"; " + ROPE_TYPES,
                "{\"rope_scaling\":{\"factor\":2}} | key 'rope_scaling.rope_type' is null; must say what the factor scales",
                "{\"rope_scaling\":{\"type\":\"linear\",\"rope_type\":\"yarn\"}} | key 'rope_scaling.type' is \"linear\"; must agree with rope_type 'yarn'",
                "{\"rope_scaling\":{\"type\":\"linear\"}} | key 'rope_scaling.factor' is missing",
                "{\"rope_scaling\":{\"type\":\"yarn\",\"factor\":\"4\"}} | key 'rope_scaling.factor' is \"4\"; must be a number from 1.0",
                "{\"rope_parameters\":{\"rope_type\":\"dynamic\",\"factor\":0.5}} | key 'rope_parameters.factor' is 0.5; must be a number from 1.0",
                "{\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4,\"truncate\":1}} | key 'rope_scaling.truncate' is 1; must be true or false",
                "{\"rope_scaling\":{\"type\":\"yarn\",\"factor\":4,\"beta_fast\":-1}} | key 'rope_scaling.beta_fast' is -1; must be a number from 0.0",
                "{\"rope_scaling\":{\"type\":\"llama3\",\"factor\":8,\"low_freq_factor\":4,\"high_freq_factor\":4,\"original_max_position_embeddings\":16}} | key 'rope_scaling.high_freq_factor' is 4; must be above low_freq_factor 4.0",
                "{\"rope_scaling\":{\"type\":\"llama3\",\"factor\":8,\"low_freq_factor\":1,\"high_freq_factor\":4}} | key 'rope_scaling.original_max_position_embeddings' is missing",
                "{\"rope_scaling\":{\"type\":\"su\",\"short_factor\":[1,1],\"long_factor\":[1]}} | key 'rope_scaling.long_factor' has 1 entries; must have 2 numbers",
                "{\"rope_scaling\":{\"type\":\"longrope\",\"short_factor\":[1,0],\"long_factor\":[1,1]}} | key 'rope_scaling.short_factor[1]' is 0; must be a number from",
            })
    void badValueIsRefusedInOneLine(String overrides, String message) throws IOException {
        ObjectNode config = new MiniCheckpoint().config;
        JsonMapper lenient = JsonMapper.builder()
                .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                .build();
        // Keep the override's own spelling (NaN, 1e400): drop the key it replaces, then append it as text.
        lenient.readTree(overrides).fieldNames().forEachRemaining(config::remove);
        String kept = config.toString();
        String spoilt = kept.substring(0, kept.length() - 1) + "," + overrides.substring(1);
        Files.writeString(directory.resolve("config.json"), spoilt);
        assertThatThrownBy(() -> ModelConfig.read(directory.resolve("config.json")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("config.json: " + message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "{\"a\":1,\"a\":2} | not valid JSON at line 1, column 11: Duplicate field 'a'",
                "{ | not valid JSON at line 1",
                "[] | not a JSON object",
                "{} {} | not valid JSON at line 1",
            })
    void badJsonIsRefusedWithItsPlace(String json, String message) throws IOException {
        Files.writeString(directory.resolve("config.json"), json);
        assertThatThrownBy(() -> ModelConfig.read(directory.resolve("config.json")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("config.json: " + message)
                .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n"));
    }

    @Test
    void emptyFileIsRefused() throws IOException {
        Files.writeString(directory.resolve("config.json"), "");
        assertThatThrownBy(() -> ModelConfig.read(directory.resolve("config.json")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("config.json: not a JSON object");
    }
}
