package qroar.orchestrator.cli.session;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.RunLock;
import qroar.protocol.BadInput;
import qroar.workers.torch.TorchDevice;

/** The right of one process to compute on an accelerator; freed by the operating system when it dies. */
final class DeviceLock {
    private static final String VISIBLE = "CUDA_VISIBLE_DEVICES";

    private DeviceLock() {}

    /** @throws BadInput naming who has it */
    static RunLock take(TorchDevice device) {
        Path folder = Path.of(System.getProperty("java.io.tmpdir"), "qroar-" + System.getProperty("user.name"));
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new BadInput("folder of device locks " + folder + " cannot be made: " + e.getMessage(), e);
        }
        return RunLock.acquire(
                folder.resolve("gpu-" + physical(device.index(), System.getenv(VISIBLE)) + ".lock"),
                "device " + device.word());
    }

    /** What the driver calls the device; a process may see only some, under other numbers. */
    static String physical(int index, @Nullable String visible) {
        String[] names = visible == null || visible.isBlank() ? new String[0] : visible.split(",");
        String name = index < names.length ? names[index].trim() : Integer.toString(index);
        return name.replaceAll("[^A-Za-z0-9-]", "_");
    }
}
