package qroar.experiments.definition;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.task.NeedlesReader;
import qroar.experiments.objective.Aim;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.trial.Control;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecForms;
import qroar.protocol.trial.Precision;

/**
 * The JSON schema of experiment files, for editors: which keys there are comes from {@link ExperimentKeys}, what each means from the
 * table of the reference, and words from the lists that the reader takes them from. A key without a type here makes it fail.
 */
final class ExperimentSchema {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MOST_TOKENS = 1 << 24;

    private final Map<String, String> meanings = new LinkedHashMap<>();

    private ExperimentSchema() {}

    /** As it is stored beside the reference. */
    static JsonNode of(Path reference) throws IOException {
        ExperimentSchema schema = new ExperimentSchema();
        Files.readString(reference)
                .lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.split(" \\| ", 3))
                .filter(columns -> columns.length == 3)
                .forEach(columns -> schema.meanings.putIfAbsent(
                        columns[0].substring(3, columns[0].length() - 1), plain(columns[2])));
        return schema.root();
    }

    private static String plain(String cell) {
        return cell.replaceAll(" \\|$", "")
                .replaceAll("\\[([^\\]]*)\\]\\([^)]*\\)", "$1")
                .replace("`", "");
    }

    private ObjectNode root() {
        ObjectNode root = JSON.createObjectNode();
        root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        root.put("title", "A qroar experiment");
        root.setAll(group("", ExperimentKeys.TOP, "name", "model", "documents", "lengths", "quantizer"));
        return root;
    }

    private ObjectNode group(String prefix, List<String> keys, String... required) {
        ObjectNode group = JSON.createObjectNode().put("type", "object");
        ObjectNode properties = group.putObject("properties");
        for (String key : keys) {
            ObjectNode property = type(prefix + key);
            String meaning = meanings.get(prefix + key);
            if (meaning == null) {
                meaning = meanings.get(prefix.replaceFirst("documents\\.[a-z-]+\\[\\]", "documents.search[]") + key);
            }
            if (meaning != null) {
                property.put("description", meaning);
            }
            properties.set(key, property);
        }
        ArrayNode needed = JSON.createArrayNode();
        Arrays.stream(required).forEach(needed::add);
        if (!needed.isEmpty()) {
            group.set("required", needed);
        }
        return group.put("additionalProperties", false);
    }

    private ObjectNode type(String key) {
        return switch (key.replaceFirst("^documents\\.[a-z-]+\\[\\]", "documents[]")
                .replace("exclude[].", "")) {
            case "name" -> string().put("pattern", "^[A-Za-z0-9._-]{1,64}$");
            case "model", "control", "tasks[].task", "tasks[].file", "tasks[].labels", "tasks[].fewshot" -> string();
            case "precision" ->
                words(Stream.concat(
                        Stream.of(Precision.AUTO),
                        Arrays.stream(Precision.values()).map(Precision::word)));
            case "documents" -> group("documents.", ExperimentKeys.DOCUMENTS, "search", "held-out");
            case "documents.search", "documents.held-out", "documents.calibration" ->
                oneOrMore(any(string(), group(key + "[].", ExperimentKeys.DOCUMENT, "tokens")));
            case "documents[].packed" -> string();
            case "documents[].tokens" -> any(string(), whole(2, MOST_TOKENS));
            case "documents[].count" -> whole(1, 10_000);
            case "documents[].skip" -> whole(0, 10_000);
            case "calibration" -> group("calibration.", ExperimentKeys.CALIBRATION);
            case "calibration.sequences" -> whole(1, 65_536);
            case "calibration.blocks" -> words(BlockChoice.words().stream());
            case "lengths", "held-out.lengths", "tasks[].lengths", "needles.lengths" ->
                oneOrMore(whole(2, MOST_TOKENS));
            case "calibration.length", "trained-window" -> whole(2, MOST_TOKENS);
            case "window" -> whole(8, 65_536);
            case "held-out" -> group("held-out.", ExperimentKeys.HELD_OUT);
            case "held-out.divergence" -> words(Stream.of("none", "reference", "noise-floor"));
            case "held-out.long-ppl" -> any(truth(), group("held-out.long-ppl.", ExperimentKeys.LONG_PPL));
            case "held-out.long-ppl.context", "held-out.long-ppl.stride" -> whole(1, MOST_TOKENS);
            case "held-out.long-ppl.gain" -> number(0, 100);
            case "held-out.long-ppl.loss" -> above(0, 100);
            case "rope" -> oneOrMore(spec(RopeScalingSpec.FORMS, "checkpoint"));
            case "quantizer" -> oneOrMore(spec(QuantizationText.FORMS));
            case "bands" -> oneOrMore(whole(1, 256));
            case "layers" -> oneOrMore(any(words(Stream.of("all")), whole(1, null)));
            case "grid" -> oneOrMore(whole(3, 65));
            case "mode" -> oneOrMore(words(Arrays.stream(ScaleMode.values()).map(ScaleMode::word)));
            case "weights" ->
                oneOrMore(any(words(Stream.of("length", "uniform")), above(0, 1e9), listOf(above(0, 1e9))));
            case "objective" -> oneOrMore(spec(Aim.FORMS));
            case "needles" -> group("needles.", ExperimentKeys.OBJECTIVE_NEEDLES, "task");
            case "needles.task" -> oneOrMore(string());
            case "exclude" ->
                anyNumber(group("exclude[].", ExperimentKeys.SWEPT).put("minProperties", 1));
            case "search" -> group("search.", ExperimentKeys.SEARCH);
            case "search.strategy" ->
                words(Arrays.stream(SearchStrategy.Strategy.values()).map(SearchStrategy.Strategy::word));
            case "search.min-gain" -> below(0, 1);
            case "search.max-passes", "search.screen-documents" -> whole(1, 100);
            case "search.gradient-start" -> truth();
            case "search.start" ->
                words(Arrays.stream(SearchChoice.Begin.values()).map(SearchChoice.Begin::word));
            case "search.window" -> group("search.window.", ExperimentKeys.SEARCH_WINDOW);
            case "search.window.widest", "search.window.narrowest" -> above(0, 2);
            case "search.window.tail-shift" -> number(0, 4);
            case "search.window.quantile" -> below(0.5, 1);
            case "search.window.lowest" -> number(0.01, 1);
            case "search.window.highest" -> number(1, 100);
            case "stopping" -> group("stopping.", ExperimentKeys.STOPPING);
            case "stopping.rule" ->
                words(Arrays.stream(StoppingRule.Rule.values()).map(StoppingRule.Rule::word));
            case "stopping.alpha" -> above(0, 0.5);
            case "controls" -> anyNumber(words(Arrays.stream(Control.values()).map(Control::word)));
            case "tasks" -> anyNumber(group("tasks[].", ExperimentKeys.TASK, "task"));
            case "tasks[].shots" -> whole(0, 64);
            case "tasks[].limit" -> whole(0, null);
            case "tasks[].haystack", "needles.haystack" -> oneOrMore(string());
            case "tasks[].depths", "needles.depths" ->
                any(words(Stream.of(NeedlesReader.RANDOM)), oneOrMore(number(0, 100)));
            case "tasks[].samples", "needles.samples" -> whole(1, 10_000);
            case "tasks[].seed", "needles.seed", "needles.held-out-seed" -> whole(0, Integer.MAX_VALUE);
            default -> throw new AssertionError("key '" + key + "' has no type in the schema: give it one here");
        };
    }

    private static ObjectNode string() {
        return JSON.createObjectNode().put("type", "string");
    }

    private static ObjectNode truth() {
        return JSON.createObjectNode().put("type", "boolean");
    }

    private static ObjectNode whole(int least, @Nullable Integer most) {
        ObjectNode whole = JSON.createObjectNode().put("type", "integer").put("minimum", least);
        return most == null ? whole : whole.put("maximum", most);
    }

    private static ObjectNode number(double least, double most) {
        return JSON.createObjectNode()
                .put("type", "number")
                .put("minimum", least)
                .put("maximum", most);
    }

    private static ObjectNode above(double least, double most) {
        return JSON.createObjectNode()
                .put("type", "number")
                .put("exclusiveMinimum", least)
                .put("maximum", most);
    }

    private static ObjectNode below(double least, double most) {
        return JSON.createObjectNode()
                .put("type", "number")
                .put("minimum", least)
                .put("exclusiveMaximum", most);
    }

    private static ObjectNode words(Stream<String> words) {
        ObjectNode choice = JSON.createObjectNode();
        ArrayNode list = choice.putArray("enum");
        words.forEach(list::add);
        return choice;
    }

    /** A form's word with or without options; or a piece of one, for YAML takes specs in brackets apart at their commas. */
    private static ObjectNode spec(SpecForms<?> forms, String... more) {
        String words = Stream.concat(forms.all().stream().map(SpecForm::word), Stream.of(more))
                .collect(Collectors.joining("|"));
        return string().put("pattern", "^(" + words + ")(:.*)?$|^[a-z-]+=");
    }

    private static ObjectNode any(ObjectNode... choices) {
        ObjectNode any = JSON.createObjectNode();
        ArrayNode list = any.putArray("anyOf");
        Arrays.stream(choices).forEach(list::add);
        return any;
    }

    private static ObjectNode listOf(ObjectNode item) {
        ObjectNode list = JSON.createObjectNode().put("type", "array").put("minItems", 1);
        list.set("items", item);
        return list;
    }

    private static ObjectNode oneOrMore(ObjectNode item) {
        return any(item, listOf(item.deepCopy()));
    }

    private static ObjectNode anyNumber(ObjectNode item) {
        return any(item, listOf(item.deepCopy()).without("minItems"));
    }
}
