package qroar.workers.checkpoint;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Checkpoints of real models' shapes in bfloat16 whose weights are a hole in a file: they take no room on the disk. */
public final class HollowCheckpoint {
    private final StringBuilder header = new StringBuilder("{");
    private long end;

    private HollowCheckpoint() {}

    /**
     * Sizes of a LLaMA.
     *
     * @param name for people
     */
    public record Shape(
            String name, int layers, int hidden, int heads, int keyValueHeads, int intermediate, int vocabulary) {}

    /** Writes one into an empty folder and opens it. */
    public static Checkpoint make(Path folder, Shape shape) throws IOException {
        Files.writeString(folder.resolve("config.json"), """
                {"model_type":"llama","hidden_size":%d,"intermediate_size":%d,"num_hidden_layers":%d,
                 "num_attention_heads":%d,"num_key_value_heads":%d,"vocab_size":%d,"rms_norm_eps":1e-5,
                 "max_position_embeddings":4096}""".formatted(
                        shape.hidden(),
                        shape.intermediate(),
                        shape.layers(),
                        shape.heads(),
                        shape.keyValueHeads(),
                        shape.vocabulary()));
        HollowCheckpoint made = new HollowCheckpoint();
        made.addAll(shape);
        byte[] json = made.header.append('}').toString().getBytes(StandardCharsets.UTF_8);
        try (RandomAccessFile file =
                new RandomAccessFile(folder.resolve("model.safetensors").toFile(), "rw")) {
            ByteBuffer length =
                    ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(0, json.length);
            file.write(length.array());
            file.write(json);
            file.setLength(8 + json.length + made.end);
        }
        return Checkpoint.open(folder);
    }

    private void addAll(Shape shape) {
        long hidden = shape.hidden();
        long keyValues = hidden / shape.heads() * shape.keyValueHeads();
        add("model.embed_tokens.weight", shape.vocabulary(), hidden);
        for (int layer = 0; layer < shape.layers(); layer++) {
            String block = "model.layers." + layer + ".";
            add(block + "self_attn.q_proj.weight", hidden, hidden);
            add(block + "self_attn.k_proj.weight", keyValues, hidden);
            add(block + "self_attn.v_proj.weight", keyValues, hidden);
            add(block + "self_attn.o_proj.weight", hidden, hidden);
            add(block + "mlp.gate_proj.weight", shape.intermediate(), hidden);
            add(block + "mlp.up_proj.weight", shape.intermediate(), hidden);
            add(block + "mlp.down_proj.weight", hidden, shape.intermediate());
            add(block + "input_layernorm.weight", hidden);
            add(block + "post_attention_layernorm.weight", hidden);
        }
        add("model.norm.weight", hidden);
        add("lm_head.weight", shape.vocabulary(), hidden);
    }

    private void add(String name, long... shape) {
        long bytes = 2;
        StringBuilder dimensions = new StringBuilder();
        for (long dimension : shape) {
            bytes *= dimension;
            dimensions.append(dimensions.isEmpty() ? "" : ",").append(dimension);
        }
        header.append(header.length() == 1 ? "" : ",")
                .append("\"%s\":{\"dtype\":\"BF16\",\"shape\":[%s],\"data_offsets\":[%d,%d]}"
                        .formatted(name, dimensions, end, end + bytes));
        end += bytes;
    }
}
