package qroar.orchestrator.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.ByteSize;
import qroar.orchestrator.app.model.DeviceSettings;

/** On what a single evaluation runs, one forward at a time. */
public final class DeviceOption {
    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description = "cpu (default), gpu:0, gpu:1, ..., or auto: a gpu when there is one")
    private String device = "cpu";

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "threads of one forward pass on the cpu; left out, one per processor")
    private @Nullable Integer threads;

    @Option(
            names = "--memory",
            paramLabel = "SIZE",
            converter = ByteSizeConverter.class,
            description =
                    "most memory that the model and its passes may take, for instance 20G; left out, what is free")
    private @Nullable ByteSize memory;

    public DeviceSettings settings() {
        return new DeviceSettings(device, threads, memory == null ? Long.MAX_VALUE : memory.bytes());
    }
}
