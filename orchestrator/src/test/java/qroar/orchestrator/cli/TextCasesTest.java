package qroar.orchestrator.cli;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts as people have them: JSON lines, archives, other encodings, and documents shorter than the window. */
class TextCasesTest {
    @TempDir
    Path scratch;

    @Test
    void jsonLinesGivenAsTextAreRefused() throws IOException {
        KnownCase known = KnownCase.of("jsonl-as-text", scratch);
        CommandRun run = known.run("eval", "--model", ".", "--docs", "docs.jsonl", "--json");
        assertRefused(run, "docs.jsonl: looks like JSON lines", "packed: docs.jsonl", "--docs");
        byte[] lines = Files.readAllBytes(known.file("docs.jsonl"));
        for (String name : List.of("docs.txt", "docs.json", "docs")) {
            Files.write(known.file(name), lines);
            assertRefused(known.run("eval", "--model", ".", "--docs", name), name + ": looks like JSON lines");
        }
        assertRefused(
                known.run("diagnose", "--model", ".", "--docs", "docs.txt", "--rope", "linear:factor=2"),
                "docs.txt: looks like JSON lines");
        assertRefused(
                known.run(
                        "quantize",
                        "--model",
                        ".",
                        "--quantize",
                        "awq:bits=4,group=16",
                        "--calibration",
                        "docs.txt",
                        "--out",
                        scratch.resolve("out").toString()),
                "docs.txt: looks like JSON lines");
    }

    @Test
    void otherFormsOfJsonAreRefusedAndOtherTextsAreNot() throws IOException {
        KnownCase known = KnownCase.of("jsonl-as-text", scratch);
        Map<String, String> json = new LinkedHashMap<>();
        json.put(
                "[1, 2, 3, 4, 5, 6, 7, 8]",
                "looks like JSON, whose keys, quotes and escapes would be scored as text; its token ids are read with --tokens");
        json.put("{\"tokens\": [1, 2, 3]}\n", "its token ids are read with --tokens");
        json.put("\ufeff[\n  {\"text\": \"a\"},\n  {\"text\": \"b\"}\n]\n", "looks like JSON,");
        json.put("{\n \"a\": 1,\n \"b\": NaN\n}\n{\n \"a\": 2}", "looks like JSON lines");
        json.put("{\"text\": \"cut off in the mid", "looks like JSON,");
        json.put("{\"text\":\"a\"}\n{\"text\":\"b\"}\n{\"text\":broken}\n", "looks like JSON lines");
        json.put("[\"a\", \"b\"]\n[\"c\", \"d\"]\n", "looks like JSON lines");
        for (Map.Entry<String, String> each : json.entrySet()) {
            Files.writeString(known.file("t.txt"), each.getKey());
            assertRefused(known.run("eval", "--model", ".", "--docs", "t.txt"), "t.txt: ", each.getValue());
        }
        for (String text : List.of(
                "[1] A footnote, and then a text that goes on for a while.",
                "{} is an empty object, and this is a text about it.",
                "{\"a\": 1} is an object, and this is a text about it.",
                "\"Quoted\", he said, and went on.",
                "[Verse 1]\nOh well.\n",
                "# Title\n\n```json\n{\"a\": 1}\n```\n")) {
            Files.writeString(known.file("t.txt"), text);
            CommandRun run = known.run("eval", "--model", ".", "--docs", "t.txt", "--json");
            assertThat(run.code()).as(text + run.err()).isZero();
        }
    }

    @Test
    void whatIsPlainlyNoTextIsNamed() throws IOException {
        KnownCase known = KnownCase.of("jsonl-as-text", scratch);
        Map<String, byte[]> files = new LinkedHashMap<>();
        files.put("is gzip and cannot be unpacked: it ends too early", new byte[] {0x1f, (byte) 0x8b, 8, 0, 0, 0});
        files.put("but a zip archive", "PK\3\4\24\0\0\0".getBytes(UTF_8));
        files.put("but parquet", "PAR1\25\4\25".getBytes(UTF_8));
        files.put("but a PDF", "%PDF-1.4\nxyz\n".getBytes(UTF_8));
        files.put("but UTF-16; convert it first (iconv", "\ufeffHello there".getBytes(UTF_16LE));
        files.put("but UTF-16LE; convert it first (iconv", "Hello there, you".getBytes(UTF_16LE));
        files.put("but a git-lfs pointer", "version https://git-lfs.github.com/spec/v1\noid".getBytes(UTF_8));
        files.put("is no text: a zero byte in line 2", "first\nsec\0nd\n".getBytes(UTF_8));
        files.put("is not valid UTF-8 at byte 9 (line 2)", "first\nsec\u00ff\n".getBytes(ISO_8859_1));
        for (Map.Entry<String, byte[]> each : files.entrySet()) {
            Files.write(known.file("t.txt"), each.getValue());
            assertRefused(
                    known.run("eval", "--model", ".", "--docs", "t.txt"),
                    "t.txt: " + (each.getKey().startsWith("but") ? "is no UTF-8 text " : "") + each.getKey());
        }
        assertRefused(known.run("eval", "--model", ".", "--docs", "."), "is a directory, not a file");
    }

