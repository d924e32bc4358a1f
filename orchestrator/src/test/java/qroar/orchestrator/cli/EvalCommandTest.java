package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.trial.Precision;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.evaluation.Protocol;
import qroar.workers.torch.TorchDevice;

class EvalCommandTest {
    private static final Path GOLDEN = CommandRun.GOLDEN;

    @TempDir
    Path scratch;

    @Tag("numeric")
    @Test
    void everyGoldenLossIsReproducedFromTheCommandLine() throws IOException {
        int vectors = 0;
        try (Stream<Path> files = Files.list(GOLDEN.resolve("nll"))) {
            for (Path file : files.sorted().toList()) {
                JsonNode golden = CommandRun.json(file);
                Path perToken = scratch.resolve("nll.json");
                List<Object> arguments = new ArrayList<>(List.of("eval", "--json", "--per-token", perToken));
                arguments.addAll(input(golden));
                CommandRun run = CommandRun.of(arguments.toArray());
                assertThat(run.code()).as(run.err()).isZero();
                assertThat(CommandRun.doubles(CommandRun.json(perToken).get("nll")))
                        .as("%s", file)
                        .usingComparatorWithPrecision(1e-3)
                        .containsExactly(CommandRun.doubles(golden.get("nll")));
                JsonNode row = run.json().get("results").get(0);
                assertThat(row.get("meanNll").doubleValue())
                        .isCloseTo(golden.get("mean_nll").doubleValue(), within(1e-4));
                assertThat(row.get("perplexity").doubleValue())
                        .isCloseTo(
                                golden.get("ppl").doubleValue(),
                                within(2e-4 * golden.get("ppl").doubleValue()));
                assertThat(row.get("length").intValue())
                        .isEqualTo(golden.get("num_tokens").intValue());
                vectors++;
            }
        }
        assertThat(vectors).isPositive();
        System.out.printf("golden nll by qroar eval: %d vectors compared%n", vectors);
    }

