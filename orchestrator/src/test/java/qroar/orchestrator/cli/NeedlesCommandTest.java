package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NeedlesCommandTest {
    private static final Path MODEL = Path.of("../experiments/samples/demo/model");
    private static final Path TEXT = Path.of("../experiments/samples/demo/documents/search-00.txt");

    /** Nats; an answer is read in other chunks than eval reads it. */
    private static final double LOSS = 1e-4;

    @TempDir
    Path scratch;

    @Tag("numeric")
    @Test
    void lossesAreThoseOfEvalOnTheSameTokens() throws IOException {
        Path file = scratch.resolve("questions.json");
        String[] how = {"--rope", "yarn:factor=2", "--quantize", "rtn:bits=4,group=32", "--scales", "1.02,0.97"};
        JsonNode result = run(
                        how,
                        "--task",
                        "passkey",
                        "niah_single_2:generate=16",
                        "--haystack",
                        TEXT,
                        "--length",
                        "300,450",
                        "--depth",
                        "0,100",
                        "--samples",
                        "1",
                        "--generate",
                        "--per-question",
                        file)
                .json();
        assertThat(result.get("results")).hasSize(2);
        JsonNode passkey = result.get("results").get(0);
        assertThat(passkey.get("task").textValue()).isEqualTo("passkey");
        assertThat(passkey.get("cells")).hasSize(4);
        assertThat(passkey.get("seed").longValue()).isEqualTo(42);
        JsonNode questions = CommandRun.json(file).get("questions");
        assertThat(questions).hasSize(8);
        double sum = 0;
        for (int i = 0; i < questions.size(); i++) {
            JsonNode question = questions.get(i);
            double[] expected = eval(question, how);
            double own = 0;
            for (int token = 0; token < expected.length; token++) {
                double found = question.get("nll").get(token).doubleValue();
                assertThat(found).isCloseTo(expected[token], within(LOSS));
                own += found / expected.length;
            }
            JsonNode cells = result.get("results").get(i / 4).get("cells");
            assertThat(cells.get(i % 4).get("nll").doubleValue()).isCloseTo(own, within(1e-12));
            assertThat(cells.get(i % 4).get("nllStderr").isNull()).isTrue();
            sum += i < 4 ? own / 4 : 0;
            assertThat(question.get("generated").isTextual()).isTrue();
        }
        assertThat(passkey.get("all").get("nll").doubleValue()).isCloseTo(sum, within(1e-12));
        assertThat(passkey.get("all").get("stringMatch").doubleValue()).isBetween(0.0, 1.0);
    }

    /** Of the answer's tokens, in one forward. */
    private double[] eval(JsonNode question, String... how) throws IOException {
        Path tokens = scratch.resolve("tokens.json");
        Path nll = scratch.resolve("nll.json");
        List<JsonNode> ids = new ArrayList<>();
        question.get("context").forEach(ids::add);
        question.get("continuation").forEach(ids::add);
        Files.writeString(tokens, ids.toString());
        List<Object> all = new ArrayList<>(List.of("eval", "--model", MODEL, "--tokens", tokens, "--per-token", nll));
        all.addAll(Arrays.asList(how));
        assertThat(CommandRun.of(all.toArray()).code()).isZero();
        JsonNode losses = CommandRun.json(nll).get("nll");
        double[] answer = new double[question.get("continuation").size()];
        Arrays.setAll(answer, i -> losses.get(losses.size() - answer.length + i).doubleValue());
        return answer;
    }

    @Test
    void aTableHasALineForEachDepthAndAColumnForEachLength() {
        CommandRun run = CommandRun.of(
                "needles",
                "--model",
                MODEL,
                "--task",
                "passkey",
                "--length",
                "200,300",
                "--depth",
                "random",
                "--samples",
                "2");
        assertThat(run.code()).as(run.err()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines.get(0)).isEqualTo("passkey, 2 questions a cell, seed 42");
        assertThat(lines.get(1)).matches("nll, depth +200 tokens +300 tokens +all");
        assertThat(lines.get(2)).matches("random +\\d+\\.\\d{4} +\\d+\\.\\d{4} +\\d+\\.\\d{4}");
        assertThat(lines.get(3)).matches("exact, depth +200 tokens +300 tokens +all");
        assertThat(lines).hasSize(5);
    }

    @Test
    void whatCannotBeAskedIsRefusedInOneLine() throws IOException {
        assertRefused("needles 'passkye': 'passkye' is unknown; did you mean 'passkey'?", "--task", "passkye");
        assertRefused("no haystack is given", "--task", "niah_single_2");
        assertRefused("no task hides its needles in a text", "--task", "passkey", "--haystack", TEXT);
        assertRefused("--task passkey:digits=5 is given twice", "--task", "passkey", "passkey:digits=5");
        assertRefused("--depth 101 must lie in 0 to 100 per cent", "--task", "passkey", "--depth", "101");
        assertRefused("--depth deep must be a number", "--task", "passkey", "--depth", "deep");
        assertRefused("--samples 0 must lie in 1 to 10000", "--task", "passkey", "--samples", "0");
        assertRefused("leaves 22", "--task", "niah-single", "--length", "150");
        Path binary = Files.write(scratch.resolve("text.bin"), new byte[] {0x1f, (byte) 0x8b, 8, 0});
        assertRefused(
                "text.bin: is gzip and cannot be unpacked: it ends too early",
                "--task",
                "niah_single_2",
                "--haystack",
                binary);
        assertRefused("--order layer has no meaning here", "--task", "passkey", "--order", "layer");
    }

    private static void assertRefused(String message, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("needles", "--model", MODEL));
        all.addAll(Arrays.asList(arguments));
        if (!all.contains("--length")) {
            all.addAll(List.of("--length", "300"));
        }
        CommandRun run = CommandRun.of(all.toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.err()).contains(message);
        assertThat(run.err().lines()).hasSize(1);
    }

    private static CommandRun run(String[] how, Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("needles", "--model", MODEL, "--json"));
        all.addAll(Arrays.asList(how));
        all.addAll(Arrays.asList(arguments));
        CommandRun run = CommandRun.of(all.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return run;
    }
}
