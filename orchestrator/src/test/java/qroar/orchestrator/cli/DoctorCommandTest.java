package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.DoubleNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.workers.proof.GoldenVectors;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

class DoctorCommandTest {
    @TempDir
    private Path runs = Path.of("");

    @Tag("numeric")
    @Test
    void whatComputesIsTold() {
        CommandRun run = CommandRun.of("doctor", "--runs", runs, "--json");
        assertThat(run.code()).as(run.err()).isZero();
        JsonNode found = run.json();
        assertThat(found.get("usable").booleanValue()).isTrue();
        assertThat(found.get("engine").textValue())
                .isEqualTo(TorchRuntime.get().engine(TorchDevice.CPU))
                .contains(" kernels, ");
        System.out.printf(
                "instruction set: requested %s, the commands compute with %s%n",
                System.getenv().getOrDefault("ATEN_CPU_CAPABILITY", "the best"),
                found.get("engine").textValue());
    }

    @Test
    void theOperationsAreWrittenToAFile() throws IOException {
        Path file = runs.resolve("ops.pt");
        CommandRun run = CommandRun.of("doctor", "--dump-ops", file);
        assertThat(run.code()).as(run.err()).isZero();
        try (ZipFile archive = new ZipFile(file.toFile())) {
            String code = new String(
                    archive.getInputStream(archive.getEntry("m/code/__torch__.py"))
                            .readAllBytes(),
                    StandardCharsets.UTF_8);
            assertThat(code)
                    .contains("class Decoder(Module):", "class Quantize(Module):", "decoder : __torch__.Decoder");
        }
        // That it loads, and as what, is for PyTorch to say.
        try (Model model = Model.newInstance("ops", Device.cpu(), "PyTorch");
                InputStream archive = Files.newInputStream(file)) {
            model.load(archive);
        } catch (MalformedModelException e) {
            throw new AssertionError(e);
        }
        CommandRun refused = CommandRun.of("doctor", "--dump-ops", runs.resolve("missing/ops.pt"));
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err())
                .endsWith("ops.pt cannot be written: no such file or folder\n")
                .hasLineCount(1);
    }

    @Test
    void howACheckpointFitsIsSaidBeforeItIsLoaded() throws IOException {
        Path llama = Path.of("../experiments/samples/llama2-7b/config.json");
        JsonNode rows = CommandRun.of(
                        "doctor",
                        "--runs",
                        runs,
                        "--json",
                        "--model",
                        llama,
                        "--on",
                        "rtx4090,6G",
                        "--length",
                        "4096,65536")
                .json()
                .at("/model/rows");
        assertThat(rows.findValuesAsText("placement")).containsExactly("widened", "widened", "mapped", "mapped");
        assertThat(rows.findValuesAsText("order")).containsExactly("document", "layer", "layer", "layer");
        assertThat(rows.get(1).get("needBytes").asLong())
                .as("LLaMA-2-7B at 65,536 tokens within 24 GiB")
                .isBetween(13L << 30, 16L << 30);
        CommandRun none =
                CommandRun.of("doctor", "--runs", runs, "--model", llama, "--memory", "500M", "--length", "4096");
        assertThat(none.code()).isEqualTo(4);
        assertThat(none.out()).contains("llama2-7b/config.json: 6738415616 weights", "4096", ": DOES NOT FIT");
        assertThat(CommandRun.of("doctor", "--runs", runs, "--model", runs.resolve("none"))
                        .code())
                .isEqualTo(2);
        assertThat(CommandRun.of("doctor", "--runs", runs, "--model", llama, "--length", "1")
                        .err())
                .contains("--length [1] must be at least 2 each");
    }

    @Tag("numeric")
    @Test
    void aDeviceThatComputesSomethingElseIsUnusable() throws IOException {
        Path golden = Files.createDirectories(runs.resolve("golden"));
        for (String name : List.of("config.json", "model.safetensors", "expected.json")) {
            try (InputStream file = GoldenVectors.class.getResourceAsStream(name)) {
                Files.copy(Objects.requireNonNull(file), golden.resolve(name));
            }
        }
        CommandRun right =
                CommandRun.of("doctor", "--runs", runs, "--device", "cpu", "--golden", golden, "--no-speed", "--json");
        assertThat(right.code()).as(right.err()).isZero();
        JsonNode found = right.json().get("device");
        assertThat(found.get("weightsThatDoNotRest").textValue()).isEqualTo("read in the background");
        assertThat(found.get("usable").booleanValue()).isTrue();
        assertThat(found.get("checks"))
                .isNotEmpty()
                .allMatch(check -> check.get("right").booleanValue());

        Path expected = golden.resolve("expected.json");
        JsonNode vectors = new ObjectMapper().readTree(expected.toFile());
        ArrayNode nll = (ArrayNode) vectors.get("cases").get(0).get("nll");
        nll.set(17, DoubleNode.valueOf(nll.get(17).doubleValue() + 0.01));
        new ObjectMapper().writeValue(expected.toFile(), vectors);
        CommandRun wrong = CommandRun.of("doctor", "--runs", runs, "--device", "cpu", "--golden", golden, "--no-speed");
        assertThat(wrong.code()).isEqualTo(4);
        assertThat(wrong.err())
                .contains("device cpu cannot be used: its results are wrong: losses, float32, none, none");
        assertThat(wrong.out()).contains("WRONG  losses, float32, none, none, whole");
    }

    @Test
    void aDeviceThatIsNotThereIsUnusable() {
        CommandRun run = CommandRun.of("doctor", "--runs", runs, "--device", "gpu:77");
        assertThat(run.code()).isEqualTo(4);
        assertThat(run.err()).contains("device gpu:77 is not there (").hasLineCount(1);
        assertThat(CommandRun.of("doctor", "--runs", runs, "--device", "tpu").code())
                .isEqualTo(2);
    }
}
