package qroar.reports;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;
import qroar.reports.live.LiveRun;

/**
 * {@code progress.json}: how a run stands, for whoever looks at it from outside. A run under way replaces it every other
 * second; nothing is decided by it, and a run does without it.
 */
public final class ProgressFile {
    public static final String NAME = "progress.json";
    static final String FORMAT = "qroar-progress/1";

    private static final ObjectMapper MAPPER = ReportJson.mapper()
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .configure(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES, true)
            .configure(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES, false)
            .configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, true);

    /** A sweep of ten thousand studies takes a tenth of it. */
    private static final long MAX_BYTES = 32 << 20;

    private ProgressFile() {}

    static byte[] bytes(LiveRun run) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("format", FORMAT);
        root.setAll((ObjectNode) MAPPER.valueToTree(run));
        try {
            return MAPPER.writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can always be written", e);
        }
    }

    /** Replaces the file of a run's folder; not forced to the disk, for the next one comes soon. */
    public static void write(Path runDirectory, LiveRun run) throws IOException {
        AtomicFile.replaceUnforced(runDirectory.resolve(NAME), bytes(run));
    }

    /** What a run's folder holds; null where there is none, or none that this version can read. */
    public static @Nullable LiveRun read(Path runDirectory) {
        try {
            byte[] bytes = InputFile.bytesIfThere(runDirectory.resolve(NAME), MAX_BYTES);
            if (bytes == null) {
                return null;
            }
            JsonNode root = MAPPER.readTree(bytes);
            return root.path("format").asText().equals(FORMAT) ? MAPPER.treeToValue(root, LiveRun.class) : null;
        } catch (IOException | BadInput | IllegalArgumentException | NullPointerException unreadable) {
            // A power failure may leave any bytes; the journal has what matters.
            return null;
        }
    }
}
