package qroar.orchestrator.app.doctor;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.DeviceWords;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.console.Version;
import qroar.protocol.storage.AtomicFile;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/**
 * What was found on this machine.
 *
 * @param found by name, in its order
 * @param isUsable whether nothing keeps the program from running
 * @param device that was looked at more closely; null for none
 */
public record MachineReport(
        Map<String, Object> found,
        boolean isUsable,
        @Nullable DeviceReport device) {
    /**
     * Starts the native library, and tries to write where runs live.
     *
     * @param asked null where no device is looked at more closely
     * @throws qroar.protocol.BadInput where what is asked cannot be read
     */
    public static MachineReport of(RunsFolder runs, DeviceReport.@Nullable Asked asked) {
        TorchDevice closer = asked == null ? null : asked.named();
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
        String access = writeAccess(runs.path());
        found.put("runs", runs.path().toAbsolutePath().normalize() + ": " + (access == null ? "writable" : access));
        DeviceReport device = asked == null || closer == null || library != null
                ? null
                : DeviceReport.of(closer, asked.golden(), asked.speed());
        boolean usable = library == null && access == null && (device == null || device.problem() == null);
        found.put("usable", usable);
        return new MachineReport(found, usable, device);
    }

    /** Starts the native library and asks it for devices; the problem, or null. */
    private static @Nullable String library(Map<String, Object> found) {
        try {
            TorchRuntime torch = TorchRuntime.get();
            found.put("pytorch", torch.version() + ", " + torch.threads() + " thread(s) per forward pass");
            found.put("engine", torch.engine(TorchDevice.CPU));
            List<String> devices = new ArrayList<>(List.of("cpu"));
            for (int i = 0; i < DeviceWords.MOST_ACCELERATORS; i++) {
                TorchDevice gpu = TorchDevice.ofWord("gpu:" + i);
                if (!torch.has(gpu)) {
                    break;
                }
                DeviceMemory.Reading memory = DeviceMemory.of(gpu).read();
                devices.add(gpu.word() + " (" + (memory.total() >> 20) + " MiB, " + (memory.free() >> 20)
                        + " free, others hold " + (memory.others() >> 20) + ")");
            }
            found.put("devices", devices);
            return null;
        } catch (RuntimeException | LinkageError e) {
            // Whatever keeps the library from loading is what a doctor is asked for.
            String problem = "cannot be used: " + e;
            found.put("pytorch", problem);
            return problem;
        }
    }

    private static @Nullable String writeAccess(Path folder) {
        try {
            Files.createDirectories(folder);
            Files.delete(Files.createTempFile(folder, "doctor", ".probe"));
            return null;
        } catch (IOException e) {
            return "cannot be written: " + AtomicFile.reason(e);
        }
    }
}
