package qroar.workers.tasks;

import static java.nio.charset.StandardCharsets.UTF_8;
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
        assertThat(
                        only(
                                Task.ARC_EASY,
                                "{\"query\":\"Question: Which one?\",\"choices\":[\"the sun\",\"the moon\",\"a star\"],\"gold\":1}"))
                .isEqualTo(asked("Question: Which one?\nAnswer:", 1, "the sun", "the moon", "a star"));
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
        assertRefused(
                file(
                        "{\"question\":\"Q\",\"choices\":{\"text\":[\"a\",\"b\"],\"label\":[\"A\",\"A\"]},\"answerKey\":\"A\"}"),
                "line 1",
                "answerKey 'A' is the label of two choices");
        assertRefused(file(""), "holds no questions");
        assertRefused(scratch.resolve("nowhere.jsonl"), "nowhere.jsonl: no such file");
    }

    @Test
    void filesOfOtherTasksAreRefused() {
        String piqa = "{\"query\":\"Q\",\"choices\":[\"a\",\"b\"],\"gold\":0}";
        String four = "{\"query\":\"Q\",\"choices\":[\"a\",\"b\",\"c\",\"d\"],\"gold\":0}";
        String boolq = "{\"query\":\"Q\",\"choices\":[\"no\",\"yes\"],\"gold\":0}";
        String hellaswag = "{\"activity_label\":\"a\",\"ctx\":\"b\",\"endings\":[\"c\",\"d\"],\"label\":0}";
        String winogrande = "{\"context_options\":[\"a\",\"b\"],\"continuation\":\"c\",\"gold\":0}";
        assertRefused(Task.PIQA, file(four), "question 1 has 4 choices; each has 2");
        assertRefused(Task.PIQA, file(hellaswag), "line 1 is no question of piqa", "'goal'");
        assertRefused(Task.PIQA, file(winogrande), "line 1 is no question of piqa", "'goal'");
        assertRefused(Task.PIQA, file(boolq, boolq), "yes and no, as boolq's");
        assertRefused(Task.ARC_EASY, file(piqa, piqa), "every question has 2 choices");
        assertRefused(Task.HELLASWAG, file(piqa), "question 1 has 2 choices; each has 4");
        assertRefused(Task.BOOLQ, file(piqa), "question 1 are not yes and no");
        assertRefused(Task.WINOGRANDE, file(piqa), "line 1 is no question of winogrande", "'context_options'");
        assertThat(TaskFile.read(Task.ARC_EASY, file(piqa, four), null)).hasSize(2);
        assertThat(TaskFile.read(Task.BOOLQ, file(boolq), null)).hasSize(1);
    }

    @Test
    void everythingIsBounded() throws IOException {
        String many = "{\"activity_label\":\"a\",\"ctx\":\"b\",\"label\":0,\"endings\":[\"c\"" + ",\"d\"".repeat(45_000)
                + "]}";
        assertRefused(Task.HELLASWAG, file(many), "line 1", "endings has 45001 entries; at most 64");
        assertRefused(Task.ARC_EASY, file("x".repeat(5 << 20)), "line 1 has more than 4194304 bytes");
        Question brackets = only(
                Task.HELLASWAG,
                "{\"activity_label\":\"a\",\"ctx\":\"" + "[".repeat(200_000)
                        + "\\n[x] y\",\"endings\":[\"c\",\"d\"],\"label\":0}");
        assertThat(brackets.choices().get(0).context()).hasSize(3 + 200_000 + 3).endsWith("[[\n y");
        Path mark = scratch.resolve("mark.jsonl");
        Files.write(
                mark, ("\ufeff{\"query\":\"Q\",\"choices\":[\"a\",\"b\"],\"gold\":0,\"x\":NaN}\r\n").getBytes(UTF_8));
        assertThat(TaskFile.read(Task.PIQA, mark, null)).hasSize(1);
        Files.write(mark, "[1]".getBytes(UTF_8));
        assertRefused(Task.PIQA, mark, "line 1", "no JSON object");
    }

    private static void assertRefused(Path file, String... words) {
        assertRefused(Task.ARC_EASY, file, words);
    }

    private static void assertRefused(Task task, Path file, String... words) {
        assertThatThrownBy(() -> TaskFile.read(task, file, null))
                .isInstanceOf(BadInput.class)
                .satisfies(e -> assertThat(e.getMessage()).contains(words).doesNotContain("\n"));
    }
}
