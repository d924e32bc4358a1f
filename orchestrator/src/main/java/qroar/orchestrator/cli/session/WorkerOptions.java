package qroar.orchestrator.cli.session;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import qroar.orchestrator.cli.console.NoDevice;
import qroar.protocol.BadInput;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/** On what the forward passes run. None of it changes a result. */
public final class WorkerOptions {
    private static final int MAX_WORKERS = 64;

    @Option(
            names = "--devices",
            paramLabel = "DEVICE",
            split = ",",
            defaultValue = "cpu",
            description = "cpu, gpu:0, gpu:1, ... (default ${DEFAULT-VALUE})")
    private List<String> devices = List.of("cpu");

    @Option(
            names = "--workers",
            paramLabel = "N",
            description = "workers, spread over the devices; left out, one per gpu, and on the cpu as many as"
                    + " processors divided by --threads")
    private @Nullable Integer workers;

    @Option(
            names = "--threads",
            paramLabel = "N",
            defaultValue = "1",
            description = "threads of one forward pass on the cpu (default ${DEFAULT-VALUE}; more workers are faster"
                    + " than more threads)")
    private int threads = 1;

    private int fewest = 1;

    /**
     * As another command's options say.
     *
     * @param number 0 for none at all
     */
    public static WorkerOptions of(List<String> devices, int number, int threads) {
        WorkerOptions options = new WorkerOptions();
        options.devices = List.copyOf(devices);
        options.workers = number;
        options.threads = threads;
        options.fewest = 0;
        return options;
    }

    /** Refuses what can be refused without the native library, so that nothing has been begun by then. */
    public void requireSensible() {
        kinds();
        if (threads < 1 || threads > Runtime.getRuntime().availableProcessors()) {
            throw new BadInput("--threads " + threads + " must lie between 1 and the "
                    + Runtime.getRuntime().availableProcessors() + " processors of this machine");
        }
        if (workers != null && (workers < fewest || workers > MAX_WORKERS)) {
            throw new BadInput("--workers " + workers + " must lie between " + fewest + " and " + MAX_WORKERS);
        }
    }

    private List<TorchDevice> kinds() {
        try {
            return devices.stream().map(TorchDevice::ofWord).distinct().toList();
        } catch (BadInput e) {
            throw new BadInput("--devices: " + e.getMessage(), e);
        }
    }

    /** The device of each worker, checked; starts the native library. */
    public List<TorchDevice> seats() {
        requireSensible();
        List<TorchDevice> kinds = kinds();
        System.setProperty(TorchRuntime.THREADS_PROPERTY, String.valueOf(threads));
        for (TorchDevice device : kinds) {
            if (!TorchRuntime.get().has(device)) {
                throw new NoDevice("device " + device.word() + " is not there; see qroar doctor");
            }
        }
        List<TorchDevice> seats = new ArrayList<>();
        if (workers == null) {
            for (TorchDevice device : kinds) {
                int share = device.kind() == TorchDevice.Kind.GPU
                        ? 1
                        : Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
                for (int i = 0; i < share; i++) {
                    seats.add(device);
                }
            }
        } else {
            for (int i = 0; i < workers; i++) {
                seats.add(kinds.get(i % kinds.size()));
            }
        }
        return seats;
    }

    public int threads() {
        return threads;
    }
}
