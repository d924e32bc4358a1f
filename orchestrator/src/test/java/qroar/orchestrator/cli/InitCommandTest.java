package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A file to begin with, which is planned as it is. */
class InitCommandTest {
    private static final Path DEMO = Path.of("../experiments/samples/demo");
    private static final Path MODEL = DEMO.resolve("model");

    @TempDir
    Path folder;

    /** As many texts with so many bytes of the demo's each. */
    private Path texts(int count, int bytes) throws IOException {
        Path texts = Files.createDirectories(folder.resolve("texts \"a\" ${b}"));
        for (int i = 0; i < count; i++) {
            byte[] all = Files.readAllBytes(DEMO.resolve("documents/search-0" + i + ".txt"));
            Files.write(texts.resolve("t" + i + ".txt"), java.util.Arrays.copyOf(all, Math.min(bytes, all.length)));
        }
        return texts;
    }

    private static JsonNode planned(Path file) {
        CommandRun plan = CommandRun.of("plan", file, "--json");
        assertThat(plan.code()).as(plan.err()).isZero();
        return plan.json();
    }

    @Test
    void whatIsWrittenIsPlannedAndSoAreItsComments() throws IOException {
        Path file = folder.resolve("my.yaml");
        CommandRun run = CommandRun.of("init", MODEL, texts(5, 1 << 20), "--out", file);
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode plan = planned(file);
        assertThat(plan.get("lengths")).hasToString("[512,1024,2048]");
        assertThat(plan.get("documents").get("search").asInt()).isEqualTo(3);
        assertThat(plan.get("documents").get("held-out").asInt()).isEqualTo(2);
        assertThat(plan.at("/studies/0/rope").asText()).isEqualTo("yarn:factor=4,original=512");
        assertThat(plan.findValuesAsText("quantizer")).containsExactly("rtn:bits=4,group=64", "awq:bits=4,group=64");
        String text = CommandRun.text(file);
        int other = text.indexOf("# The other keys");
        int more = text.indexOf("# And these");
        String defaults = text.substring(text.indexOf('\n', other) + 1, more)
                .lines()
                .map(line -> line.substring(2))
                .collect(Collectors.joining("\n"));
        Path uncommented = folder.resolve("all.yaml");
        Files.writeString(uncommented, text.substring(0, other) + defaults + "\n");
        assertThat(planned(uncommented).get("studies").findValuesAsText("id"))
                .isEqualTo(plan.get("studies").findValuesAsText("id"));
    }

    @Test
    void shortTextsGiveShortLengthsAndWhatIsOfNoUseIsLeftOut() throws IOException {
        Path texts = texts(4, 700);
        Files.copy(texts.resolve("t0.txt"), texts.resolve("twin.txt"));
        Files.writeString(texts.resolve("tiny.txt"), "Once.");
        Path file = folder.resolve("short.yaml");
        assertThat(CommandRun.of("init", MODEL, texts, "--out", file).code()).isZero();
        JsonNode plan = planned(file);
        assertThat(plan.get("lengths").get(2).asInt()).isLessThan(512);
        assertThat(plan.at("/studies/0/rope").asText()).isEqualTo("none");
        assertThat(CommandRun.text(file))
                .contains("twin.txt (says what an earlier one says)", "tiny.txt (", "rope: checkpoint");
    }

    /** Three documents of fewer than two blocks each have three, however many all their tokens together would make. */
    @Test
    void asManyBlocksAreCalibratedOnAsTheDocumentsHave() throws IOException {
        Path file = folder.resolve("few.yaml");
        assertThat(CommandRun.of("init", MODEL, texts(5, 3500), "--out", file).code())
                .isZero();
        JsonNode plan = planned(file);
        assertThat(plan.at("/calibration/documents"))
                .hasSize(3)
                .allMatch(document -> document.get("tokens").asInt() > 700
                        && document.get("read").asInt() == 512);
        assertThat(CommandRun.text(file)).contains("calibration: {sequences: 3, length: 512}");
        assertThat(plan.get("notes").toString()).doesNotContain("key 'calibration' asks");
    }

    @Test
    void aFileThatIsThereStaysUnlessForced() throws IOException {
        Path file = Files.writeString(folder.resolve("mine.yaml"), "mine");
        Path texts = texts(2, 4000);
        CommandRun refused = CommandRun.of("init", MODEL, texts, "--out", file);
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err())
                .contains(file + ": is there already", "--force")
                .hasLineCount(1);
        assertThat(file).hasContent("mine");
        assertThat(CommandRun.of("init", MODEL, texts, "--out", file, "--force").code())
                .isZero();
        planned(file);
    }

    @Test
    void badInputIsOneLineAndWritesNothing() throws IOException {
        Path texts = texts(3, 4000);
        Path empty = Files.createDirectories(folder.resolve("empty"));
        Path file = folder.resolve("none.yaml");
        refused(file, "there is no such checkpoint", "nowhere", texts);
        refused(file, "there is no such folder", MODEL, folder.resolve("absent"));
        refused(file, "is no folder", MODEL, texts.resolve("t0.txt"));
        refused(file, "holds 0 texts", MODEL, empty);
        refused(file, "config.json", empty, texts);
        refused(file, "0 of its texts reach 4096 tokens", MODEL, texts, "--length", 4096);
        refused(file, "--length 2 must be in [8,", MODEL, texts, "--length", 2);
        Files.writeString(empty.resolve("a.txt"), "Once upon");
        Files.writeString(empty.resolve("b.txt"), "a time");
        refused(file, "too few or too short", MODEL, empty);
        Files.write(empty.resolve("c.txt"), new byte[] {0, 1, 2, (byte) 0xff});
        refused(file, "c.txt", MODEL, empty);
    }

    private static void refused(Path file, String problem, Object... words) {
        Object[] all = new Object[words.length + 3];
        System.arraycopy(words, 0, all, 1, words.length);
        all[0] = "init";
        all[words.length + 1] = "--out";
        all[words.length + 2] = file;
        CommandRun run = CommandRun.of(all);
        assertThat(run.code()).as(problem).isEqualTo(2);
        assertThat(run.err()).contains(problem).hasLineCount(1);
        assertThat(file).doesNotExist();
    }
}
