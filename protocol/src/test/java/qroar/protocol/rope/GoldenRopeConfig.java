package qroar.protocol.rope;

import com.fasterxml.jackson.databind.JsonNode;
import org.jspecify.annotations.Nullable;
import qroar.protocol.GoldenFile;

/** Reads the checkpoint keys of a golden rope case into our values. */
record GoldenRopeConfig(RopeGeometry geometry, RopeScaling scaling) {
    static GoldenRopeConfig of(JsonNode config) {
        RopeGeometry geometry = new RopeGeometry(
                config.get("head_dim").intValue(),
                config.get("rope_theta").doubleValue(),
                config.get("max_position_embeddings").intValue(),
                integer(config, "original_max_position_embeddings"));
        return new GoldenRopeConfig(geometry, scaling(config.path("rope_scaling")));
    }

    private static RopeScaling scaling(JsonNode rope) {
        String type = rope.path("rope_type").asText(rope.path("type").asText("default"));
        switch (type) {
            case "default":
                return new NoScaling();
            case "linear":
                return new LinearScaling(rope.get("factor").doubleValue());
            case "dynamic":
                return new DynamicScaling(rope.get("factor").doubleValue());
            case "yarn":
                return new YarnScaling(
                        rope.get("factor").doubleValue(),
                        integer(rope, "original_max_position_embeddings"),
                        rope.path("beta_fast").asDouble(0),
                        rope.path("beta_slow").asDouble(0),
                        number(rope, "attention_factor"),
                        number(rope, "mscale"),
                        number(rope, "mscale_all_dim"),
                        rope.path("truncate").asBoolean(true));
            case "llama3":
                return new Llama3Scaling(
                        rope.get("factor").doubleValue(),
                        rope.get("low_freq_factor").doubleValue(),
                        rope.get("high_freq_factor").doubleValue(),
                        rope.get("original_max_position_embeddings").intValue());
            case "longrope":
                return new LongRopeScaling(
                        GoldenFile.numbers(rope.get("short_factor")),
                        GoldenFile.numbers(rope.get("long_factor")),
                        null,
                        number(rope, "attention_factor"),
                        number(rope, "factor"));
            default:
                throw new AssertionError("golden case of unknown rope type " + type);
        }
    }

    private static @Nullable Integer integer(JsonNode node, String key) {
        return node.hasNonNull(key) ? (Integer) node.get(key).intValue() : null;
    }

    private static @Nullable Double number(JsonNode node, String key) {
        return node.hasNonNull(key) ? (Double) node.get(key).doubleValue() : null;
    }
}
