package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.definition.task.TaskEvaluation;
import qroar.protocol.BadInput;

class TaskNamesTest {
    @TempDir
    Path folder;

    private ExperimentDefinition read(String tasks) throws IOException {
        Path file = new SampleFiles(folder).write(SampleFiles.VALID + "\n" + tasks + "\n");
        Files.writeString(folder.resolve("questions.jsonl"), "{}");
        return ExperimentFile.read(file);
    }

    @Test
    void namesOfTheHarnessAreReadAsOurs() throws IOException {
        ExperimentDefinition definition = read("tasks:\n"
                + "  - {task: arc_easy, file: questions.jsonl}\n"
                + "  - {task: arc_challenge, file: questions.jsonl}\n"
                + "  - {task: hellaswag, file: questions.jsonl}\n");
        assertThat(definition.tasks())
                .extracting(TaskEvaluation::task)
                .containsExactly("arc-easy", "arc-challenge", "hellaswag");
        assertThat(ResolvedFile.write(definition)).contains("arc-easy").doesNotContain("arc_easy");
    }

    @Test
    void bothNamesOfOneTaskAreTheSameTask() {
        assertThatThrownBy(() -> read("tasks:\n"
                        + "  - {task: arc_easy, file: questions.jsonl}\n"
                        + "  - {task: arc-easy, file: questions.jsonl}\n"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("'tasks[1]' is there a second time");
    }
}
