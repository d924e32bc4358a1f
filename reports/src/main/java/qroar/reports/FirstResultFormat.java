package qroar.reports;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * What {@code qroar-result/1} called otherwise. Its gains at a length had the name of gains of J, and its sentences gave
 * nats times 100 as per cent.
 */
final class FirstResultFormat {
    static final String FORMAT = "qroar-result/1";

    static final String NOTE = "Read from " + FORMAT
            + ": its sentences are left out, for their percentages were nats times 100, and its tokens saved by stopping"
            + " are counted against whole grids, its time with the pauses between resumptions.";

    /** New key of a length's gain, and its key in format 1. */
    private static final Map<String, String> LENGTH_KEYS = Map.of(
            "tunedPplGain", "tunedGain",
            "controlPplGain", "controlGain",
            "repairedPplGain", "quantizationGain",
            "quantizingPplGain", "quantizationCost");

    private FirstResultFormat() {}

    /** The old keys beside the new ones, for scripts that read them. */
    static void addKeys(ObjectNode root) {
        eachLength(root, row -> LENGTH_KEYS.forEach((now, before) -> row.set(before, row.get(now))));
    }

    /** A tree of format 1 in the keys of today. */
    static void bringForward(JsonNode root) {
        eachLength(
                root,
                row -> LENGTH_KEYS.forEach((now, before) -> {
                    if (row.has(before)) {
                        row.set(now, row.get(before));
                    }
                }));
        for (JsonNode study : root.path("studies")) {
            if (study instanceof ObjectNode fields) {
                fields.putNull("attribution");
            }
        }
        if (root.path("run").path("notes") instanceof ArrayNode notes) {
            notes.add(NOTE);
        }
        if (root.path("cost") instanceof ObjectNode cost && !cost.has("workerSeconds")) {
            cost.putNull("workerSeconds");
        }
    }

    private interface LengthEdit {
        void on(ObjectNode row);
    }

    private static void eachLength(JsonNode root, LengthEdit edit) {
        for (JsonNode study : root.path("studies")) {
            for (JsonNode row : study.path("lengths")) {
                if (row instanceof ObjectNode fields) {
                    edit.on(fields);
                }
            }
        }
    }
}
