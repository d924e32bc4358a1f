package qroar.workers.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.config.Printable;
import qroar.workers.text.TextLines;

/** Questions from JSON lines. Blank lines are passed over. */
public final class TaskFile {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    /** Five times HellaSwag's training questions. */
    private static final long MAX_BYTES = 256L << 20;

    /** The longest passages of BoolQ have five thousand. */
    private static final int MAX_LINE_BYTES = 4 << 20;

    private TaskFile() {}

    /**
     * Reads a whole file, in one of the layouts of {@code TaskLine}.
     *
     * @param labels a file with one right choice per question (PIQA's original layout keeps them apart), or null when
     *     the questions have them
     * @throws BadInput naming file and line
     */
    public static List<Question> read(Task task, Path file, @Nullable Path labels) {
        List<String> right = labels == null ? List.of() : labels(labels);
        List<Question> questions = new ArrayList<>();
        List<Question> shared = new ArrayList<>();
        try (TextLines lines = TextLines.open(file, MAX_BYTES, MAX_LINE_BYTES)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (line.isBlank()) {
                    continue;
                }
                if (labels != null && questions.size() >= right.size()) {
                    throw new BadInput(labels + ": " + right.size() + " labels; " + file + " has more questions");
                }
                String label = labels == null ? null : right.get(questions.size());
                JsonNode read = json(file, lines.number(), line);
                Question question = question(task, file, lines.number(), read, label);
                questions.add(question);
                if (TaskLine.isSharedLayout(read)) {
                    shared.add(question);
                }
            }
        }
        if (questions.isEmpty()) {
            throw new BadInput(file + ": holds no questions");
        }
        if (labels != null && questions.size() < right.size()) {
            throw new BadInput(
                    labels + ": " + right.size() + " labels; " + file + " has " + questions.size() + " questions");
        }
        String other = shared.isEmpty() ? null : task.shape().mismatch(shared);
        if (other != null) {
            throw new BadInput(file + ": no questions of " + task.word() + ": " + other);
        }
        return List.copyOf(questions);
    }

    private static JsonNode json(Path file, int number, String line) {
        try {
            return MAPPER.readTree(line);
        } catch (JsonProcessingException e) {
            throw new BadInput(file + ": line " + number + " is " + Printable.problem(e), e);
        }
    }

    private static Question question(Task task, Path file, int number, JsonNode line, @Nullable String label) {
        try {
            return TaskLine.question(task, line, label);
        } catch (IllegalArgumentException e) {
            throw new BadInput(
                    file + ": line " + number + " is no question of " + task.word() + ": "
                            + Printable.text(String.valueOf(e.getMessage())),
                    e);
        }
    }

    private static List<String> labels(Path file) {
        List<String> labels = new ArrayList<>();
        try (TextLines lines = TextLines.open(file, MAX_BYTES, MAX_LINE_BYTES)) {
            for (String line = lines.next(); line != null; line = lines.next()) {
                if (!line.isBlank()) {
                    labels.add(line);
                }
            }
        }
        return labels;
    }
}
