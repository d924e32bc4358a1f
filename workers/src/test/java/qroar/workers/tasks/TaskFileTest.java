package qroar.workers.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

class TaskFileTest {
    @TempDir
    Path scratch;

    private Path file(String... lines) {
        try {
            return Files.writeString(scratch.resolve("task.jsonl"), String.join("\n", lines) + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Question only(Task task, String line) {
        List<Question> read = TaskFile.read(task, file(line), null);
        assertThat(read).hasSize(1);
        return read.get(0);
    }

    private static Question asked(String context, int gold, String... answers) {
        List<Choice> choices = new ArrayList<>();
        for (String answer : answers) {
            choices.add(new Choice(context, answer));
        }
        return new Question(choices, gold);
    }

    @Test
    void arcReadsAlikeFromEveryLayout() {
        Question expected = asked("Question: Which one?\nAnswer:", 1, "the sun", "the moon");
        assertThat(only(
                        Task.ARC_EASY,
                        "{\"query\":\"Question: Which one?\",\"choices\":[\"the sun\",\"the moon\"],\"gold\":1}"))
                .isEqualTo(expected);
        assertThat(only(
                        Task.ARC_CHALLENGE,
                        "{\"id\":\"x\",\"question\":{\"stem\":\"Which one?\",\"choices\":[{\"text\":\"the sun\",\"label\":\"A\"},"
                                + "{\"text\":\"the moon\",\"label\":\"B\"}]},\"answerKey\":\"B\"}"))
                .isEqualTo(expected);
        assertThat(only(
                        Task.ARC_EASY,
                        "{\"question\":\"Which one?\",\"choices\":{\"text\":[\"the sun\",\"the moon\"],"
                                + "\"label\":[\"1\",\"2\"]},\"answerKey\":\"2\"}"))
                .isEqualTo(expected);
    }

    @Test
    void piqaTakesLabelsFromTheLineOrFromAFileOfTheirOwn() throws IOException {
        Question expected = asked("Question: Boil water.\nAnswer:", 1, "Use ice.", "Use a kettle.");
        assertThat(
                        only(
                                Task.PIQA,
                                "{\"query\":\"Question: Boil water.\\n\",\"choices\":[\"Use ice.\",\"Use a kettle.\"],\"gold\":1}"))
                .isEqualTo(expected);
        String original = "{\"goal\":\"Boil water.\",\"sol1\":\"Use ice.\",\"sol2\":\"Use a kettle.\"";
        assertThat(only(Task.PIQA, original + ",\"label\":1}")).isEqualTo(expected);
        Path labels = Files.writeString(scratch.resolve("labels.lst"), "1\n0\n");
        List<Question> read = TaskFile.read(Task.PIQA, file(original + "}", "", original + "}"), labels);
        assertThat(read)
                .containsExactly(expected, asked("Question: Boil water.\nAnswer:", 0, "Use ice.", "Use a kettle."));
        assertThatThrownBy(() -> TaskFile.read(Task.PIQA, file(original + "}"), labels))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("2 labels")
                .hasMessageContaining("has 1 questions");
    }

    @Test
    void winoGrandeScoresTheSameEndAfterEitherOption() {
        Question expected = new Question(
                List.of(
                        new Choice("The cup fell on the floor so the cup", "broke."),
                        new Choice("The cup fell on the floor so the floor", "broke.")),
                0);
        assertThat(only(
                        Task.WINOGRANDE,
                        "{\"context_options\":[\"The cup fell on the floor so the cup\",\"The cup fell on the floor so the"
                                + " floor\"],\"continuation\":\"broke.\",\"gold\":0}"))
                .isEqualTo(expected);
        assertThat(only(
                        Task.WINOGRANDE,
                        "{\"sentence\":\"The cup fell on the floor so the _ broke.\",\"option1\":\"cup\","
                                + "\"option2\":\"floor\",\"answer\":\"1\"}"))
                .isEqualTo(expected);
    }

    @Test
    void boolQAnswersNoOrYes() {
        assertThat(
                        only(
                                Task.BOOLQ,
                                "{\"question\":\"is it wet\",\"passage\":\"Water is wet.\",\"answer\":true,\"title\":\"Water\"}"))
                .isEqualTo(asked("Water is wet.\nQuestion: is it wet?\nAnswer:", 1, "no", "yes"));
        assertThat(
                        only(
                                Task.BOOLQ,
                                "{\"query\":\"Passage: Water is wet.\\nQuestion: is it wet?\",\"choices\":[\"no\",\"yes\"],\"gold\":1}"))
                .isEqualTo(asked("Passage: Water is wet.\nQuestion: is it wet?\nAnswer:", 1, "no", "yes"));
    }

    @Test
    void hellaSwagLosesTheMarksOfItsSource() {
        Question read = only(
                Task.HELLASWAG,
                "{\"activity_label\":\"How to tie [substeps] a knot\",\"ctx_a\":\"Take a rope [title] Pull it.\","
                        + "\"ctx_b\":\"then THEY\",\"endings\":[\"pull  hard [step].\",\"let go.\"],\"label\":\"1\"}");
        assertThat(read.choices().get(0).context()).isEqualTo("How to tie a knot: Take a rope. Pull it. Then they");
        assertThat(read.choices()).extracting(Choice::answer).containsExactly("pull hard .", "let go.");
        assertThat(read.gold()).isEqualTo(1);
    }

    @Test
    void linesThatAreNoQuestionAreNamed() {
        String good = "{\"query\":\"Q\",\"choices\":[\"a\",\"b\"],\"gold\":0}";
        assertRefused(file(good, "{\"query\":"), "line 2 is not valid JSON");
        assertRefused(file(good, "", good.replace(":0}", ":2}")), "line 3", "2", "between 0 and 1");
        assertRefused(file(good.replace(",\"gold\":0", "")), "line 1", "gold");
        assertRefused(file(good.replace("[\"a\",\"b\"]", "[\"a\"]")), "at least two choices");
        assertRefused(file(good.replace("\"a\"", "\" \"")), "must not be empty");
        assertRefused(file("{\"goal\":\"x\"}"), "line 1 is no question of arc-easy", "stem");
        assertRefused(file(""), "holds no questions");
        assertRefused(scratch.resolve("nowhere.jsonl"), "nowhere.jsonl: no such file");
    }

    private static void assertRefused(Path file, String... words) {
        assertThatThrownBy(() -> TaskFile.read(Task.ARC_EASY, file, null))
                .isInstanceOf(BadInput.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("\n"));
    }
}
