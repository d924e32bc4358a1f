package qroar.orchestrator.app.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.app.worker.WorkerSettings.Role;
import qroar.orchestrator.console.NoDevice;
import qroar.protocol.BadInput;
import qroar.workers.torch.TorchDevice;

class WorkerSettingsTest {
    @Test
    void whatCannotBeIsRefusedNamingItAndItsLimits() {
        int processors = Runtime.getRuntime().availableProcessors();
        assertRefused(settings(Role.WORKER, "cpu", 0, 1, null), "--workers 0 must lie between 1 and 64");
        assertRefused(settings(Role.WHOLE_RUN, "cpu", 65, 1, null), "--workers 65 must lie between 1 and 64");
        assertRefused(
                settings(Role.WORKER, "cpu", 1, processors + 1, null),
                "--threads " + (processors + 1) + " must lie between 1 and the " + processors);
        assertRefused(settings(Role.WORKER, "cpu", 1, 1, 20), "--nice 20 must lie between 1 and 19");
        assertRefused(settings(Role.WORKER, "tpu", 1, 1, null), "--devices: ");
        assertThatCode(() -> settings(Role.COORDINATOR, "cpu", 0, 1, 19).requireSensible())
                .doesNotThrowAnyException();
    }

    @Test
    void theRoleDecidesHowManyWorkersThereAre() {
        assertThat(settings(Role.COORDINATOR, "cpu", null, 1, null).seats()).isEmpty();
        assertThat(settings(Role.WORKER, "cpu", null, 1, null).seats()).containsExactly(TorchDevice.CPU);
        assertThat(settings(Role.WHOLE_RUN, "cpu", null, 1, null).seats())
                .hasSize(Runtime.getRuntime().availableProcessors());
        assertThat(settings(Role.WHOLE_RUN, "cpu", 5, 1, null).seats()).hasSize(5);
    }

    @Test
    void anAcceleratorThatIsNotThereIsNamed() {
        assertThatThrownBy(() -> settings(Role.WORKER, "gpu:63", null, 1, null).requireAccelerators())
                .isInstanceOf(NoDevice.class)
                .hasMessageStartingWith("device gpu:63 is not there");
    }

    private static void assertRefused(WorkerSettings settings, String message) {
        assertThatThrownBy(settings::requireSensible)
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
    }

    private static WorkerSettings settings(
            Role role, String device, @Nullable Integer workers, int threads, @Nullable Integer nice) {
        return new WorkerSettings(
                role,
                List.of(device),
                workers,
                threads,
                new Manners(nice, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE));
    }
}
