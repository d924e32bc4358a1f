package qroar.orchestrator.cli;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.cli.console.NoDevice;
import qroar.protocol.BadInput;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/** On what a single evaluation runs, one forward at a time. */
final class DeviceOption {
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

    /** The device, checked; starts the native library. */
    TorchDevice open() {
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
