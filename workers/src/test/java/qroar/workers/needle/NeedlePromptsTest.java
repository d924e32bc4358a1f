package qroar.workers.needle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.needle.HaystackKind;
import qroar.protocol.needle.NeedleTasks;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.text.Tokenizer;

/** With the demo model's own tokenizer, which puts BOS in front. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NeedlePromptsTest {
    private static final Path MODEL = Path.of("../experiments/samples/demo/model");
    private static final Path DOCUMENT = Path.of("../experiments/samples/demo/documents/search-00.txt");

    private Tokenizer tokenizer;
    private HaystackText text;

    @BeforeAll
    void open() {
        tokenizer = Tokenizer.open(Checkpoint.open(MODEL));
        text = HaystackText.read(List.of(DOCUMENT));
    }

    @AfterAll
    void close() {
        tokenizer.close();
    }

    /** As RULER's search for the optimal size of a haystack: what is there fits, and one unit more would not. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "passkey",
                "niah_single_1",
                "niah_single_2",
                "niah_single_3",
                "niah_multikey_1",
                "niah_multikey_2",
                "niah_multivalue",
                "niah_multiquery",
                "vt:example=300",
                "vt:haystack=text,example=0,chains=2"
            })
    void aPromptIsAsLongAsItsLengthAllows(String spec) {
        for (NeedlePrompt prompt : prompts(spec, List.of(900, 1500), List.of(0.0, 33.3, 100.0), 1)) {
            int counted = tokenizer.encodeContinuation(prompt.text()).length;
            int length = prompt.cell().length();
            assertThat(prompt.size().lengthTokens())
                    .isEqualTo(counted + prompt.size().generatedTokens())
                    .isLessThanOrEqualTo(length);
            boolean words = NeedleTasks.parse(spec).haystack() == HaystackKind.TEXT;
            // A word more, or a line more with a needle's or the noise's tokens.
            int unit = words ? 12 : 60;
            assertThat(length - prompt.size().lengthTokens()).isLessThan(unit);
            assertThat(prompt.continuation().length).isBetween(1, prompt.size().generatedTokens());
        }
    }

    @Test
    void contextAndAnswerAreOneTextAsTheModelReadsIt() {
        for (String spec : List.of("passkey", "niah_multiquery", "vt:example=0")) {
            for (NeedlePrompt prompt : prompts(spec, List.of(900), List.of(50.0), 2)) {
                assertThat(prompt.tokens())
                        .isEqualTo(tokenizer.encode(prompt.text().stripTrailing() + prompt.answer()));
                assertThat(tokenizer.decode(prompt.continuation()).strip())
                        .isEqualTo(prompt.answer().strip());
                assertThat(prompt.context()[0]).isEqualTo(tokenizer.bosTokenId());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"niah_single_1", "niah_single_2", "niah_multikey_2", "passkey:haystack=text"})
    void theNeedleLiesBetweenSentencesAtItsDepth(String spec) {
        for (NeedlePrompt prompt : prompts(spec, List.of(1200), List.of(0.0, 25.0, 60.0, 100.0), 2)) {
            int sentences = prompt.size().sentences();
            assertThat(sentences).isGreaterThan(10);
            double depth = Objects.requireNonNull(prompt.cell().depthPercent());
            assertThat(prompt.size().places()).containsExactly((int) (sentences * (depth / 100)));
            // And so in the text: the sentences before the needle, counted by their ends.
            int at = prompt.text().indexOf(prompt.references().get(0));
            String before = prompt.text().substring(prompt.text().indexOf('\n') + 1, at);
            double share = (double) before.length()
                    / (prompt.text().lastIndexOf('\n') - prompt.text().indexOf('\n'));
            assertThat(share).isBetween(depth / 100 - 0.12, depth / 100 + 0.12);
        }
    }

    @Test
    void aHaystackOfTextIsItsWordsFromTheStartAndRoundAgain(@TempDir Path folder) throws IOException {
        String twenty = "One two\u00a0three.\tFour five six. Seven eight nine. Ten eleven\ntwelve. A b c d e f g h.";
        HaystackText small = HaystackText.read(List.of(Files.writeString(folder.resolve("small.txt"), twenty)));
        assertThat(small.first(3)).containsExactly("One", "two", "three.");
        assertThat(small.first(23).subList(19, 23)).containsExactly("h.", "One", "two", "three.");
        NeedlePrompt prompt = new NeedlePrompts(
                        new NeedlePlan(NeedleTasks.parse("niah_single_2"), List.of(800), List.of(50.0), 1, 1),
                        tokenizer,
                        small)
                .all()
                .get(0);
        assertThat(prompt.text()).contains("\nOne two three. Four five six. Seven eight nine.");
        assertThat(prompt.size().haystackUnits()).isGreaterThan(20);
        Path few = Files.writeString(folder.resolve("few.txt"), "one two");
        assertThatThrownBy(() -> HaystackText.read(List.of(few)))
                .isInstanceOf(BadInput.class)
                .hasMessage(few + ": 2 words; a haystack needs at least 20");
    }

    @Test
    void aQuestionDependsOnItsSeedLengthDepthAndNumberAlone() {
        NeedlePrompt one =
                prompts("passkey", List.of(400, 900), List.of(0.0, 50.0), 3).get(4);
        NeedlePrompt again = prompts("passkey", List.of(400), List.of(50.0), 2).get(1);
        assertThat(again.text()).isEqualTo(one.text());
        List<String> answers = new ArrayList<>();
        prompts("passkey", List.of(400, 900), List.of(0.0, 50.0), 3).forEach(each -> answers.add(each.answer()));
        assertThat(answers).doesNotHaveDuplicates();
    }

    @Test
    void whatDoesNotFitIsRefusedWithItsNumbers() {
        assertRefused("niah-single", 140, "'niah-single': takes ", "leaves 12");
        assertRefused("vt", 400, "example=0 leaves its example out");
        assertRefused("niah-single:value=uuids,generate=2", 400, "an answer has ", "generate=2 is fewer");
        assertThatThrownBy(() -> new NeedlePrompts(plan("niah_single_2", 400), tokenizer, null))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("no haystack is given");
        assertThatThrownBy(() -> plan("passkey", 31)).hasMessageContaining("length 31 must lie in 32 to");
    }

    private void assertRefused(String spec, int length, String... parts) {
        assertThatThrownBy(() -> new NeedlePrompts(plan(spec, length), tokenizer, text).all())
                .isInstanceOf(BadInput.class)
                .hasMessageContainingAll(parts);
    }

    private static NeedlePlan plan(String spec, int length) {
        return new NeedlePlan(NeedleTasks.parse(spec), List.of(length), List.of(50.0), 1, 42);
    }

    private List<NeedlePrompt> prompts(String spec, List<Integer> lengths, List<Double> depths, int samples) {
        return new NeedlePrompts(new NeedlePlan(NeedleTasks.parse(spec), lengths, depths, samples, 42), tokenizer, text)
                .all();
    }
}
