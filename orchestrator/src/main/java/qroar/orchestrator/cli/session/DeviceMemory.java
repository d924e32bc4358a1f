package qroar.orchestrator.cli.session;

import java.lang.management.ManagementFactory;
import qroar.workers.torch.TorchDevice;

/** Memory of a device. */
public final class DeviceMemory {
    private DeviceMemory() {}

    /** All of it, in bytes: of the machine for the cpu. */
    public static long bytes(TorchDevice device) {
        if (device.kind() == TorchDevice.Kind.GPU) {
            return device.memoryBytes();
        }
        return operatingSystem().getTotalMemorySize();
    }

    /** What of the machine's memory is free now, in bytes. */
    public static long freeBytes() {
        return operatingSystem().getFreeMemorySize();
    }

    private static com.sun.management.OperatingSystemMXBean operatingSystem() {
        return ManagementFactory.getPlatformMXBean(com.sun.management.OperatingSystemMXBean.class);
    }
}