    @Test
    void aByteOrderMarkChangesNoNumber() throws IOException {
        KnownCase known = KnownCase.of("lm-eval-one-of-two-short", scratch);
        String text = Files.readString(known.file("long.txt"));
        Files.writeString(known.file("marked.txt"), "\ufeff" + text);
        double plain = perplexity(known.run("eval", "--model", ".", "--docs", "long.txt", "--json"));
        assertThat(perplexity(known.run("eval", "--model", ".", "--docs", "marked.txt", "--json")))
                .isEqualTo(plain);
    }

    @Test
    void valuesThatPythonWritesBesideAStoryAreRead() throws IOException {
        KnownCase known = KnownCase.of("jsonl-nan-beside-text", scratch);
        CommandRun run =
                known.run("run", "x.yaml", "--runs", scratch.resolve("runs").toString(), "--no-progress");
        assertThat(run.code()).as(run.err()).isZero();
    }

    @Test
    void aFolderGivenAsDocumentsIsNamed() {
        KnownCase known = KnownCase.of("documents-name-a-folder", scratch);
        CommandRun run =
                known.run("run", "x.yaml", "--runs", scratch.resolve("runs").toString());
        assertRefused(run, "x.yaml:4:", "'docs', which is a folder; name its files: 'docs/*.txt'");
    }

    @Test
    void aDocumentShorterThanTheWindowIsOneWindow() {
        KnownCase known = KnownCase.of("lm-eval-short-document", scratch);
        CommandRun run = known.run(
                "eval", "--model", ".", "--tokens", "ids.json", "--protocol", "lm-eval", "--length", "64", "--json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode row = run.json().get("results").get(0);
        // 40 ids, the first of which is the prefix token itself.
        assertThat(row.get("tokens").asInt()).isEqualTo(39);
        // With 40 tokens a window of 40 holds the document too: the same figure, whatever is asked for beyond it.
        JsonNode exact = known.run(
                        "eval",
                        "--model",
                        ".",
                        "--tokens",
                        "ids.json",
                        "--protocol",
                        "lm-eval",
                        "--length",
                        "40",
                        "--json")
                .json()
                .get("results")
                .get(0);
        assertThat(row.get("perplexity").asDouble())
                .isEqualTo(exact.get("perplexity").asDouble());
        for (String protocol : List.of("hf", "sliding", "yarn")) {
            CommandRun other = known.run(
                    "eval",
                    "--model",
                    ".",
                    "--tokens",
                    "ids.json",
                    "--protocol",
                    protocol,
                    "--length",
                    "64",
                    "--stride",
                    "64",
                    "--json");
            assertThat(other.code()).as(other.err()).isZero();
            assertThat(other.json().get("results").get(0).get("tokens").asInt()).isEqualTo(39);
        }
    }

    @Test
    void shortDocumentsCountBesideLongOnes() throws IOException {
        KnownCase known = KnownCase.of("lm-eval-one-of-two-short", scratch);
        Path losses = scratch.resolve("losses.json");
        CommandRun both = known.run(
                "eval",
                "--model",
                ".",
                "--docs",
                "long.txt",
                "--docs",
                "short.txt",
                "--protocol",
                "lm-eval",
                "--length",
                "64",
                "--json",
                "--per-token",
                losses.toString());
        assertThat(both.code()).as(both.err()).isZero();
        double sum = 0;
        long tokens = 0;
        for (String name : List.of("long.txt", "short.txt")) {
            JsonNode row = known.run(
                            "eval", "--model", ".", "--docs", name, "--protocol", "lm-eval", "--length", "64", "--json")
                    .json()
                    .get("results")
                    .get(0);
            sum += row.get("meanNll").asDouble() * row.get("tokens").asLong();
            tokens += row.get("tokens").asLong();
        }
        JsonNode pooled = both.json().get("results").get(0);
        assertThat(pooled.get("tokens").asLong()).isEqualTo(tokens);
        assertThat(pooled.get("meanNll").asDouble() * tokens).isCloseTo(sum, offset(1e-9 * sum));
        assertThat(CommandRun.doubles(CommandRun.json(losses).get("nll"))).hasSize((int) tokens);
    }

    private static double perplexity(CommandRun run) {
        assertThat(run.code()).as(run.err()).isZero();
        return run.json().get("results").get(0).get("perplexity").asDouble();
    }

    private static void assertRefused(CommandRun run, String... words) {
        assertThat(run.code()).as(run.err() + run.out()).isEqualTo(2);
        assertThat(run.err().lines().toList()).as(run.err()).hasSize(1);
        assertThat(run.err()).startsWith("qroar: ").contains(words);
    }
}
