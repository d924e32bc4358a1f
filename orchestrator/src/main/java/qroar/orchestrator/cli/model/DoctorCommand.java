package qroar.orchestrator.cli.model;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.model.DeviceSettings;
import qroar.orchestrator.cli.option.RunsOption;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.NoDevice;
import qroar.orchestrator.console.Output;
import qroar.orchestrator.console.Version;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.torch.ScriptArchive;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/** {@code qroar doctor}: what this machine offers, and what keeps qroar from using it. */
@Command(
        name = "doctor",
        description = {
            "Says what was found: JDK, native library, devices, memory, threads, write access.",
            "With --device it runs a small model in every precision and compares its losses with float64, and measures a"
                    + " decoder block beside the device's own matrix products; a device that is wrong ends with 4."
        },
        mixinStandardHelpOptions = true)
public final class DoctorCommand implements Callable<Integer> {
    private static final int MAX_GPUS = 16;

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

    @Option(names = "--no-speed", description = "check results alone")
    private boolean noSpeed;

    @Option(
            names = "--dump-ops",
            paramLabel = "FILE",
            description =
                    "write the TorchScript archive of all operations to FILE, for Python's torch.jit.load, and end")
    private @Nullable Path dumpOps;

    @Override
    public Integer call() throws IOException {
        if (dumpOps != null) {
            dump(dumpOps);
            return ExitCode.DONE.code();
        }
        TorchDevice chosen = null;
        if (device != null) {
            DeviceSettings settings = new DeviceSettings(device, null, Long.MAX_VALUE);
            settings.settleThreads();
            chosen = settings.named();
        }
        Map<String, Object> found = new LinkedHashMap<>();
        found.put("qroar", Version.text());
        found.put("jdk", System.getProperty("java.vendor") + " " + System.getProperty("java.version"));
        found.put("system", System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        found.put("processors", Runtime.getRuntime().availableProcessors());
        DeviceMemory.Reading memory = DeviceMemory.of(TorchDevice.CPU).read();
        found.put("memoryMiB", memory.total() >> 20);
        found.put("freeMemoryMiB", memory.free() >> 20);
        found.put("othersMemoryMiB", memory.others() >> 20);
        found.put("heapMiB", Runtime.getRuntime().maxMemory() >> 20);
        found.put("ompWaitPolicy", System.getenv().getOrDefault("OMP_WAIT_POLICY", "not set: passes will be slow"));
        String library = library(found);
        String access = writeAccess(runs.folder());
        found.put(
                "runs", runs.folder().toAbsolutePath().normalize() + (access.isEmpty() ? ": writable" : ": " + access));
        DeviceReport report = null;
        boolean usable = library.isEmpty() && access.isEmpty();
        if (chosen != null && library.isEmpty()) {
            report = DeviceReport.of(
                    chosen, golden, noSpeed ? DeviceReport.Speed.LEFT_OUT : DeviceReport.Speed.MEASURED);
            usable &= report.problem() == null;
        }
        found.put("usable", usable);
        if (json) {
            if (report != null) {
                found.put("device", report.json());
            }
            System.out.println(Output.json(found));
        } else {
            found.forEach((key, value) -> System.out.println(Columns.pad(key, 16) + OneLine.of(String.valueOf(value))));
            if (report != null) {
                report.lines().forEach(System.out::println);
            }
        }
        if (report != null && report.problem() != null) {
            throw new NoDevice(report.problem());
        }
        return (usable ? ExitCode.DONE : ExitCode.NO_DEVICE).code();
    }

    /** Starts the native library and asks it for devices; the problem, or an empty text. */
    private static String library(Map<String, Object> found) {
        try {
            TorchRuntime torch = TorchRuntime.get();
            found.put("pytorch", torch.version() + ", " + torch.threads() + " thread(s) per forward pass");
            found.put("engine", torch.engine(TorchDevice.CPU));
            List<String> devices = new ArrayList<>(List.of("cpu"));
            for (int i = 0; i < MAX_GPUS; i++) {
                TorchDevice gpu = TorchDevice.ofWord("gpu:" + i);
                if (!torch.has(gpu)) {
                    break;
                }
                DeviceMemory.Reading memory = DeviceMemory.of(gpu).read();
                devices.add(gpu.word() + " (" + (memory.total() >> 20) + " MiB, " + (memory.free() >> 20)
                        + " free, others hold " + (memory.others() >> 20) + ")");
            }
            found.put("devices", devices);
            return "";
        } catch (RuntimeException | LinkageError e) {
            // Whatever keeps the library from loading is what a doctor is asked for.
            String problem = "cannot be used: " + e;
            found.put("pytorch", problem);
            return problem;
        }
    }

    private static void dump(Path file) throws IOException {
        byte[] archive = ScriptArchive.ofAll();
        try {
            Files.write(file, archive);
        } catch (IOException e) {
            throw new BadInput(file + ": cannot be written: " + e, e);
        }
    }

    private static String writeAccess(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "doctor", ".probe"));
            return "";
        } catch (IOException e) {
            return "cannot be written: " + e;
        }
    }
}
