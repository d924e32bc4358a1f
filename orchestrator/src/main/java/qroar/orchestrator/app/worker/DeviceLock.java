package qroar.orchestrator.app.worker;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
                folder.resolve(
                        "gpu-" + device.driverId(System.getenv(VISIBLE)).replaceAll("[^A-Za-z0-9-]", "_") + ".lock"),
                "device " + device.word());
    }
}
