package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

@Tag("numeric")
class DoctorCommandTest {
    @TempDir
    private Path runs = Path.of("");

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
                    archive.getInputStream(archive.getEntry("m/code/__torch__.py")).readAllBytes(),
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
        assertThat(refused.err()).contains("ops.pt: cannot be written").hasLineCount(1);
    }
}
