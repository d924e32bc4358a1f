package qroar.orchestrator.cli.model;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.doctor.DeviceReport;
import qroar.orchestrator.app.doctor.MachineReport;
import qroar.orchestrator.app.doctor.ModelFit;
import qroar.orchestrator.app.doctor.OperationArchive;
import qroar.orchestrator.cli.option.RunsOption;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.NoDevice;
import qroar.orchestrator.console.Output;
import qroar.protocol.OneLine;

/** {@code qroar doctor}: what this machine offers, and what keeps qroar from using it. */
@Command(
        name = "doctor",
        description = {
            "Says what was found: JDK, native library, devices, memory, threads, write access.",
            "With --device it runs a small model in every precision and compares its losses with float64, and measures a"
                    + " decoder block beside the device's own matrix products; a device that is wrong ends with 4.",
            "With --model it says where a checkpoint's weights would rest and in which order they would be read, at each"
                    + " length; a model that fits at none of them ends with 4."
        },
        mixinStandardHelpOptions = true)
public final class DoctorCommand implements Callable<Integer> {
    @Mixin
    private RunsOption runs = new RunsOption();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            description = "also check that cpu, gpu:0, ... computes what it should, and how fast")
    private @Nullable String device;

    @Option(
            names = "--golden",
            paramLabel = "DIR",
            description = "check against the model and losses in DIR instead of those that come with qroar")
    private @Nullable Path golden;

    @Mixin
    private FitOptions fit = new FitOptions();

    @Option(names = "--no-speed", description = "check results alone")
    private boolean noSpeed;

    @Option(
            names = "--dump-ops",
            paramLabel = "FILE",
            description =
                    "write the TorchScript archive of all operations to FILE, for Python's torch.jit.load, and end")
    private @Nullable Path dumpOps;

    @Override
    public Integer call() {
        if (dumpOps != null) {
            OperationArchive.write(dumpOps);
            return ExitCode.DONE.code();
        }
        ModelFit.Asked asked = fit.asked(device);
        DeviceReport.Speed speed = noSpeed ? DeviceReport.Speed.LEFT_OUT : DeviceReport.Speed.MEASURED;
        MachineReport machine =
                MachineReport.of(runs.folder(), device == null ? null : new DeviceReport.Asked(device, golden, speed));
        DeviceReport checked = machine.device();
        boolean usable = checked == null || checked.problem() == null;
        ModelFit fitting = asked == null || !usable ? null : ModelFit.of(asked);
        Map<String, Object> found = new LinkedHashMap<>(machine.found());
        if (json) {
            if (checked != null) {
                found.put("device", checked.json());
            }
            if (fitting != null) {
                found.put("model", fitting.json());
            }
            System.out.println(Output.json(found));
        } else {
            found.forEach((key, value) -> System.out.println(Columns.pad(key, 16) + OneLine.of(String.valueOf(value))));
            if (checked != null) {
                checked.lines().forEach(System.out::println);
            }
            if (fitting != null) {
                fitting.lines().forEach(line -> System.out.println(OneLine.of(line)));
            }
        }
        if (checked != null && checked.problem() != null) {
            throw new NoDevice(checked.problem());
        }
        boolean possible = fitting == null || fitting.isPossible();
        return (machine.isUsable() && possible ? ExitCode.DONE : ExitCode.NO_DEVICE).code();
    }
}
