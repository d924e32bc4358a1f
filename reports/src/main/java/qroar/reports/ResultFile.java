package qroar.reports;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;
import qroar.reports.best.Best;
import qroar.reports.model.RunReport;
import qroar.reports.model.heldout.HeldOutDetail;

/**
 * {@code result.json}: a {@link RunReport}, field by field, under a format word. Keys that this version does not know are
 * passed over, so a newer report can be read; a key that is missing is an error. See {@code docs/result-json.md}.
 */
public final class ResultFile {
    public static final String FORMAT = "qroar-result/2";

    private static final ObjectMapper MAPPER = ReportJson.mapper()
            .configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false)
            .configure(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES, true)
            .configure(DeserializationFeature.FAIL_ON_TRAILING_TOKENS, true);

    /** Ten thousand trials with all of their candidates take a tenth of it. */
    private static final long MAX_BYTES = 64 << 20;

    private ResultFile() {}

    /** The content of {@code result.json}. */
    public static String json(RunReport report) {
        return new String(bytes(report), StandardCharsets.UTF_8);
    }

    /** Whether a report as it was read, of whichever format, says what one written today would. */
    public static boolean isCurrent(RunReport report) {
        return report.run().notes().stream().noneMatch(FirstResultFormat.NOTE::equals);
    }

    static byte[] bytes(RunReport report) {
        ObjectNode root = MAPPER.createObjectNode();
        root.put("format", FORMAT);
        root.setAll((ObjectNode) MAPPER.valueToTree(report));
        FirstResultFormat.addKeys(root);
        root.set("best", best(Best.of(report.studies())));
        try {
            return MAPPER.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values can always be written", e);
        }
    }

    /** Follows from the studies, for scripts; not read back. */
    private static JsonNode best(@Nullable Best best) {
        if (best == null) {
            return MAPPER.nullNode();
        }
        ObjectNode node = MAPPER.createObjectNode();
        node.put("study", best.study().id());
        node.put("lengthTokens", best.target().lengthTokens());
        node.put("perplexity", best.perplexity());
        node.put("scales", best.worth().word());
        return node;
    }

    /**
     * The report that {@code file} was written from; numbers that were NaN or infinite come back as NaN or null.
     *
     * A file of format 1 is read too, without its sentences, whose percentages were wrong, and with a note that says so.
     *
     * @throws BadInput when the file cannot be read or is not a result of either format
     */
    public static RunReport read(Path file) {
        try {
            JsonNode root = MAPPER.readTree(InputFile.bytes(file, MAX_BYTES));
            String format = root.path("format").asText();
            if (format.equals(FirstResultFormat.FORMAT)) {
                FirstResultFormat.bringForward(root);
            } else if (!format.equals(FORMAT)) {
                throw new BadInput(file + ": format '" + format + "' is not " + FORMAT);
            }
            addMissing(root);
            RunReport report = MAPPER.treeToValue(root, RunReport.class);
            WholeReport.check(file, report);
            return report;
        } catch (JsonMappingException e) {
            throw new BadInput(file + ": " + place(e) + oneLine(e), e);
        } catch (JacksonException e) {
            throw new BadInput(file + ": not JSON: " + oneLine(e), e);
        } catch (IOException e) {
            throw new BadInput(file + ": cannot be read: " + AtomicFile.reason(e), e);
        }
    }

    /** Keys that came to the format later, which files of before lack. */
    private static void addMissing(JsonNode root) {
        for (JsonNode study : root.path("studies")) {
            if (study instanceof ObjectNode fields) {
                for (String key : List.of("repair", "shares")) {
                    if (!fields.has(key)) {
                        fields.putNull(key);
                    }
                }
                if (!fields.has("controls")) {
                    fields.putArray("controls");
                }
                if (!fields.has("heldOut")) {
                    fields.set("heldOut", MAPPER.valueToTree(HeldOutDetail.NONE));
                }
                for (JsonNode score : fields.path("tasks")) {
                    nullUnlessThere(score, "needles");
                    if (score.path("needles") instanceof ObjectNode needles && !needles.has("controls")) {
                        needles.putArray("controls");
                    }
                }
                if (fields.path("heldOut") instanceof ObjectNode heldOut) {
                    for (String key : List.of("divergence", "longPpl")) {
                        if (!heldOut.has(key)) {
                            heldOut.putArray(key);
                        }
                    }
                }
                List.of("sought", "heldOutAnswerNllBefore", "heldOutAnswerNllAfter")
                        .forEach(key -> nullUnlessThere(fields.path("objective"), key));
                nullUnlessThere(fields.path("settings"), "layers");
                fields.path("bands").forEach(band -> nullUnlessThere(band, "layers"));
                for (JsonNode candidate : fields.path("candidates")) {
                    if (candidate instanceof ObjectNode row && !row.has("trial")) {
                        row.putNull("trial");
                        row.putNull("figures");
                    }
                }
            }
        }
        List.of("lookAhead", "besides", "continuations").forEach(key -> nullUnlessThere(root.path("cost"), key));
    }

    /** Of a key that is left out where it has nothing to say. */
    private static void nullUnlessThere(JsonNode node, String key) {
        if (node instanceof ObjectNode fields && !fields.has(key)) {
            fields.putNull(key);
        }
    }

    /** {@code studies[0].bands: } or nothing at the root. */
    static String place(JsonMappingException e) {
        StringBuilder path = new StringBuilder();
        for (JsonMappingException.Reference step : e.getPath()) {
            if (step.getFieldName() == null) {
                path.append('[').append(step.getIndex()).append(']');
            } else {
                path.append(path.isEmpty() ? "" : ".").append(step.getFieldName());
            }
        }
        return path.isEmpty() ? "" : path + ": ";
    }

    static String oneLine(JacksonException e) {
        String message = e.getOriginalMessage();
        return message.lines().findFirst().orElse(e.getClass().getSimpleName());
    }
}
