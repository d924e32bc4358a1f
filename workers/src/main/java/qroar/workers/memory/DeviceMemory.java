package qroar.workers.memory;

import qroar.workers.torch.TorchDevice;

/** Looks at the memory, and at the load, of one device. Thread-safe; a look may take a moment. */
public interface DeviceMemory {
    /**
     * What a look has found, in bytes.
     *
     * @param total all that this process could ever have, a limit of its container considered
     * @param free what can be taken now without anything being pushed out
     * @param others held by other programs, outside this process's container too
     * @param left most that this process can have beside what others hold now, what it holds itself included: not {@code
     *     total} less {@code others} in a container, whose limit others outside it do not use up
     */
    record Reading(long total, long free, long others, long left) {
        /** Of a device that is all this process's and theirs. */
        public Reading(long total, long free, long others) {
            this(total, free, others, Math.max(0, total - others));
        }
    }

    Reading read();

    /** Whether the device computes at the moment, for whomever; false where that is not known. Returns at once. */
    default boolean isComputing() {
        return false;
    }

    /** The memory behind a device of this machine. */
    static DeviceMemory of(TorchDevice device) {
        return device.kind() == TorchDevice.Kind.CPU ? new HostMemory() : new GpuMemory(device);
    }
}
