package qroar.orchestrator.cli.option;

import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.worker.WorkerSettings;

/** On what the forward passes of this process run. None of it changes a result. */
public final class WorkerOptions {
    private final WorkerSettings.Role role;

    @Option(
            names = {"--devices", "--device"},
            paramLabel = "DEVICE",
            split = ",",
            defaultValue = "cpu",
            description = "cpu, gpu:0, gpu:1, ..., or auto: every gpu, the cpu where there is none (default"
                    + " ${DEFAULT-VALUE})")
    private List<String> devices = List.of("cpu");

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "workers in this process, spread over the devices; left out, a run has one per gpu, and on"
                    + " the cpu processors divided by --threads; a coordinator none; a worker process one per device")
    private @Nullable Integer workers;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "threads of one forward pass on the cpu (default ${DEFAULT-VALUE}; more workers are faster"
                    + " than more threads)")
    private int threads = 1;

    @Mixin
    private MannersOptions manners = new MannersOptions();

    public WorkerOptions(WorkerSettings.Role role) {
        this.role = role;
    }

    /** What was asked for, unchecked. */
    public WorkerSettings settings() {
        return new WorkerSettings(role, devices, workers, threads, manners.settings());
    }
}
