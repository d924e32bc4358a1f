package qroar.workers.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.checkpoint.Printable;

/** Questions from JSON lines. Blank lines are passed over. */
public final class TaskFile {
    private static final JsonMapper MAPPER = new JsonMapper();

    private TaskFile() {}

    /**
     * Reads a whole file, in one of the layouts of {@code TaskLine}.
     *
     * @param labels a file with one right choice per question (PIQA's original layout keeps them apart), or null when
     *     the questions have them
     * @throws BadInput naming file and line
     */
    public static List<Question> read(Task task, Path file, @Nullable Path labels) {
        List<String> right = labels == null ? List.of() : lines(labels);
        List<Question> questions = new ArrayList<>();
        int number = 0;
        for (String line : allLines(file)) {
            number++;
            if (line.isBlank()) {
                continue;
            }
            if (labels != null && questions.size() >= right.size()) {
                throw new BadInput(labels + ": " + right.size() + " labels; " + file + " has more questions");
            }
            try {
                questions.add(TaskLine.question(
                        task, MAPPER.readTree(line), labels == null ? null : right.get(questions.size())));
            } catch (JsonProcessingException e) {
                throw new BadInput(file + ": line " + number + " is not valid JSON", e);
            } catch (IllegalArgumentException e) {
                throw new BadInput(
                        file + ": line " + number + " is no question of " + task.word() + ": "
                                + Printable.text(String.valueOf(e.getMessage())),
                        e);
            }
        }
        if (questions.isEmpty()) {
            throw new BadInput(file + ": holds no questions");
        }
        if (labels != null && questions.size() < right.size()) {
            throw new BadInput(
                    labels + ": " + right.size() + " labels; " + file + " has " + questions.size() + " questions");
        }
        return List.copyOf(questions);
    }

    private static List<String> lines(Path file) {
        return allLines(file).stream().filter(line -> !line.isBlank()).toList();
    }

    private static List<String> allLines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (NoSuchFileException e) {
            throw new BadInput(file + ": no such file", e);
        } catch (CharacterCodingException e) {
            throw new BadInput(file + ": is not valid UTF-8", e);
        } catch (IOException e) {
            throw new BadInput(file + ": cannot be read: " + Printable.text(String.valueOf(e.getMessage())), e);
        }
    }
}
