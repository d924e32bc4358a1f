package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import qroar.protocol.BadInput;
import qroar.protocol.rope.LongRopeScaling;
import qroar.workers.config.ModelConfig;
import qroar.workers.tensors.WeightSource;

/** Whole models that the formats' own libraries packed (see {@code golden/formats/generate.py}). */
class QuantizedCheckpointTest {
    private static final Path FORMATS = Path.of("src/test/resources/golden/formats");
    private static final ObjectMapper JSON = new ObjectMapper();

    @TempDir
    Path scratch;

    static Stream<Arguments> models() {
        return Stream.of(
                Arguments.of("awq-qwen2", "awq-qwen2/sha256.json", "awq:bits=4,group=32"),
                Arguments.of("gptq-llama", "gptq-llama/sha256.json", "gptq:bits=4,group=32"),
                Arguments.of("gptq-act-llama", "gptq-act-llama/sha256.json", "gptq_v2:bits=4,group=32"),
                Arguments.of("ct-qwen3", "ct-qwen3/sha256.json", "compressed-tensors:bits=4,group=32"),
                Arguments.of("ct-llama-w8", "ct-llama-w8/sha256.json", "compressed-tensors:bits=8,group=0"),
                Arguments.of("llama-q8_0.gguf", "llama-q8_0.sha256.json", "gguf:Q8_0"),
                Arguments.of("qwen2-q4_1.gguf", "qwen2-q4_1.sha256.json", "gguf:Q4_1"),
                Arguments.of("qwen3-q4_0.gguf", "qwen3-q4_0.sha256.json", "gguf:Q4_0"),
                Arguments.of("llama-q4_k_m.gguf", "llama-q4_k_m.sha256.json", "gguf:Q4_K|Q5_0|Q6_K|Q8_0"),
                Arguments.of("llama3-f16.gguf", "llama3-f16.sha256.json", "gguf:F16"));
    }

    @ParameterizedTest
    @MethodSource("models")
    void everyWeightIsTheOneThatTheLibraryUnpacks(String model, String digests, String encoding) throws Exception {
        Checkpoint checkpoint = Checkpoint.open(FORMATS.resolve(model));
        assertThat(checkpoint.encoding()).isEqualTo(encoding);
        JsonNode expected = JSON.readTree(FORMATS.resolve(digests).toFile());
        assertThat(checkpoint.tensors()).hasSize(expected.size());
        for (WeightSource tensor : checkpoint.tensors()) {
            assertThat(sha256(tensor.readFloat32()))
                    .as(tensor.name())
                    .isEqualTo(expected.get(tensor.name()).textValue());
        }
    }

