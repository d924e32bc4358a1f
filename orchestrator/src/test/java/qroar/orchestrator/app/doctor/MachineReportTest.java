package qroar.orchestrator.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.protocol.BadInput;

class MachineReportTest {
    @TempDir
    private Path folder = Path.of("");

    @Test
    void aMachineIsUsableWhereItsLibraryStartsAndRunsCanBeKept() throws Exception {
        MachineReport sound = MachineReport.of(new RunsFolder(folder.resolve("runs")), null);
        assertThat(sound.isUsable()).isTrue();
        assertThat(sound.device()).isNull();
        assertThat(sound.found().get("runs")).asString().endsWith(": writable");
        Path file = Files.createFile(folder.resolve("file"));
        MachineReport nowhere = MachineReport.of(new RunsFolder(file), null);
        assertThat(nowhere.isUsable()).isFalse();
        assertThat(nowhere.found()).containsEntry("usable", false);
        assertThat(nowhere.found().get("runs")).asString().contains("cannot be written");
    }

    @Test
    void aDeviceThatIsAskedForIsLookedAtOrRefused() {
        RunsFolder runs = new RunsFolder(folder);
        DeviceReport cpu = Objects.requireNonNull(
                MachineReport.of(runs, new DeviceReport.Asked("cpu", null, DeviceReport.Speed.LEFT_OUT))
                        .device());
        assertThat(cpu.problem()).isNull();
        assertThat(cpu.speeds()).isEmpty();
        assertThat(cpu.lines().get(0)).isEqualTo("cpu: computes what it should");
        assertThatThrownBy(
                        () -> MachineReport.of(runs, new DeviceReport.Asked("tpu", null, DeviceReport.Speed.LEFT_OUT)))
                .isInstanceOf(BadInput.class);
    }
}
