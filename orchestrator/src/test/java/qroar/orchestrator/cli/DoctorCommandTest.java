package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
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
}
