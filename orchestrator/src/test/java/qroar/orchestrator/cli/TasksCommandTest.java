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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TasksCommandTest {
    private static final Path MODEL = Path.of("../experiments/samples/demo/model");

    /** Nats by which sums of some ten losses may differ when the same tokens pass in other chunks. */
    private static final double SUMS = 1e-4;

    @TempDir
    Path scratch;

    private Path arc;
    private Path winoGrande;
    private Path piqa;

    @BeforeEach
    void writeTasks() throws IOException {
        arc = Files.writeString(scratch.resolve("arc.jsonl"), """
                {"query":"Question: Who mends the boats?","choices":["the boatbuilder","a small dog","the moon in March"],"gold":0}
                {"query":"Question: Where is bread made?","choices":["in the river","in the old bakery"],"gold":1}
                {"query":"Question: What falls in winter?","choices":["snow","stone","silver spoons","corn"],"gold":0}
                {"query":"Question: Qui dort l'été?","choices":["personne","l'évêque"],"gold":1}
                """);
        winoGrande = Files.writeString(scratch.resolve("winogrande.jsonl"), """
                {"sentence":"The debt was paid by Anna to Karl because _ was honest.","option1":"Anna","option2":"Karl","answer":"1"}
                {"sentence":"_ left the house late.","option1":"The miller","option2":"Nobody","answer":"2"}
                """);
        piqa = Files.writeString(scratch.resolve("piqa.jsonl"), """
                {"goal":"Keep a letter dry.","sol1":"Put it into the well.","sol2":"Put it into the drawer."}
                {"goal":"Light a lamp.","sol1":"Use a match.","sol2":"Use a bucket of water."}
                """);
    }

    @Tag("numeric")
    @Test
    void everyChoiceAgreesWithAnIndependentComputation() throws IOException {
        int choices = 0;
        for (String rope : List.of("none", "yarn:factor=4", "dynamic:factor=2")) {
            for (String shots : List.of("0", "2")) {
                JsonNode rows = perChoice("arc-easy=" + arc, "--rope", rope, "--shots", shots, "--scales", "1.05,0.9");
                assertThat(rows).hasSize(11);
                choices += compare(rows, SUMS, "--rope", rope, "--scales", "1.05,0.9");
            }
        }
        JsonNode differentContexts = perChoice("winogrande=" + winoGrande, "--quantize", "rtn:bits=4,group=32");
        choices += compare(differentContexts, SUMS, "--quantize", "rtn:bits=4,group=32");
        JsonNode cut = perChoice("arc-easy=" + arc, "--shots", "3", "--length", "24");
        for (JsonNode row : cut) {
            assertThat(row.get("context").size() + row.get("continuation").size())
                    .isLessThanOrEqualTo(24);
        }
        choices += compare(cut, SUMS);
        System.out.printf("task choices compared with qroar eval: %d%n", choices);
    }

    /**
     * Tasks read what the choices of a question share once, eval reads every choice anew: other chunks, so other last
     * digits, and a key or value close to the middle between two codes of the cache takes the other one. A float32 sum
     * differs by some 1e-6 of the range, and a code of 8 bits is 1/255 of it, so about one code in a thousand does. All
     * codes being rounded, by up to half a step, moves a loss by what 8 bits of cache change; a thousandth of them going
     * a whole step moves it by sqrt(12 / 1000) of that, a ninth. The largest change of a few choices stands for what is
     * usual. (Seen: a seventieth, on a processor without AVX-512.)
     */
    @Tag("numeric")
    @Test
    void choicesAgreeAlsoWhereKeysAndValuesAreQuantized() throws IOException {
        String[] exact = {"--quantize", "rtn:bits=4,group=32"};
        String[] rounded = {"--quantize", "rtn:bits=4,group=32,kv-bits=8"};
        for (String task : List.of("winogrande=" + winoGrande, "arc-easy=" + arc)) {
            JsonNode plain = perChoice(task, exact);
            JsonNode rows = perChoice(task, rounded);
            double usual = 0;
            for (int i = 0; i < rows.size(); i++) {
                usual = Math.max(usual, Math.abs(logLikelihood(rows.get(i)) - logLikelihood(plain.get(i))));
            }
            assertThat(usual).as("what 8 bits of cache change").isBetween(1e-4, 0.5);
            compare(rows, SUMS + usual / 9, rounded);
        }
    }

    private static double logLikelihood(JsonNode row) {
        return row.get("logLikelihood").doubleValue();
    }

    private JsonNode perChoice(String task, String... arguments) {
        Path file = scratch.resolve("choices.json");
        List<Object> all = new ArrayList<>(List.of("tasks", "--model", MODEL, task, "--per-choice", file));
        all.addAll(Arrays.asList(arguments));
        CommandRun run = CommandRun.of(all.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return CommandRun.json(file).get("choices");
    }

    /** Sums the losses that eval gives for the tokens of each choice. */
    private int compare(JsonNode rows, double tolerance, String... arguments) throws IOException {
        Path tokens = scratch.resolve("tokens.json");
        Path nll = scratch.resolve("nll.json");
        for (JsonNode row : rows) {
            List<JsonNode> ids = new ArrayList<>();
            row.get("context").forEach(ids::add);
            row.get("continuation").forEach(ids::add);
            Files.writeString(tokens, ids.toString());
            List<Object> all =
                    new ArrayList<>(List.of("eval", "--model", MODEL, "--tokens", tokens, "--per-token", nll));
            all.addAll(Arrays.asList(arguments));
            CommandRun run = CommandRun.of(all.toArray());
            assertThat(run.code()).as(run.err()).isZero();
            double[] losses = CommandRun.doubles(CommandRun.json(nll).get("nll"));
            double logLikelihood = -Arrays.stream(losses, row.get("context").size() - 1, losses.length)
                    .sum();
            assertThat(logLikelihood(row))
                    .as("%s %s", Arrays.toString(arguments), row)
                    .isCloseTo(logLikelihood, within(tolerance));
        }
        return rows.size();
    }

    @Test
    void accuraciesFollowFromTheChoices() throws IOException {
        Path labels = Files.writeString(scratch.resolve("labels.lst"), "1\n0\n");
        Path file = scratch.resolve("choices.json");
        CommandRun run = CommandRun.of(
                "tasks",
                "--json",
                "--model",
                MODEL,
                "arc-challenge=" + arc,
                "piqa=" + piqa,
                "--labels",
                "piqa=" + labels,
                "--fewshot",
                "piqa=" + piqa,
                "--per-choice",
                file);
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode results = run.json().get("results");
        assertThat(results).hasSize(2);
        double sum = 0;
        for (JsonNode result : results) {
            double[] right = new double[2];
            List<List<JsonNode>> questions = new ArrayList<>();
            for (JsonNode row : CommandRun.json(file).get("choices")) {
                if (row.get("task").equals(result.get("task"))) {
                    if (row.get("choice").intValue() == 0) {
                        questions.add(new ArrayList<>());
                    }
                    questions.get(questions.size() - 1).add(row);
                }
            }
            for (List<JsonNode> question : questions) {
                right[0] += best(question, false).get("gold").booleanValue() ? 1 : 0;
                right[1] += best(question, true).get("gold").booleanValue() ? 1 : 0;
            }
            assertThat(result.get("questions").intValue()).isEqualTo(questions.size());
            assertThat(result.get("acc").doubleValue()).isEqualTo(right[0] / questions.size());
            assertThat(result.get("accNorm").doubleValue()).isEqualTo(right[1] / questions.size());
            sum += right[0] / questions.size();
            double acc = right[0] / questions.size();
            assertThat(result.get("accStderr").doubleValue())
                    .isCloseTo(Math.sqrt(acc * (1 - acc) / (questions.size() - 1)), within(1e-12));
            assertThat(result.get("shots").intValue()).isZero();
        }
        assertThat(results)
                .extracting(result -> result.get("task").textValue())
                .containsExactly("arc-challenge", "piqa");
        assertThat(run.json().get("sidecar").isNull()).isTrue();
        assertThat(run.json().get("scales").isNull()).isTrue();
        assertThat(run.json().get("seed").isNumber()).isTrue();
        // One document and nothing else on standard output.
        assertThat(run.out().strip()).startsWith("{").endsWith("}");
        assertThat(run.json().get("averageAcc").doubleValue()).isCloseTo(sum / 2, within(1e-12));
    }

    private static JsonNode best(List<JsonNode> choices, boolean perByte) {
        JsonNode best = choices.get(0);
        for (JsonNode choice : choices) {
            if (score(choice, perByte) > score(best, perByte)) {
                best = choice;
            }
        }
        return best;
    }

    private static double score(JsonNode choice, boolean perByte) {
        return choice.get("logLikelihood").doubleValue()
                / (perByte ? choice.get("bytes").intValue() : 1);
    }

    @Test
    void aSingleQuestionHasNoStandardError() {
        CommandRun run = CommandRun.of("tasks", "--model", MODEL, "arc-easy=" + arc, "--limit", "1");
        assertThat(run.code()).as(run.err()).isZero();
        List<String> lines = run.out().lines().toList();
        assertThat(lines.get(lines.size() - 1)).matches("arc-easy +1 +[01]\\.0000 +- +[01]\\.0000 +-");
    }

    @Test
    void badInputIsOneLine() {
        assertRefused("--model", MODEL, "trivia=" + arc, "task 'trivia' is unknown");
        assertRefused("--model", MODEL, "piqa=" + arc.resolveSibling("none"), "none: no such file");
        assertRefused("--model", MODEL, "hellaswag=" + piqa, "line 1 is no question of hellaswag");
        assertRefused("--model", MODEL, "arc-easy=" + arc, "--shots", "4", "between 0 and 3");
        assertRefused("--model", MODEL, "arc-easy=" + arc, "--limit", "0", "--limit 0");
        assertRefused("--model", MODEL, "arc-easy=" + arc, "--length", "3", "leaves no context within 3 tokens");
        assertRefused("--model", MODEL, "arc-easy=" + arc, "--labels", "piqa=" + arc, "piqa is not asked for");
        assertRefused(
                "--model", CommandRun.GOLDEN.resolve("checkpoints/tiny-llama"), "arc-easy=" + arc, "tokenizer.json");
        assertRefused("--model", MODEL, "Missing required parameter");
    }

    /** The last word is looked for in the message. */
    private static void assertRefused(Object... arguments) {
        List<Object> all = new ArrayList<>(List.of("tasks"));
        all.addAll(Arrays.asList(arguments).subList(0, arguments.length - 1));
        CommandRun run = CommandRun.of(all.toArray());
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines().toList()).as(run.err()).hasSize(1);
        assertThat(run.err()).contains((String) arguments[arguments.length - 1]);
    }

    /** Third-party questions; {@code QROAR_SHARED} names the folder that has them. */
    @Test
    void publishedFilesOfEveryTaskAreRead() {
        String shared = System.getenv("QROAR_SHARED");
        if (shared == null) {
            System.out.println("published task files: not run, QROAR_SHARED is not set");
            return;
        }
        List<Object> arguments = new ArrayList<>(List.of("tasks", "--json", "--limit", "3", "--shots", "1", "--model"));
        arguments.add(Path.of(shared, "models/stories260K"));
        for (String task : List.of("arc_easy", "arc_challenge", "hellaswag", "piqa", "winogrande", "boolq")) {
            arguments.add(task.replace('_', '-') + "=" + Path.of(shared, "data/zeroshot", task + ".jsonl"));
        }
        CommandRun run = CommandRun.of(arguments.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.json().get("results")).hasSize(6);
        System.out.println("published task files: 6 run");
    }
}
