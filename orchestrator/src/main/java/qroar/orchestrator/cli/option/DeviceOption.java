package qroar.orchestrator.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.ByteSize;
import qroar.orchestrator.console.NoDevice;
import qroar.protocol.BadInput;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/** On what a single evaluation runs, one forward at a time. */
public final class DeviceOption {
    @Option(
            names = "--device",
            paramLabel = "DEVICE",
            defaultValue = "cpu",
            description = "cpu (default), gpu:0, gpu:1, ...")
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

    /**
     * Looks before memory is taken: a machine that runs out of it ends processes without a word.
     *
     * @throws NoDevice with the figures when there is too little
     */
    public void requireRoom(TorchDevice where, MemoryNeed need) {
        DeviceMemory.Reading reading = DeviceMemory.of(where).read();
        if (memory != null && need.total() > memory.bytes()) {
            throw tooLittle(where, MemoryNeed.gibibytes(memory.bytes()) + " to use (--memory)", need);
        }
        if (need.total() > reading.free()) {
            throw tooLittle(
                    where,
                    MemoryNeed.gibibytes(reading.free()) + " of " + MemoryNeed.gibibytes(reading.total()) + " free",
                    need);
        }
    }

    private static NoDevice tooLittle(TorchDevice where, String there, MemoryNeed need) {
        return new NoDevice(where.word() + " of this machine has " + there + ", and this needs " + need);
    }

    /** The device, checked; starts the native library. */
    public TorchDevice open() {
        int processors = Runtime.getRuntime().availableProcessors();
        if (threads != null && (threads < 1 || threads > processors)) {
            throw new BadInput("--threads " + threads + " must lie between 1 and the " + processors
                    + " processors of this machine");
        }
        TorchDevice chosen = TorchDevice.ofWord(device);
        System.setProperty(TorchRuntime.THREADS_PROPERTY, String.valueOf(threads == null ? processors : threads));
        if (!TorchRuntime.get().has(chosen)) {
            throw new NoDevice("device " + chosen.word() + " is not there; see qroar doctor");
        }
        return chosen;
    }
}
