package qroar.reports;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.protocol.BadInput;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;

/**
 * Scales to store beside a checkpoint:
 * {@code {"format":"qroar-scales/2","mode":"shared","bands":[{"pairs":[0,4],"scale":1.05},...],"checkpoint":"..",
 * "rope":"..","quantizer":"..","heldOutGain":{..}}}, pairs half-open, bands contiguous from pair 0. Reading is strict about
 * these keys and passes over any other. Where groups of layers have scales of their own it is {@code qroar-scales/3}: each
 * entry of {@code bands} begins with {@code "layers":[0,4]}, half-open and contiguous from layer 0 to the model's last, the same
 * bands in every group, groups of equally many layers but the last. Format 1 has the first three alone: it names nothing that it was found for.
 */
public final class ScalesSidecar {
    public static final String FORMAT = "qroar-scales/2";

    /** Of scales of groups of layers. */
    public static final String LAYERS_FORMAT = "qroar-scales/3";

    static final String FIRST_FORMAT = "qroar-scales/1";

    private static final ObjectMapper MAPPER = ReportJson.mapper()
            .configure(JsonParser.Feature.STRICT_DUPLICATE_DETECTION, true)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

    /** Thousands of bands, and remarks; a sidecar of ours has a few kilobytes. */
    private static final long MAX_BYTES = 4 << 20;

    private ScalesSidecar() {}

    /**
     * A sidecar as read.
     *
     * @param format its version
     * @param origin what it was found for; null where its version names nothing
     */
    public record Contents(
            String format, BandScales scales, @Nullable ScalesOrigin origin) {}

    /**
     * Replaces {@code file} atomically.
     *
     * @param remarks further keys, for people: where the scales come from
     * @throws java.io.UncheckedIOException with one line naming the file and the reason
     * @throws IllegalArgumentException when a remark takes the name of one of a key of the format
     */
    public static void write(Path file, BandScales scales, ScalesOrigin origin, Map<String, String> remarks) {
        AtomicFile.writeWithFolder(file, bytes(scales, origin, remarks));
    }

