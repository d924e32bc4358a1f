package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints from public reports: read as transformers reads them, or refused in one line that is right. */
class CheckpointCasesTest {
    /** Of the same small model in every folder, by transformers 4.57 and 5. */
    private static final double MEAN_NLL = 7.15800;

    private static final double DIGITS = 1e-4;

    @TempDir
    Path scratch;

    private KnownCase known(String name) {
        return KnownCase.of(name, scratch);
    }

    private static JsonNode done(CommandRun run) {
        assertThat(run.code()).as(run.err()).isZero();
        return run.json();
    }

    private static List<String> notes(CommandRun run) {
        List<String> lines = run.err().lines().toList();
        assertThat(lines).allMatch(line -> line.startsWith("qroar: note: ")).doesNotHaveDuplicates();
        return lines;
    }

    private static void refused(CommandRun run, String... words) {
        assertThat(run.code()).as(run.err()).isEqualTo(2);
        assertThat(run.out()).isEmpty();
        assertThat(run.err().lines().toList()).hasSize(1);
        assertThat(run.err()).startsWith("qroar: ").contains(words);
    }

    // ---- rotary keys

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "rope-parameters-nested | yarn:factor=4,original=32768 | 1000000 | 1.138629436111989 | 1",
                "rope-scaling-nested | yarn:factor=4,original=32768 | 1000000 | 1.138629436111989 | 1",
                "rope-scaling-empty | llama3:factor=8,original=8192 | 500000 | 1 | 0",
            })
    void rotaryKeysAreFoundWhereverTheyStand(String name, String rope, double theta, double scaling, int notes) {
        CommandRun run = known(name).run("rope", "--model", ".", "--json");
        JsonNode result = done(run);
        assertThat(result.get("rope").textValue()).isEqualTo(rope);
        assertThat(result.get("theta").doubleValue()).isEqualTo(theta);
        assertThat(result.get("attentionScaling").doubleValue()).isCloseTo(scaling, within(1e-12));
        // Their max_position_embeddings is not what the factor makes of the original window; transformers says so too.
        assertThat(notes(run)).hasSize(notes).allMatch(note -> note.contains(".factor' is 4.0, but"));
    }

    @Test
    void layerTypesWithDifferentRotaryKeysAreRefused() {
        refused(
                known("rope-parameters-nested-two-types").run("rope", "--model", ".", "--json"),
                "config.json: key 'rope_parameters.sliding_attention'",
                "per layer type");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "yarn-original-at-top | yarn:factor=16,original=4096 | 1.2772588722239782"
                        + " | 'original_max_position_embeddings' is 4096 and is used",
                "yarn-attn_factor | yarn:factor=4,original=32768 | 1.138629436111989"
                        + " | key 'rope_scaling.attn_factor' is not read for yarn, nor by transformers; did you mean 'attention_factor'?",
                "yarn-factor-mismatch | yarn:factor=2,original=32768 | 1.0693147180559945"
                        + " | key 'rope_scaling.factor' is 2.0, but max_position_embeddings / original_max_position_embeddings"
                        + " = 131072 / 32768 = 4.0; 2.0 is used",
            })
    void rotaryKeysThatSaySomethingElseThanTheyMayLookAreNoted(String name, String rope, double scaling, String note) {
        CommandRun run = known(name).run("rope", "--model", ".", "--json");
        JsonNode result = done(run);
        assertThat(result.get("rope").textValue()).isEqualTo(rope);
        assertThat(result.get("attentionScaling").doubleValue()).isCloseTo(scaling, within(1e-12));
        assertThat(notes(run))
                .singleElement()
                .asString()
                .contains("config.json: ")
                .contains(note);
    }

    // ---- what transformers reads, with or without a word

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "eos-beyond-vocabulary | key 'eos_token_id' is 256; must be a whole number from 0 to 255",
                "eos-minus-one | key 'eos_token_id' is -1;",
                "bos-beyond-vocabulary | key 'bos_token_id' is 151643;",
                "bias-false-but-stored | bias 'model.layers.0.self_attn.q_proj.bias' and 2 more are stored",
                "mlp-bias-false-but-stored | bias 'model.layers.0.mlp.gate_proj.bias'",
                "prefix-orig-mod | names of tensors have the prefix '_orig_mod.'",
            })
    void whatIsLeftOutOrReadOtherwiseIsNoted(String name, String note) {
        CommandRun run = known(name).run("eval", "--model", ".", "--tokens", "ids.json", "--json");
        assertThat(meanNll(done(run))).isCloseTo(MEAN_NLL, within(DIGITS));
        assertThat(notes(run)).singleElement().asString().contains(note);
    }

    @ParameterizedTest
    @ValueSource(strings = {"index-names-absent-unused-tensor", "shard-name-with-parentheses", "unaligned-header"})
    void whatIsReadAsItStandsIsNotWorthAWord(String name) {
        CommandRun run = known(name).run("eval", "--model", ".", "--tokens", "ids.json", "--json");
        assertThat(meanNll(done(run))).isCloseTo(MEAN_NLL, within(DIGITS));
        assertThat(notes(run)).isEmpty();
    }

    private static double meanNll(JsonNode result) {
        return result.get("results").get(0).get("meanNll").doubleValue();
    }

    @Test
    void beginningOfSequenceIsRefusedOnlyWhereItIsNeeded() {
        KnownCase bos = known("bos-beyond-vocabulary");
        CommandRun yarn = bos.run(
                "eval", "--model", ".", "--tokens", "ids.json", "--protocol", "yarn", "--length", "64", "--json");
        assertThat(yarn.code()).isEqualTo(2);
        assertThat(yarn.err().lines().skip(1).toList())
                .singleElement()
                .asString()
                .contains("key 'bos_token_id' is 151643; must be a whole number from 0 to 255", "--start-token");
        done(bos.run(
                "eval",
                "--model",
                ".",
                "--tokens",
                "ids.json",
                "--protocol",
                "yarn",
                "--length",
                "64",
                "--start-token",
                "none",
                "--json"));
    }

    // ---- tokenizers

    @Test
    void bosTokenThatNobodyNeedsMayBeNone() {
        CommandRun run = known("bos-token-not-needed").run("eval", "--model", ".", "--docs", "a.txt", "--json");
        assertThat(done(run).get("results").get(0).get("tokens").intValue()).isEqualTo(275);
        assertThat(notes(run)).isEmpty();
    }

    @Test
    void postProcessorThatAddsBosAgainstTheSettingIsNoted() {
        CommandRun run = known("add-bos-false-with-template").run("eval", "--model", ".", "--docs", "a.txt", "--json");
        assertThat(done(run).get("results").get(0).get("tokens").intValue()).isEqualTo(277 - 1);
        assertThat(notes(run))
                .singleElement()
                .asString()
                .contains("tokenizer_config.json: key 'add_bos_token' is false", "puts BOS in front");
    }

    // ---- files that are something else

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "lfs-pointer-weights | --tokens | ids.json"
                        + " | model.safetensors: a Git LFS pointer, not the file; fetch it with git lfs pull",
                "lfs-pointer-tokenizer | --docs | a.txt"
                        + " | tokenizer.json: a Git LFS pointer, not the file; fetch it with git lfs pull",
                "html-instead-of-weights | --tokens | ids.json"
                        + " | model.safetensors: does not begin as a safetensors file does; it begins with '<!DOCTYP', an HTML page",
                "shards-without-index | --tokens | ids.json"
                        + " | model-00001-of-00002.safetensors is here, but model.safetensors.index.json is missing",
            })
    void leftoversOfDownloadsAreToldAsWhatTheyAre(String name, String option, String file, String problem) {
        refused(known(name).run("eval", "--model", ".", option, file, "--json"), problem);
    }

    @Test
    void linkToNowhereIsToldWithItsTarget() throws IOException {
        KnownCase cache = known("hub-cache-dangling-link");
        Path snapshot = Files.createDirectories(cache.file("models--org--tiny/snapshots/abc123"));
        Files.createSymbolicLink(snapshot.resolve("config.json"), Path.of("../../blobs/cfg"));
        CommandRun noWeights =
                cache.run("eval", "--model", "models--org--tiny/snapshots/abc123", "--tokens", "ids.json");
        refused(noWeights, "has neither model.safetensors nor model.safetensors.index.json");
        Files.createSymbolicLink(snapshot.resolve("model.safetensors"), Path.of("../../blobs/4d7a214614ab"));
        refused(
                cache.run("eval", "--model", "models--org--tiny/snapshots/abc123", "--tokens", "ids.json"),
                "model.safetensors: a link to ../../blobs/4d7a214614ab, which is not there (unfinished download?)");
    }

    // ---- weights that are no numbers

    @ParameterizedTest
    @ValueSource(strings = {"none", "rtn:bits=4,group=16"})
    void nanWeightsAreNamedBesideTheirResult(String quantizer) {
        CommandRun run = known("nan-weights-eval")
                .run("eval", "--model", ".", "--tokens", "ids.json", "--quantize", quantizer, "--json");
        JsonNode row = done(run).get("results").get(0);
        assertThat(row.get("perplexity").isNull()).as("%s", row).isTrue();
        assertThat(row.get("meanNll").isNull()).as("%s", row).isTrue();
        assertThat(run.out()).doesNotContain("NaN", "Infinity");
        assertThat(notes(run))
                .singleElement()
                .asString()
                .contains("tensor 'model.layers.0.", "NaN or infinite; what depends on them is NaN");
    }

    /** Weights that float16 holds and activations that it does not. */
    @Test
    void lossesThatArePastFloat16AreToldWithWhatHelps() throws IOException {
        Path model = Files.createDirectory(scratch.resolve("loud"));
        Path golden = CommandRun.GOLDEN.resolve("checkpoints/tiny-llama");
        Files.copy(golden.resolve("config.json"), model.resolve("config.json"));
        byte[] bytes = Files.readAllBytes(golden.resolve("model.safetensors"));
        ByteBuffer weights = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int header = 8 + (int) weights.getLong(0);
        JsonNode tensors = CommandRun.parse(new String(bytes, 8, header - 8, StandardCharsets.UTF_8));
        JsonNode rows = tensors.at("/model.layers.0.self_attn.o_proj.weight/data_offsets");
        for (int at = rows.get(0).intValue(); at < rows.get(1).intValue(); at += Float.BYTES) {
            weights.putFloat(header + at, 65_000f);
        }
        Files.write(model.resolve("model.safetensors"), bytes);
        Path ids = Files.writeString(scratch.resolve("few.json"), "[1,2,3,4,5,6,7,8,9,10]");
        CommandRun half = CommandRun.of("eval", "--model", model, "--tokens", ids, "--precision", "float16", "--json");
        assertThat(done(half).at("/results/0/perplexity").isNull()).isTrue();
        assertThat(half.err())
                .contains("9 of 9 losses are no numbers: activations went beyond what float16 can hold")
                .contains("65504", "give --precision bfloat16 or float32");
        CommandRun full = CommandRun.of("eval", "--model", model, "--tokens", ids, "--json");
        assertThat(done(full).at("/results/0/perplexity").isNumber()).isTrue();
        assertThat(notes(full)).isEmpty();
    }

    @Test
    void nothingIsCalibratedOnNanWeightsAndNothingKept() throws IOException {
        KnownCase broken = known("nan-weights-gptq");
        Path runs = scratch.resolve("runs");
        CommandRun run = broken.run(
                "eval",
                "--model",
                ".",
                "--tokens",
                "ids.json",
                "--quantize",
                "gptq:bits=4,group=32",
                "--calibration-tokens",
                "cal.json",
                "--calibration-sequences",
                "2",
                "--calibration-length",
                "512",
                "--runs",
                runs.toString(),
                "--json");
        refused(run, "tensor 'model.layers.0.mlp.down_proj.weight' has 2048 weights that are NaN or infinite");
        Path models = runs.resolve("cache/models");
        if (Files.exists(models)) {
            try (var kept = Files.list(models)) {
                assertThat(kept.filter(entry -> entry.getFileName().toString().matches("\\.?[0-9a-f]{64}.*")))
                        .isEmpty();
            }
        }
    }
}
