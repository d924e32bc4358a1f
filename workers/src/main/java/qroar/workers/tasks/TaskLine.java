package qroar.workers.tasks;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of a task's file as a question, with the prompts of lm-evaluation-harness. Two layouts: the one that
 * llm-foundry keeps all tasks in ({@code query}, {@code choices}, {@code gold}, for WinoGrande {@code context_options},
 * {@code continuation}, {@code gold}), whose query is taken as it stands, and each task's original one. Every refusal is
 * an {@link IllegalArgumentException}; {@link TaskFile} adds file and line.
 */
final class TaskLine {
    /** What no task comes near; each choice costs a forward pass. */
    private static final int MAX_CHOICES = 64;

    /** Where a mark in brackets ends at the latest, as '.' of a regular expression does. */
    private static final String LINE_ENDS = "\n\r\u0085\u2028\u2029";

    private static final String ANSWER = "\nAnswer:";

    private final JsonNode line;
    private final @Nullable String label;

    private TaskLine(JsonNode line, @Nullable String label) {
        this.line = line;
        this.label = label;
    }

    /** @param label from a file of labels, or null when the line has its own */
    static Question question(Task task, JsonNode line, @Nullable String label) {
        TaskLine read = new TaskLine(line, label);
        if (!line.isObject()) {
            throw new IllegalArgumentException("no JSON object");
        }
        if (isSharedLayout(line)) {
            if (task == Task.WINOGRANDE) {
                throw new IllegalArgumentException(
                        "no list of strings under the key 'context_options', which winogrande has for 'query'");
            }
            return read.ofQuery(read.text(line, "query"), texts(line.get("choices"), "choices"), read.gold("gold"));
        }
        return switch (task) {
            case ARC_EASY, ARC_CHALLENGE -> read.arc();
            case HELLASWAG -> read.hellaSwag();
            case PIQA ->
                read.ofQuery(
                        "Question: " + read.text(line, "goal"),
                        List.of(read.text(line, "sol1"), read.text(line, "sol2")),
                        read.gold("label"));
            case WINOGRANDE -> line.has("context_options") ? read.contextOptions() : read.winoGrande();
            case BOOLQ -> read.boolQ();
        };
    }

    /** Whether it has the keys that several tasks share. */
    static boolean isSharedLayout(JsonNode line) {
        return line.has("query") && line.has("choices");
    }

    private Question ofQuery(String query, List<String> answers, int gold) {
        String context = query.stripTrailing() + ANSWER;
        return new Question(answers.stream().map(a -> new Choice(context, a)).toList(), gold);
    }

    /** {@code {"question":{"stem":..,"choices":[{"text":..,"label":..}]},"answerKey":..}}, or flat as in the data set hubs. */
    private Question arc() {
        JsonNode question = line.path("question");
        String stem = question.isTextual() ? question.textValue() : text(question, "stem");
        JsonNode choices = question.isTextual() ? line.path("choices") : question.path("choices");
        List<String> answers = new ArrayList<>();
        List<String> labels = new ArrayList<>();
        if (choices.isArray()) {
            if (choices.size() > MAX_CHOICES) {
                throw new IllegalArgumentException(
                        "choices has " + choices.size() + " entries; at most " + MAX_CHOICES);
            }
            for (JsonNode choice : choices) {
                answers.add(text(choice, "text"));
                labels.add(text(choice, "label"));
            }
        } else {
            answers.addAll(texts(choices.path("text"), "choices.text"));
            labels.addAll(texts(choices.path("label"), "choices.label"));
        }
        String key = label != null ? label : text(line, "answerKey");
        if (!labels.contains(key) || labels.size() != answers.size()) {
            throw new IllegalArgumentException("answerKey '" + key + "' is none of the choices' labels " + labels);
        }
        if (labels.indexOf(key) != labels.lastIndexOf(key)) {
            throw new IllegalArgumentException("answerKey '" + key + "' is the label of two choices: " + labels);
        }
        return ofQuery("Question: " + stem, answers, labels.indexOf(key));
    }

