package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;

/** What a run found out, apart from when, where and in which order. */
public record Outcome(JsonNode result) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** Exactly one JSON document. */
    static JsonNode json(String text) {
        try {
            return MAPPER.readTree(text);
        } catch (IOException e) {
            throw new AssertionError("not one JSON document: " + text, e);
        }
    }

    public static Outcome of(String json) {
        return new Outcome(json(json));
    }

    /** Of the only run in a folder. */
    public static Outcome in(Path runs) {
        return of(read(directory(runs).resolve("result.json")));
    }

    /** The only run directory in a folder of runs. */
    static Path directory(Path runs) {
        try (Stream<Path> entries = Files.list(runs)) {
            List<Path> found = entries.filter(path -> Files.exists(path.resolve("run.json")))
                    .toList();
            assertThat(found).as("runs in %s", runs).hasSize(1);
            return found.get(0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Every number and decision: scales, windows, diagnostics, perplexities, gains, notes, stopped candidates. */
    public Map<String, JsonNode> numbers() {
        Map<String, JsonNode> numbers = new TreeMap<>();
        numbers.put("fingerprint", result.at("/run/fingerprint"));
        for (JsonNode study : result.get("studies")) {
            ObjectNode copy = study.deepCopy();
            for (JsonNode candidate : copy.get("candidates")) {
                withoutSharing((ObjectNode) candidate);
            }
            numbers.put(study.get("id").asText(), copy);
        }
        for (JsonNode trial : result.get("trials")) {
            ObjectNode copy = MAPPER.createObjectNode();
            for (String key : List.of("key", "state", "windowsMeasured", "windowsPlanned")) {
                copy.set(key, trial.get(key));
            }
            withoutSharing(copy);
            String name = trial.get("study").asText() + " " + trial.get("label").asText();
            assertThat(numbers.put(name, copy)).as("second row of %s", name).isNull();
        }
        return numbers;
    }

    /** In which order requests of two studies came, for the same trial or not, depends on the workers; their numbers do not. */
    private static void withoutSharing(ObjectNode row) {
        row.remove("sharedKey");
        row.remove("trial");
        if (row.get("state").asText().equals("shared")) {
            row.put("state", "finished");
        }
    }

    public long cost(String key) {
        return result.get("cost").get(key).asLong();
    }
}