    /** In every protocol that makes another kind of forward, for a checkpoint of 16 bits. */
    @Tag("numeric")
    @Test
    void ordersAndPlacementsChangeNoFigure() {
        Path model = GOLDEN.resolve("checkpoints/tiny-llama-bf16-sharded");
        Path tokens = GOLDEN.resolve("tokens/tokens_b.json");
        for (String protocol : List.of("nested", "sliding", "yarn")) {
            List<Object> common = List.of(
                    "eval", "--json", "--model", model, "--tokens", tokens, "--protocol", protocol, "--length", 200);
            JsonNode expected = CommandRun.of(common.toArray()).json().get("results");
            for (String order : List.of("document", "layer")) {
                for (String placement : List.of("stored", "mapped")) {
                    List<Object> arguments = new ArrayList<>(common);
                    arguments.addAll(List.of("--order", order, "--placement", placement));
                    CommandRun run = CommandRun.of(arguments.toArray());
                    assertThat(run.code()).as(run.err()).isZero();
                    assertThat(run.json().get("results"))
                            .as("%s %s %s", protocol, order, placement)
                            .isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void whatMemoryAllowsIsChosenAndSaidAndChangesNoFigure() {
        Path model = GOLDEN.resolve("checkpoints/tiny-llama-bf16-sharded");
        Path tokens = GOLDEN.resolve("tokens/tokens_b.json");
        List<Object> common = List.of("eval", "--json", "--model", model, "--tokens", tokens);
        CommandRun roomy = CommandRun.of(common.toArray());
        assertThat(roomy.err()).isEmpty();
        Set<String> chosen = new HashSet<>();
        for (int kib = 4096; kib > 256; kib -= 128) {
            List<Object> arguments = new ArrayList<>(common);
            arguments.addAll(List.of("--memory", kib + "K"));
            CommandRun run = CommandRun.of(arguments.toArray());
            if (run.code() == 4) {
                assertThat(run.err().lines().toList()).hasSize(1);
                assertThat(run.err()).contains("--placement mapped --order layer");
                break;
            }
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.json().get("results"))
                    .as("%d KiB", kib)
                    .isEqualTo(roomy.json().get("results"));
            assertThat(run.err().lines().count()).isLessThanOrEqualTo(1);
            chosen.add(run.err().replaceFirst("(?s).*\\(--placement (\\w+) --order (\\w+)\\).*", "$1 $2"));
        }
        assertThat(chosen).contains("widened layer", "mapped layer");
    }

    @Test
    void unknownOrderAndPlacementAreRefusedWithTheKnownOnes() {
        Path model = GOLDEN.resolve("checkpoints/tiny-llama");
        Path tokens = GOLDEN.resolve("tokens/tokens_b.json");
        CommandRun order = CommandRun.of("eval", "--model", model, "--tokens", tokens, "--order", "sideways");
        assertThat(order.code()).isEqualTo(2);
        assertThat(order.err()).contains("order 'sideways' is unknown; use document or layer");
        CommandRun placement = CommandRun.of("eval", "--model", model, "--tokens", tokens, "--placement", "disk");
        assertThat(placement.code()).isEqualTo(2);
        assertThat(placement.err()).contains("placement 'disk' is unknown; use widened, stored, mapped");
    }

    @Tag("numeric")
    @Test
    void precisionIsChosenNamedAndSaidWhereAProcessorDoesNotLikeIt() {
        List<Object> common = List.of(
                "eval",
                "--json",
                "--model",
                GOLDEN.resolve("checkpoints/tiny-llama"),
                "--tokens",
                GOLDEN.resolve("tokens/tokens_b.json"));
        CommandRun auto = CommandRun.of(common.toArray());
        assertThat(auto.json().get("precision").textValue()).isEqualTo("float32");
        double wide = auto.json().at("/results/0/meanNll").doubleValue();
        for (Precision precision : Precision.values()) {
            List<Object> arguments = new ArrayList<>(common);
            arguments.addAll(List.of("--precision", precision.word(), "--placement", "mapped", "--order", "layer"));
            CommandRun run = CommandRun.of(arguments.toArray());
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.json().get("precision").textValue()).isEqualTo(precision.word());
            double found = run.json().at("/results/0/meanNll").doubleValue();
            if (precision == Precision.FLOAT32) {
                assertThat(found).isEqualTo(wide);
            } else {
                assertThat(found).isNotEqualTo(wide).isCloseTo(wide, within(5 * precision.unitRoundoff()));
            }
            String slower = PrecisionChoice.note(precision, TorchDevice.CPU);
            List<String> notes =
                    run.err().lines().filter(line -> line.contains("precision")).toList();
            assertThat(notes).isEqualTo(slower == null ? List.of() : List.of("qroar: note: " + slower));
        }
        assertThat(PrecisionChoice.note(Precision.FLOAT16, TorchDevice.CPU)).contains("--precision float32");
        List<Object> unknown = new ArrayList<>(common);
        unknown.addAll(List.of("--precision", "half"));
        CommandRun refused = CommandRun.of(unknown.toArray());
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("precision 'half' is unknown; use auto, float32, float16, bfloat16");
    }

    private static List<Object> input(JsonNode golden) {
        List<Object> arguments = new ArrayList<>(List.of(
                "--model",
                GOLDEN.resolve("checkpoints").resolve(golden.get("checkpoint").textValue()),
                "--tokens",
                GOLDEN.resolve(golden.get("tokens_file").textValue())));
        String rope = rope(golden);
        if (rope != null) {
            arguments.addAll(List.of("--rope", rope));
        }
        return arguments;
    }

    /** The scaling of a golden file as a specification; null where it keeps the checkpoint's own. */
    private static @Nullable String rope(JsonNode golden) {
        if (!golden.path("ntk_alpha").isMissingNode()
                && !golden.get("ntk_alpha").isNull()) {
            return "ntk:alpha=" + golden.get("ntk_alpha");
        }
        JsonNode overrides = golden.get("config_overrides");
        if (!overrides.has("rope_scaling")) {
            return null;
        }
        JsonNode scaling = overrides.get("rope_scaling");
        if (scaling.isNull()) {
            return "none";
        }
        String type = scaling.get("rope_type").textValue();
        return switch (type) {
            case "yarn" ->
                "yarn:factor=" + scaling.get("factor") + ",original=" + scaling.get("original_max_position_embeddings");
            case "llama3" ->
                "llama3:factor=" + scaling.get("factor") + ",original="
                        + scaling.get("original_max_position_embeddings") + ",low-freq-factor="
                        + scaling.get("low_freq_factor") + ",high-freq-factor=" + scaling.get("high_freq_factor");
            case "longrope" ->
                "longrope:short=" + list(scaling.get("short_factor")) + ",long="
                        + list(scaling.get("long_factor")) + ",original="
                        + overrides.get("original_max_position_embeddings") + ",factor="
                        + overrides.get("max_position_embeddings").doubleValue()
                                / overrides
                                        .get("original_max_position_embeddings")
                                        .doubleValue();
            default -> type + ":factor=" + scaling.get("factor");
        };
    }

    private static String list(JsonNode numbers) {
        return StreamSupport.stream(numbers.spliterator(), false)
                .map(JsonNode::toString)
                .collect(Collectors.joining(";"));
    }

    @Tag("numeric")
    @Test
    void protocolsGiveTheGoldenPerplexities() {
        JsonNode golden = CommandRun.json(GOLDEN.resolve("ppl/tiny-llama__dynamic4__tokens_long.json"));
        JsonNode published = golden.get("hf_docs").get(0);
        double exact = published.get("ppl_exact_token_weighted").doubleValue();
        JsonNode hf = row(golden, published.get("stride"), "hf", published.get("max_length"));
        assertRelative(
                hf.get("perplexity"), published.get("ppl_docs_code_verbatim").doubleValue());
        assertRelative(hf.get("exactPerplexity"), exact);
        JsonNode sliding = row(golden, published.get("stride"), "sliding", published.get("max_length"));
        assertRelative(sliding.get("perplexity"), exact);
        for (JsonNode entry : golden.get("yarn_eval")) {
            JsonNode yarn = row(
                    golden,
                    entry.get("sliding_window"),
                    "yarn",
                    entry.get("max_length"),
                    "--start-token",
                    entry.get("add_start_token").booleanValue() ? "1" : "none");
            assertRelative(yarn.get("perplexity"), entry.get("mean_perplexity").doubleValue());
        }
        JsonNode plain = CommandRun.json(GOLDEN.resolve("ppl/tiny-llama__yarn4__tokens_long.json"));
        for (JsonNode entry : plain.get("lm_eval_rolling")) {
            JsonNode rolling = row(plain, null, "lm-eval", entry.get("max_length"));
            assertRelative(rolling.get("perplexity"), entry.get("token_ppl").doubleValue());
            assertThat(rolling.get("stride").isNull()).isTrue();
        }
    }

    private static JsonNode row(
            JsonNode golden, @Nullable JsonNode stride, String protocol, JsonNode length, String... more) {
        List<Object> arguments = new ArrayList<>(List.of("eval", "--json", "--protocol", protocol, "--length", length));
        arguments.addAll(input(golden));
        if (stride != null) {
            arguments.addAll(List.of("--stride", stride));
        }
        arguments.addAll(Arrays.asList(more));
        CommandRun run = CommandRun.of(arguments.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return run.json().get("results").get(0);
    }

    private static void assertRelative(JsonNode found, double expected) {
        assertThat(found.doubleValue()).isCloseTo(expected, within(2e-4 * expected));
    }

    @Tag("numeric")
    @Test
    void scalesComeFromASidecarOrAList() throws IOException {
        JsonNode golden = CommandRun.json(GOLDEN.resolve("bands/tiny-llama__yarn4__tokens_a.json"));
        List<String> bands = new ArrayList<>();
        for (int b = 0; b < golden.get("band_scales").size(); b++) {
            bands.add("{\"pairs\":" + golden.get("bands_pair_index_half_open").get(b) + ",\"scale\":"
                    + golden.get("band_scales").get(b) + "}");
        }
        int compared = 0;
        for (JsonNode result : golden.get("results")) {
            String mode = result.get("mode").textValue();
            List<Object> arguments = new ArrayList<>(List.of("eval", "--json"));
            arguments.addAll(input(golden));
            if (!mode.equals("identity")) {
                Path sidecar = scratch.resolve(mode + ".json");
                Files.writeString(
                        sidecar,
                        "{\"format\":\"qroar-scales/1\",\"mode\":\"" + mode + "\",\"bands\":[" + String.join(",", bands)
                                + "]}");
                arguments.addAll(List.of("--scales", sidecar));
            }
            boolean quantized = result.get("quantized").booleanValue();
            if (quantized) {
                arguments.addAll(List.of("--quantize", "rtn:bits=4,group=32"));
            }
            CommandRun run = CommandRun.of(arguments.toArray());
            assertThat(run.code()).as(run.err()).isZero();
            assertThat(run.json().get("results").get(0).get("meanNll").doubleValue())
                    .as("%s quantized=%s", mode, quantized)
                    .isCloseTo(result.get("mean_nll").doubleValue(), within(quantized ? 2e-3 : 1e-4));
            compared++;
        }
        assertThat(compared).isPositive();

        Path even = scratch.resolve("even.json");
        Files.writeString(
                even,
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":1.1},"
                        + "{\"pairs\":[4,8],\"scale\":0.9}]}");
        List<Object> common = new ArrayList<>(List.of("eval", "--json", "--length", "64,300"));
        common.addAll(input(golden));
        JsonNode byFile = with(common, "--scales", even.toString());
        JsonNode byList = with(common, "--scales", "1.1,0.9", "--bands", "2");
        assertThat(byFile.get("results")).isEqualTo(byList.get("results")).hasSize(2);
        assertThat(byFile.get("scales")).isEqualTo(byList.get("scales"));
    }

    @Test
    void scalesThatWereFoundForSomethingElseAreRefusedUnlessAskedFor() throws IOException {
        JsonNode golden = CommandRun.json(GOLDEN.resolve("bands/tiny-llama__yarn4__tokens_a.json"));
        List<Object> common = new ArrayList<>(List.of("eval", "--json", "--length", "64"));
        String rope = RopeScalingSpec.format(RopeScalingSpec.parse(String.valueOf(rope(golden))));
        common.addAll(input(golden));
        String digest = Checkpoint.open(Path.of(String.valueOf(common.get(common.indexOf("--model") + 1))))
                .digest();
        Path right = sidecar(scratch.resolve("right.json"), digest, rope, "none");
        JsonNode used = with(common, "--scales", right.toString());
        assertThat(used.get("sidecar").get("checkpoint").textValue()).isEqualTo(digest);
        assertThat(used.get("sidecar").get("heldOutGainNats").doubleValue()).isEqualTo(0.25);
        JsonNode gain = used.get("sidecar").get("heldOutGain");
        assertThat(gain.get("nats").doubleValue()).isEqualTo(0.25);
        assertThat(gain.get("lowNats").doubleValue()).isEqualTo(0.1);
        assertThat(gain.get("highNats").doubleValue()).isEqualTo(0.4);

        String another = "0".repeat(64);
        refused(common, sidecar(scratch.resolve("a.json"), another, rope, "none"), another, digest);
        refused(common, sidecar(scratch.resolve("b.json"), digest, "linear:factor=2", "none"), "linear", "yarn");
        refused(common, sidecar(scratch.resolve("c.json"), digest, rope, "rtn:bits=4"), "rtn", "none");
        JsonNode anyway = with(common, "--scales", scratch.resolve("a.json").toString(), "--scales-anyway");
        assertThat(anyway.get("results")).isEqualTo(used.get("results"));
    }

    private static Path sidecar(Path file, String checkpoint, String rope, String quantizer) throws IOException {
        return Files.writeString(
                file,
                "{\"format\":\"qroar-scales/2\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":1.1},"
                        + "{\"pairs\":[4,8],\"scale\":0.9}],\"checkpoint\":\"" + checkpoint + "\",\"rope\":\"" + rope
                        + "\",\"quantizer\":\"" + quantizer + "\",\"heldOutGain\":{\"nats\":0.25,\"lowNats\":0.1,"
                        + "\"highNats\":0.4,\"confidence\":0.95}}");
    }

    private static void refused(List<Object> common, Path sidecar, String found, String here) {
        List<Object> arguments = new ArrayList<>(common);
        arguments.addAll(List.of("--scales", sidecar));
        CommandRun run = CommandRun.of(arguments.toArray());
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains(sidecar.toString(), found, here, "--scales-anyway");
    }

    private static JsonNode with(List<Object> common, String... more) {
        List<Object> arguments = new ArrayList<>(common);
        arguments.addAll(Arrays.asList(more));
        CommandRun run = CommandRun.of(arguments.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        return run.json();
    }

    @Test
    void calibratedQuantizersTakeTheirTextsFromTheCommandLineAndCalibrateOnce() throws Exception {
        Path model = GOLDEN.resolve("checkpoints/tiny-llama-trained");
        Path tokens = GOLDEN.resolve("tokens/trained_eval_short.json");
        List<Object> common = List.of("eval", "--json", "--model", model, "--tokens", tokens, "--quantize");
        String[] awq = {
            "awq:bits=3,group=32,clip=false",
            "--calibration-tokens",
            GOLDEN.resolve("tokens/trained_calib.json").toString(),
            "--calibration-sequences",
            "4",
            "--calibration-length",
            "256",
            "--runs",
            scratch.resolve("runs").toString()
        };
        JsonNode first = with(common, awq);
        Object made = onlyCalibratedModel();
        JsonNode second = with(common, awq);
        assertThat(second).isEqualTo(first);
        assertThat(onlyCalibratedModel()).isEqualTo(made);
        assertThat(meanNll(first)).isLessThan(meanNll(with(common, "rtn:bits=3,group=32")));
    }

    private static double meanNll(JsonNode result) {
        return result.at("/results/0/meanNll").doubleValue();
    }

    /** Which files its weights are and when they were written: others after each calibration. */
    private Object onlyCalibratedModel() throws IOException {
        try (Stream<Path> kept = Files.walk(scratch.resolve("runs/cache/models"))) {
            List<Path> weights = kept.filter(file -> file.toString().endsWith(".safetensors"))
                    .sorted()
                    .toList();
            assertThat(weights).isNotEmpty();
            assertThat(weights.stream().map(Path::getParent).distinct()).hasSize(1);
            List<Object> written = new ArrayList<>();
            for (Path file : weights) {
                BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
                written.add(Arrays.asList(attributes.fileKey(), attributes.lastModifiedTime()));
            }
            return written;
        }
    }

    @Test
    void textIsForPeopleAndHelpExplainsEveryProtocol() {
        List<Object> arguments = new ArrayList<>(List.of("eval", "--protocol", "hf", "--length", "64"));
        arguments.addAll(List.of(
                "--model",
                GOLDEN.resolve("checkpoints/tiny-llama"),
                "--tokens",
                GOLDEN.resolve("tokens/tokens_short.json")));
        CommandRun run = CommandRun.of(arguments.toArray());
        assertThat(run.code()).as(run.err()).isZero();
        assertThat(run.out().lines().toList()).hasSize(3);
        assertThat(run.out()).startsWith("hf: ").contains("every token alike");
        CommandRun help = CommandRun.of("eval", "--help");
        String oneLine = help.out().replaceAll("\\s+", " ");
        assertThat(help.code()).isZero();
        for (Protocol protocol : Protocol.values()) {
            assertThat(oneLine).contains(protocol.word() + " ").contains(protocol.explanation());
        }
    }

    /** Without blanks, at which lines are broken. */
    @Test
    void helpListsEveryFormOfASpec() {
        for (String command : List.of("eval", "rope")) {
            String help = CommandRun.of(command, "--help").out().replaceAll("\\s+", "");
            for (SpecForm<?> form : RopeScalingSpec.FORMS.all()) {
                assertThat(help).as(command).contains(form.synopsis());
            }
        }
        for (String command : List.of("eval", "quantize")) {
            String help = CommandRun.of(command, "--help").out().replaceAll("\\s+", "");
            for (SpecForm<?> form : QuantizationText.FORMS.all()) {
                boolean changesWeights = form.type() != NoQuantization.class;
                assertThat(help).as(command).contains(changesWeights ? form.synopsis() : "");
            }
        }
    }
}
