package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files that once ended with an abort, a trace, a hang or raw control characters end in one line. */
class HostileCasesTest {
    private static final Path TINY_LLAMA = CommandRun.GOLDEN.resolve("checkpoints/tiny-llama");
    private static final Path TOKENS = CommandRun.GOLDEN.resolve("tokens/tokens_short.json");

    @TempDir
    Path scratch;

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tokenizer-1-105-died-6-",
                "tokenizer-1-165-died-6-",
                "tokenizer-1-179-died-6-",
                "tokenizer-1-33-trace-rc2-",
                "tokenizer-2-185-died-6-",
                "tokenizer-2-250-died-6-"
            })
    void tokenizersThatTheLibraryDoesNotSurvive(String name) throws IOException {
        KnownCase known = KnownCase.of("hostile/" + name, scratch);
        KnownCase model = KnownCase.of("jsonl-as-text", scratch);
        Files.copy(known.file("tokenizer.json"), model.file("tokenizer.json"), StandardCopyOption.REPLACE_EXISTING);
        Files.writeString(model.file("text.txt"), "Once upon a time there was a text, long enough for two windows.");
        for (int again = 0; again < 2; again++) {
            assertRefused(
                    model.run("eval", "--model", ".", "--docs", "text.txt", "--length", "8,16"), "tokenizer.json: ");
        }
    }

    @Test
    void controlCharactersOfAConfigAreWrittenOut() throws IOException {
        KnownCase known = KnownCase.of("hostile/config-1-6-rc2-raw-control-chars", scratch);
        Files.copy(
                CommandRun.GOLDEN.resolve("checkpoints/tiny-qwen3/model.safetensors"), known.file("model.safetensors"));
        CommandRun run = known.run("eval", "--model", ".", "--tokens", TOKENS.toString(), "--length", "32,64");
        assertRefused(run, "config.json: key 'hidden_act' is \"\\u202e\\u2066\"", "supported: silu");
    }

    @ParameterizedTest
    @ValueSource(strings = {"result-1-29-trace-rc1-", "result-1-96-trace-rc1-"})
    void resultsThatCannotBe(String name) throws IOException {
        KnownCase known = KnownCase.of("hostile/" + name, scratch);
        Path run = Files.createDirectories(scratch.resolve("runs/small-dcbba50872de"));
        Files.copy(known.file("result.json"), run.resolve("result.json"));
        Files.writeString(run.resolve("run.json"), """
                {"format":1,"name":"small","fingerprint":"dcbba50872de","fields":{},"created":"2026-01-01T00:00:00Z"}""");
        CommandRun report = CommandRun.of("report", run, "--out", scratch.resolve("page.html"));
        assertRefused(
                report, "result.json: ", name.contains("29") ? "lengthTokens' is -2147483648" : "candidates[7].state");
    }

    @Test
    void longListsOfScalesAreRefused() {
        for (int count : new int[] {10_001, 60_000, 2_000_000}) {
            String list = "1" + ",1".repeat(count - 1);
            CommandRun run = CommandRun.of("eval", "--model", TINY_LLAMA, "--tokens", TOKENS, "--scales", list);
            assertRefused(run, "--bands " + count + " must lie between 1 and the 8 RoPE pairs");
        }
    }

    @Test
    void aTaskOfAHundredThousandBracketsIsReadAtOnce() throws IOException {
        KnownCase known = KnownCase.of("hostile/task-1-2-hang", scratch);
        KnownCase model = KnownCase.of("jsonl-as-text", scratch);
        CommandRun run = model.run(
                "tasks", "hellaswag=" + known.file("task.jsonl"), "--model", ".", "--length", "64", "--shots", "1");
        assertThat(run.code()).as(run.err()).isIn(0, 2);
        assertThat(run.err().lines().count()).as(run.err()).isLessThanOrEqualTo(1);
        assertRefused(
                model.run("tasks", "hellaswag=" + known.file("task.jsonl"), "--model", ".", "--shots", "1"),
                "question ",
                "at most 65536 are read unless --length cuts it");
    }

    @Test
    void aLongSpecIsCut() throws IOException {
        KnownCase known = KnownCase.of("hostile/yaml-1-206-rc2-long-line", scratch);
        Path file = known.file("exp.yaml");
        Path tokens = Files.copy(TOKENS, scratch.resolve("t2.json"));
        String yaml = Files.readString(file)
                .replace("fuzz/yaml/tiny-llama", TINY_LLAMA.toAbsolutePath().toString())
                .replace("fuzz/yaml/short.json", TOKENS.toAbsolutePath().toString())
                .replace("fuzz/yaml/t2.json", tokens.toString());
        Files.writeString(file, yaml);
        CommandRun run =
                known.run("run", "exp.yaml", "--runs", scratch.resolve("runs").toString(), "--no-progress");
        assertRefused(run, "exp.yaml:15:13: key 'quantizer[0]' is no valid spec", "known: bits");
    }

    @Test
    void whatIsNoFileIsRefusedAtOnceWhereverAFileIsRead() throws IOException, InterruptedException {
        Path pipe = scratch.resolve("pipe");
        List<Path> others = new java.util.ArrayList<>(List.of(scratch));
        if (Files.exists(Path.of("/dev/zero"))) {
            assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                    .isZero();
            others.add(Path.of("/dev/zero"));
            others.add(pipe);
        }
        KnownCase model = KnownCase.of("jsonl-as-text", scratch);
        Path text = Files.writeString(model.file("text.txt"), "Once upon a time there was a text.");
        for (Path other : others) {
            assertRefused(model.run("eval", "--model", ".", "--docs", other.toString()), "not a file");
            assertRefused(model.run("eval", "--model", ".", "--tokens", other.toString()), "not a file");
            assertRefused(
                    model.run("eval", "--model", ".", "--docs", text.toString(), "--scales", other.toString()),
                    "not a file");
            assertRefused(model.run("tasks", "piqa=" + other, "--model", "."), "not a file");
            assertRefused(
                    model.run(
                            "run",
                            other.toString(),
                            "--runs",
                            scratch.resolve("runs").toString()),
                    "file");
            assertRefused(
                    model.run(
                            "eval",
                            "--model",
                            ".",
                            "--docs",
                            text.toString(),
                            "--quantize",
                            "awq:bits=4,group=16",
                            "--calibration",
                            other.toString()),
                    "not a file");
            for (String name : List.of("tokenizer.json", "tokenizer_config.json", "config.json", "model.safetensors")) {
                KnownCase broken = KnownCase.of("jsonl-as-text", Files.createTempDirectory(scratch, "broken"));
                Files.delete(broken.file(name));
                Files.createSymbolicLink(broken.file(name), other);
                assertRefused(broken.run("eval", "--model", ".", "--docs", text.toString()), name, "not a file");
            }
        }
    }

    @Test
    void hugeFilesAreRefusedUnread() throws IOException {
        KnownCase model = KnownCase.of("jsonl-as-text", scratch);
        Path huge = scratch.resolve("huge");
        try (java.io.RandomAccessFile sparse = new java.io.RandomAccessFile(huge.toFile(), "rw")) {
            sparse.setLength(1L << 40);
        }
        Path text = Files.writeString(model.file("text.txt"), "Once upon a time there was a text.");
        assertRefused(
                model.run("eval", "--model", ".", "--docs", huge.toString()), "huge: 1099511627776 bytes; at most");
        assertRefused(model.run("eval", "--model", ".", "--tokens", huge.toString()), "huge: 1099511627776 bytes");
        assertRefused(
                model.run("eval", "--model", ".", "--docs", text.toString(), "--scales", huge.toString()), "huge: ");
        assertRefused(model.run("tasks", "piqa=" + huge, "--model", "."), "huge: 1099511627776 bytes");
        for (String name : List.of("tokenizer.json", "tokenizer_config.json", "config.json")) {
            KnownCase broken = KnownCase.of("jsonl-as-text", Files.createTempDirectory(scratch, "broken"));
            Files.delete(broken.file(name));
            Files.createSymbolicLink(broken.file(name), huge);
            assertRefused(broken.run("eval", "--model", ".", "--docs", text.toString()), name + ": ");
        }
    }

    private static void assertRefused(CommandRun run, String... words) {
        assertThat(run.code()).as(run.err() + run.out()).isEqualTo(2);
        assertThat(run.err().lines().toList()).as(run.err()).hasSize(1);
        assertThat(run.err())
                .startsWith("qroar: ")
                .contains(words)
                .hasSizeLessThan(700)
                .doesNotContainPattern("[\\p{Cc}\\p{Cf}&&[^\\n]]");
    }
}