    static byte[] bytes(BandScales scales, ScalesOrigin origin, Map<String, String> remarks) {
        ObjectNode root = MAPPER.createObjectNode();
        LayerGroups layers = scales.partition().layers();
        root.put("format", layers.isAll() ? FORMAT : LAYERS_FORMAT);
        root.put("mode", scales.mode().word());
        ArrayNode bands = root.putArray("bands");
        for (int b = 0; b < scales.partition().cellCount(); b++) {
            Band band = scales.partition().band(b);
            int group = scales.partition().groupOf(b);
            ObjectNode entry = bands.addObject();
            if (!layers.isAll()) {
                entry.putArray("layers").add(layers.from(group)).add(layers.to(group));
            }
            entry.putArray("pairs").add(band.fromPair()).add(band.toPair());
            entry.put("scale", scales.scale(b));
        }
        root.put("checkpoint", origin.checkpoint());
        root.put("rope", origin.rope());
        root.put("quantizer", origin.quantizer());
        root.set("heldOutGain", MAPPER.valueToTree(origin.heldOutGain()));
        remarks.forEach((key, text) -> {
            if (root.has(key)) {
                throw new IllegalArgumentException("remark '" + key + "' takes the name of a key of the format");
            }
            root.put(key, text);
        });
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can always be written", e);
        }
    }

    /** @throws BadInput naming the file, the key, its value and what it should be */
    public static Contents read(Path file) {
        JsonNode root;
        try {
            root = MAPPER.readTree(InputFile.bytes(file, MAX_BYTES));
        } catch (JacksonException e) {
            throw new BadInput(
                    file + ":" + (e.getLocation() == null ? "" : e.getLocation().getLineNr() + ":") + " not JSON: "
                            + ResultFile.oneLine(e),
                    e);
        } catch (IOException e) {
            throw new BadInput(file + ": cannot be read: " + AtomicFile.reason(e), e);
        }
        String format = root.path("format").asText();
        if (!format.equals(FORMAT) && !format.equals(FIRST_FORMAT) && !format.equals(LAYERS_FORMAT)) {
            throw new BadInput(file + ": format must be \"" + FORMAT + "\", or \"" + LAYERS_FORMAT
                    + "\" of groups of layers, not " + shown(root.path("format")));
        }
        ScaleMode mode = mode(file, root.path("mode"));
        JsonNode entries = root.path("bands");
        if (!entries.isArray() || entries.isEmpty()) {
            throw new BadInput(file + ": bands must be a list with at least one band");
        }
        List<Band> bands = new ArrayList<>();
        double[] scales = new double[entries.size()];
        for (int b = 0; b < scales.length; b++) {
            String key = "bands[" + b + "]";
            bands.add(band(file, key, entries.get(b)));
            scales[b] = scale(file, key, entries.get(b).path("scale"));
        }
        try {
            BandPartition partition =
                    format.equals(LAYERS_FORMAT) ? layered(file, entries, bands) : new BandPartition(bands);
            return new Contents(
                    format,
                    new BandScales(partition, mode, scales),
                    !format.equals(FIRST_FORMAT) ? origin(file, root) : null);
        } catch (IllegalArgumentException e) {
            throw new BadInput(file + ": " + e.getMessage(), e);
        }
    }

    /** Of entries that name their layers. */
    private static BandPartition layered(Path file, JsonNode entries, List<Band> bands) {
        int[] first = range(file, "bands[0].layers", entries.get(0).path("layers"));
        int ofGroup = 1;
        while (ofGroup < bands.size()
                && entries.get(ofGroup).path("layers").equals(entries.get(0).path("layers"))) {
            ofGroup++;
        }
        int last = bands.size() - 1;
        int[] end = range(file, "bands[" + last + "].layers", entries.get(last).path("layers"));
        BandPartition partition =
                new BandPartition(bands.subList(0, ofGroup), LayerGroups.of(end[1], first[1] - first[0]));
        if (partition.cellCount() != bands.size()) {
            throw new BadInput(file + ": bands has " + bands.size() + " entries; "
                    + partition.layers().count()
                    + " groups of " + (first[1] - first[0]) + " layers, " + end[1] + " in all, with the " + ofGroup
                    + " bands of the first would have " + partition.cellCount());
        }
        for (int b = 0; b < bands.size(); b++) {
            String key = "bands[" + b + "]";
            int group = partition.groupOf(b);
            int from = partition.layers().from(group);
            int to = partition.layers().isAll() ? end[1] : partition.layers().to(group);
            int[] layers = range(file, key + ".layers", entries.get(b).path("layers"));
            if (layers[0] != from || layers[1] != to) {
                throw new BadInput(file + ": " + key + ".layers must be [" + from + "," + to + ") here, not ["
                        + layers[0] + "," + layers[1] + ")");
            }
            if (!partition.band(b).equals(bands.get(b))) {
                throw new BadInput(file + ": " + key + ".pairs must be those of the same band of the first group");
            }
        }
        return partition;
    }

    private static ScalesOrigin origin(Path file, JsonNode root) {
        JsonNode gain = root.path("heldOutGain");
        if (!gain.isObject() && !gain.isNull() && !gain.isMissingNode()) {
            throw new BadInput(file + ": heldOutGain must be an object or null, not " + gain);
        }
        return new ScalesOrigin(
                text(file, root, "checkpoint"),
                text(file, root, "rope"),
                text(file, root, "quantizer"),
                gain.isObject()
                        ? new Interval(
                                nats(file, gain, "nats"), nats(file, gain, "lowNats"), nats(file, gain, "highNats"))
                        : null);
    }

    private static double nats(Path file, JsonNode gain, String key) {
        JsonNode value = gain.path(key);
        if (!value.isNumber() || !Double.isFinite(value.asDouble())) {
            throw new BadInput(file + ": heldOutGain." + key + " must be a finite number, not " + shown(value));
        }
        return value.asDouble();
    }

    private static String shown(JsonNode value) {
        return value.isMissingNode() ? "missing" : value.toString();
    }

    private static String text(Path file, JsonNode root, String key) {
        JsonNode value = root.path(key);
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw new BadInput(file + ": " + key + " must say what the scales were found for, not " + shown(value));
        }
        return value.asText();
    }

    private static ScaleMode mode(Path file, JsonNode word) {
        if (!word.isTextual()) {
            throw new BadInput(file + ": mode must be shared or symmetric, not " + shown(word));
        }
        try {
            return ScaleMode.ofWord(word.asText());
        } catch (IllegalArgumentException e) {
            throw new BadInput(file + ": " + e.getMessage(), e);
        }
    }

    private static Band band(Path file, String key, JsonNode entry) {
        int[] pairs = range(file, key + ".pairs", entry.path("pairs"));
        try {
            return new Band(pairs[0], pairs[1]);
        } catch (IllegalArgumentException e) {
            throw new BadInput(file + ": " + key + ".pairs: " + e.getMessage(), e);
        }
    }

    private static int[] range(Path file, String key, JsonNode pair) {
        if (pair.size() != 2
                || !pair.path(0).canConvertToExactIntegral()
                || !pair.path(0).canConvertToInt()
                || !pair.path(1).canConvertToExactIntegral()
                || !pair.path(1).canConvertToInt()) {
            throw new BadInput(file + ": " + key + " must be two whole numbers [from, to), not " + shown(pair));
        }
        return new int[] {pair.get(0).asInt(), pair.get(1).asInt()};
    }

    private static double scale(Path file, String key, JsonNode number) {
        double scale = number.isNumber() ? number.asDouble() : Double.NaN;
        if (!BandScales.canBeGiven(scale)) {
            throw new BadInput(file + ": " + key + ".scale must be a positive finite number from "
                    + BandScales.SMALLEST_GIVEN + " to " + 1 / BandScales.SMALLEST_GIVEN + ", not " + number);
        }
        return scale;
    }
}
