package qroar.workers.checkpoint;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The smallest LLaMA directory that opens (hidden 8, one layer, vocabulary 16), taken apart so that a test can spoil one
 * piece. Header and data are written byte by byte here and not by the product's writer.
 */
final class MiniCheckpoint {
    static final String VICTIM = "model.layers.0.mlp.up_proj.weight";

    private static final JsonMapper MAPPER = new JsonMapper();

    final ObjectNode config = MAPPER.createObjectNode();
    final ObjectNode header = MAPPER.createObjectNode();
    int dataBytes;
    /** Replaces the header's text when not empty. */
    String headerText = "";

    MiniCheckpoint() {
        config.put("model_type", "llama")
                .put("hidden_size", 8)
                .put("intermediate_size", 12)
                .put("num_hidden_layers", 1)
                .put("num_attention_heads", 2)
                .put("vocab_size", 16)
                .put("max_position_embeddings", 64);
        Map<String, long[]> shapes = new LinkedHashMap<>();
        shapes.put("model.embed_tokens.weight", new long[] {16, 8});
        shapes.put("lm_head.weight", new long[] {16, 8});
        for (String name : new String[] {"q", "k", "v", "o"}) {
            shapes.put("model.layers.0.self_attn." + name + "_proj.weight", new long[] {8, 8});
        }
        shapes.put("model.layers.0.mlp.gate_proj.weight", new long[] {12, 8});
        shapes.put(VICTIM, new long[] {12, 8});
        shapes.put("model.layers.0.mlp.down_proj.weight", new long[] {8, 12});
        shapes.put("model.layers.0.input_layernorm.weight", new long[] {8});
        shapes.put("model.layers.0.post_attention_layernorm.weight", new long[] {8});
        shapes.put("model.norm.weight", new long[] {8});
        header.putObject("__metadata__").put("format", "pt");
        shapes.forEach((name, shape) -> add(name, "F32", 4, shape));
    }

    /** Adds a tensor behind all others. */
    ObjectNode add(String name, String dtype, int elementBytes, long... shape) {
        int bytes = elementBytes;
        ObjectNode tensor = header.putObject(name).put("dtype", dtype);
        var dimensions = tensor.putArray("shape");
        for (long dimension : shape) {
            dimensions.add(dimension);
            bytes *= (int) dimension;
        }
        tensor.putArray("data_offsets").add(dataBytes).add(dataBytes + bytes);
        dataBytes += bytes;
        return tensor;
    }

    ObjectNode tensor(String name) {
        return (ObjectNode) header.get(name);
    }

    ObjectNode offsets(String name, long begin, long end) {
        tensor(name).putArray("data_offsets").add(begin).add(end);
        return tensor(name);
    }

    byte[] weights() throws IOException {
        byte[] json = (headerText.isEmpty() ? MAPPER.writeValueAsString(header) : headerText)
                .getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream padded = new ByteArrayOutputStream();
        padded.write(json);
        while (headerText.isEmpty() && padded.size() % 8 != 0) {
            padded.write(' ');
        }
        byte[] data = new byte[dataBytes];
        for (int i = 0; i < dataBytes; i++) {
            data[i] = (byte) (i * 31 >>> 3 & 0x3f);
        }
        return ByteBuffer.allocate(8 + padded.size() + dataBytes)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(padded.size())
                .put(padded.toByteArray())
                .put(data)
                .array();
    }

    Path write(Path directory) throws IOException {
        Files.writeString(directory.resolve("config.json"), MAPPER.writeValueAsString(config));
        Files.write(directory.resolve("model.safetensors"), weights());
        return directory;
    }
}