    private static String sha256(float[] values) throws Exception {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes.array()));
    }

    @ParameterizedTest
    @CsvSource({
        "llama-q8_0.gguf, tiny-llama",
        "qwen2-q4_1.gguf, tiny-qwen2",
        "qwen3-q4_0.gguf, tiny-qwen3",
    })
    void metadataSaysWhatConfigJsonSays(String gguf, String checkpoint) {
        ModelConfig found = Checkpoint.open(FORMATS.resolve(gguf)).config();
        ModelConfig expected = ModelConfig.read(FORMATS.resolve("../checkpoints/" + checkpoint + "/config.json"));
        assertThat(found)
                .usingRecursiveComparison()
                .ignoringFields("vocabulary.bosTokenId", "vocabulary.eosTokenIds", "geometry.originalMaxPositions")
                .isEqualTo(expected);
    }

    @Test
    void frequencyDivisorsAreAScalingOfTheirOwn() {
        ModelConfig config = Checkpoint.open(FORMATS.resolve("llama3-f16.gguf")).config();
        assertThat(config.ropeScaling()).isInstanceOfSatisfying(LongRopeScaling.class, scaling -> {
            assertThat(scaling.longFactor()).hasSize(config.headDim() / 2).isEqualTo(scaling.shortFactor());
            assertThat(scaling.longFactor()[0]).isEqualTo(1);
            assertThat(scaling.attentionFactor()).isEqualTo(1);
        });
    }

    @Test
    void digestsTellEncodingsApart() throws IOException {
        Path copy = copy("gptq-llama");
        String before = Checkpoint.open(copy).digest();
        assertThat(Checkpoint.open(FORMATS.resolve("gptq-llama")).digest()).isEqualTo(before);
        change(copy, quantization -> quantization.put("checkpoint_format", "gptq_v2"));
        assertThat(Checkpoint.open(copy).digest()).isNotEqualTo(before);
    }

    private Path copy(String model) throws IOException {
        Path folder = Files.createDirectory(scratch.resolve(model));
        for (String name : new String[] {"config.json", "model.safetensors"}) {
            Files.copy(FORMATS.resolve(model).resolve(name), folder.resolve(name));
        }
        return folder;
    }

    private static void change(Path folder, Consumer<ObjectNode> change) throws IOException {
        Path file = folder.resolve("config.json");
        ObjectNode config = (ObjectNode) JSON.readTree(file.toFile());
        change.accept((ObjectNode) config.get("quantization_config"));
        JSON.writeValue(file.toFile(), config);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "awq-qwen2 | quant_method | \"bitsandbytes\" | quant_method' is \"bitsandbytes\"; supported: awq, gptq,",
                "awq-qwen2 | quant_method | \"fp8\" | quant_method' is \"fp8\"; supported:",
                "awq-qwen2 | quant_method | null | quant_method' is null; must say how the weights are quantized: awq, gptq,",
                "awq-qwen2 | quant_method | \"hqq\" | quant_method' is \"hqq\"; supported: awq, gptq, compressed-tensors, auto-round",
                "awq-qwen2 | quant_method | \"auto-round\" | packing_format' is null; AutoRound checkpoints are supported",
                "awq-qwen2 | version | \"gemv\" | 'quantization_config.version' is \"gemv\"; AWQ checkpoints are supported",
                "awq-qwen2 | bits | 3 | 'quantization_config.bits' is 3; AWQ checkpoints are supported with 4 bits",
                "awq-qwen2 | group_size | 48 | stands for 64 x 64 weights; rows must be a multiple of 8 and columns one of the",
                "gptq-llama | checkpoint_format | \"marlin\" | is \"marlin\"; GPTQ checkpoints are supported in the formats",
                "gptq-llama | bits | 8 | qweight' has shape [8, 64]; must have [16, 64]",
                "gptq-llama | group_size | 64 | qzeros' has shape",
                "gptq-llama | dynamic | {\"x\":{}} | settings per module",
                "ct-qwen3 | format | \"int-quantized\" | are supported in the format pack-quantized",
                "ct-qwen3 | config_groups | {\"g\":{\"targets\":[\"re:.*mlp.*\"],\"weights\":{\"num_bits\":4,\"group_size\":32}}} | no target",
                "ct-qwen3 | config_groups | {\"g\":{\"targets\":[\"Linear\"],\"input_activations\":{\"num_bits\":8}}} | activations",
            })
    void whatIsNotSupportedIsNamed(String model, String key, String value, String message) throws IOException {
        Path copy = copy(model);
        JsonNode changed = JSON.readTree(value);
        change(copy, quantization -> {
            quantization.set(key, changed);
            if (key.equals("format")) {
                quantization.withObject("/config_groups/group_0").remove("format");
            }
        });
        assertThatThrownBy(() -> Checkpoint.open(copy))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
    }

    /** The same words under AutoRound's name of their packing. */
    @ParameterizedTest
    @CsvSource({
        "gptq-llama, auto-round, auto_round:auto_gptq",
        "awq-qwen2, auto-round, auto_round:auto_awq",
        "awq-qwen2, intel/auto-round, auto_round:auto_awq",
    })
    void autoRoundsPackingsAreReadAsTheFormatsThatTheyAre(String model, String method, String packing)
            throws Exception {
        Path copy = copy(model);
        change(copy, quantization -> {
            int bits = quantization.get("bits").intValue();
            int group = quantization.get("group_size").intValue();
            quantization.removeAll();
            quantization
                    .put("quant_method", method)
                    .put("packing_format", packing)
                    .put("bits", bits)
                    .put("group_size", group)
                    .put("data_type", "int")
                    .put("act_bits", 16);
            quantization.putObject("extra_config").putObject("lm_head").put("bits", 16);
        });
        JsonNode expected =
                JSON.readTree(FORMATS.resolve(model).resolve("sha256.json").toFile());
        for (WeightSource tensor : Checkpoint.open(copy).tensors()) {
            assertThat(sha256(tensor.readFloat32()))
                    .as(tensor.name())
                    .isEqualTo(expected.get(tensor.name()).textValue());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "data_type | \"mx_fp\" | data_type' is \"mx_fp\"; AutoRound checkpoints are supported with integer codes",
                "act_bits | 8 | activations are quantized",
                "packing_format | \"auto_round:fp8\" | packing_format' is \"auto_round:fp8\"; AutoRound checkpoints are",
                "extra_config | {\"model.layers.0.mlp.up_proj\":{\"bits\":8}} | up_proj.bits' is 8; AutoRound checkpoints with settings",
            })
    void whatAutoRoundWritesOtherwiseIsNamed(String key, String value, String message) throws IOException {
        Path copy = copy("gptq-llama");
        JsonNode changed = JSON.readTree(value);
        change(copy, quantization -> {
            quantization.put("quant_method", "auto-round").put("packing_format", "auto_round:auto_gptq");
            quantization.set(key, changed);
        });
        assertThatThrownBy(() -> Checkpoint.open(copy))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
    }

    /** Files that bitsandbytes wrote before there was a quant_method. */
    @Test
    void theOldWordsOfBitsandbytesAreNamed() throws IOException {
        Path copy = copy("awq-qwen2");
        change(copy, quantization -> quantization.removeAll().put("load_in_8bit", true));
        assertThatThrownBy(() -> Checkpoint.open(copy))
                .hasMessageContaining("load_in_8bit' is true; that is bitsandbytes");
    }

    @Test
    void anExpressionOutOfAFileTakesBoundedTime() throws IOException {
        Path copy = copy("ct-qwen3");
        change(copy, quantization -> {
            quantization
                    .withObject("/config_groups/group_0")
                    .putArray("targets")
                    .add("re:((([a-z_.0-9]+)+)+)+$!");
        });
        assertThatThrownBy(() -> Checkpoint.open(copy)).hasMessageContaining("no target of quantization_config");
    }
}
