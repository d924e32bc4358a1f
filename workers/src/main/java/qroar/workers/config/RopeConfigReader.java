package qroar.workers.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.RopeScaling;

/**
 * The rotary keys of {@code config.json}, in every spelling: {@code rope_theta} beside {@code rope_scaling}, and
 * {@code rope_parameters}, which holds them all; either of the two flat, or with one set per layer type. Where both hold
 * something, {@code rope_scaling} wins, as in transformers 5. All layers have one rotary embedding here: sets of layer
 * types that are in use have to say the same, those of others are passed over.
 */
final class RopeConfigReader {
    private static final Set<String> LAYER_TYPES =
            Set.of("full_attention", "sliding_attention", "chunked_attention", "linear_attention");

    private final JsonSection config;
    private final int headDim;
    private final Supplier<Set<String>> layerTypes;
    private final List<String> notes;

    /**
     * Before and with scaling.
     *
     * @param geometry its head_dim is the model's
     */
    record Rotary(RopeGeometry geometry, RopeScaling scaling) {}

    /**
     * @param layerTypes those in use; asked only where they matter
     * @param notes added to
     */
    RopeConfigReader(JsonSection config, int headDim, Supplier<Set<String>> layerTypes, List<String> notes) {
        this.config = config;
        this.headDim = headDim;
        this.layerTypes = layerTypes;
        this.notes = notes;
    }

    Rotary read(Architecture architecture) {
        int maxPositions = config.integer(
                "max_position_embeddings", 1, ConfigReader.MAX_POSITIONS, architecture.defaultMaxPositions());
        JsonSection chosen = chosen();
        if (chosen == null || chosen.keys().stream().noneMatch(key -> isLayerType(chosen, key))) {
            return RopeSet.ofAll(config, chosen, headDim, maxPositions, notes).read();
        }
        return ofLayerTypes(chosen, maxPositions);
    }

    private @Nullable JsonSection chosen() {
        JsonSection old = config.section("rope_scaling");
        JsonSection parameters = config.section("rope_parameters");
        if (old == null || old.keys().isEmpty()) {
            return parameters;
        }
        if (parameters != null && !parameters.keys().isEmpty() && !parameters.sameAs(old)) {
            notes.add(config.named("rope_parameters")
                    + " says something else than rope_scaling beside it, which holds, as in transformers 5");
        }
        return old;
    }

    private boolean isLayerType(JsonSection chosen, String key) {
        boolean known = LAYER_TYPES.contains(key) || config.lists("layer_types", key);
        if (!known && chosen.isSection(key)) {
            throw chosen.refuse(key, "neither a rotary key nor a layer type");
        }
        return known;
    }

    private Rotary ofLayerTypes(JsonSection chosen, int maxPositions) {
        Rotary first = null;
        String firstType = "";
        for (String type : layerTypes.get()) {
            JsonSection set = chosen.section(type);
            if (set == null) {
                throw chosen.refuse(type, "layers of that type are in use, and every one needs its rotary keys");
            }
            Rotary read = RopeSet.ofType(config, set, headDim, maxPositions, first == null ? notes : new ArrayList<>())
                    .read();
            if (first != null && !first.equals(read)) {
                throw chosen.refuse(
                        type,
                        "it differs from that of " + firstType
                                + ", and rotary keys per layer type are supported only where"
                                + " all layers have the same");
            }
            first = read;
            firstType = type;
        }
        if (first == null) {
            throw new IllegalStateException("a model has layers");
        }
        for (String key : chosen.keys()) {
            if (!isLayerType(chosen, key)) {
                notes.add(chosen.named(key) + " is not read beside sets per layer type");
            }
        }
        return first;
    }
}