    private Question hellaSwag() {
        String second = line.path("ctx_b").asText();
        String context = line.has("ctx_a") ? text(line, "ctx_a") + " " + capitalised(second) : text(line, "ctx");
        String query = plain(text(line, "activity_label") + ": " + context);
        List<Choice> choices = texts(line.path("endings"), "endings").stream()
                .map(ending -> new Choice(query, plain(ending)))
                .toList();
        return new Question(choices, gold("label"));
    }

    private static String capitalised(String text) {
        return text.isEmpty()
                ? text
                : text.substring(0, 1).toUpperCase(Locale.ROOT)
                        + text.substring(1).toLowerCase(Locale.ROOT);
    }

    /** Without the marks of the WikiHow part. */
    private static String plain(String text) {
        return withoutBrackets(text.strip().replace(" [title]", ". ")).replace("  ", " ");
    }

    /** Without what stands in brackets within one line; in one walk, whatever the number of brackets. */
    private static String withoutBrackets(String text) {
        StringBuilder plain = new StringBuilder();
        int end = 0;
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == '[') {
                end = Math.max(end, i + 1);
                while (end < text.length() && text.charAt(end) != ']' && LINE_ENDS.indexOf(text.charAt(end)) < 0) {
                    end++;
                }
                if (end < text.length() && text.charAt(end) == ']') {
                    i = end;
                    continue;
                }
            }
            plain.append(text.charAt(i));
        }
        return plain.toString();
    }

    private Question contextOptions() {
        String continuation = text(line, "continuation");
        List<Choice> choices = texts(line.get("context_options"), "context_options").stream()
                .map(context -> new Choice(context, continuation))
                .toList();
        return new Question(choices, gold("gold"));
    }

    /** Partial scoring: the same end of the sentence after either option. */
    private Question winoGrande() {
        String sentence = text(line, "sentence");
        int blank = sentence.indexOf('_');
        if (blank < 0) {
            throw new IllegalArgumentException("sentence has no blank '_'");
        }
        String end = sentence.substring(blank + 1);
        List<Choice> choices = new ArrayList<>();
        for (String option : List.of("option1", "option2")) {
            choices.add(new Choice(sentence.substring(0, blank) + text(line, option), end));
        }
        return new Question(choices, gold("answer") - 1);
    }

    private Question boolQ() {
        JsonNode answer = line.has("answer") ? line.get("answer") : line.path("label");
        int gold = answer.isBoolean() ? (answer.booleanValue() ? 1 : 0) : gold(line.has("answer") ? "answer" : "label");
        String context = text(line, "passage") + "\nQuestion: " + text(line, "question") + "?";
        return ofQuery(context, List.of("no", "yes"), gold);
    }

    private int gold(String key) {
        String number = label != null ? label : line.path(key).asText();
        try {
            return Integer.parseInt(number.strip());
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    line.has(key) || label != null
                            ? key + " '" + number + "' is no whole number"
                            : "key '" + key + "', the right choice, is missing");
        }
    }

    private String text(JsonNode object, String key) {
        JsonNode value = object.path(key);
        if (!value.isTextual()) {
            throw new IllegalArgumentException("no string under the key '" + key + "'");
        }
        return value.textValue();
    }

    private static List<String> texts(@Nullable JsonNode array, String key) {
        List<String> texts = new ArrayList<>();
        if (array != null && array.size() > MAX_CHOICES) {
            throw new IllegalArgumentException(key + " has " + array.size() + " entries; at most " + MAX_CHOICES);
        }
        for (JsonNode element : array == null ? List.<JsonNode>of() : array) {
            if (!element.isTextual()) {
                throw new IllegalArgumentException(key + "[" + texts.size() + "] is no string");
            }
            texts.add(element.textValue());
        }
        if (texts.isEmpty()) {
            throw new IllegalArgumentException("no list of strings under the key '" + key + "'");
        }
        return texts;
    }
}
