package qroar.orchestrator.app.worker;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.DeviceWords;
import qroar.orchestrator.console.NoDevice;
import qroar.protocol.BadInput;
import qroar.workers.proof.DeviceProof;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/**
 * On what the forward passes of a process run. None of it changes a result.
 *
 * @param role of the process
 * @param devices words such as {@code cpu} and {@code gpu:0}, as a person gave them
 * @param workers in this process, spread over the devices; null for what the role asks for
 * @param threads of one forward pass on the cpu
 * @param manners towards others on the machine
 */
public record WorkerSettings(
        Role role, List<String> devices, @Nullable Integer workers, int threads, Manners manners) {
    private static final int MAX_WORKERS = 64;

    public WorkerSettings {
        devices = List.copyOf(devices);
    }

    /** What a process is there for; it decides how many workers it has when nobody says. */
    public enum Role {
        /** All of a run: one worker per gpu, and on the cpu as many as processors divided by threads. */
        WHOLE_RUN,
        /** The coordinator of other processes: none. */
        COORDINATOR,
        /** Computing for a coordinator elsewhere: one on each device named. */
        WORKER
    }

    /** Refuses what can be refused without the native library, so that nothing has been begun by then. */
    public void requireSensible() {
        manners.requireSensible();
        if (threads < 1 || threads > Runtime.getRuntime().availableProcessors()) {
            throw new BadInput("--threads " + threads + " must lie between 1 and the "
                    + Runtime.getRuntime().availableProcessors() + " processors of this machine");
        }
        int fewest = role == Role.COORDINATOR ? 0 : 1;
        if (workers != null && (workers < fewest || workers > MAX_WORKERS)) {
            throw new BadInput("--workers " + workers + " must lie between " + fewest + " and " + MAX_WORKERS);
        }
        kinds();
    }

    /**
     * Asks for accelerators before anything is begun; without one named, the native library is not started.
     *
     * @throws NoDevice naming the first that is not there
     * @throws qroar.workers.torch.UnusableDevice naming the first that computes something else than it should
     */
    public void requireAccelerators() {
        if (kinds().stream().anyMatch(device -> device.kind() == TorchDevice.Kind.GPU)) {
            requirePresent();
        }
    }

    private void requirePresent() {
        System.setProperty(TorchRuntime.THREADS_PROPERTY, String.valueOf(threads));
        for (TorchDevice device : kinds()) {
            String absence = TorchRuntime.get().absence(device);
            if (absence != null) {
                throw new NoDevice("device " + device.word() + " is not there (" + absence + "); see qroar doctor");
            }
            if (device.kind() == TorchDevice.Kind.GPU) {
                DeviceProof.require(device);
            }
        }
    }

    /**
     * The devices that were named, each once; not looked for, except with {@code auto}, which starts the native library.
     *
     * @throws BadInput naming the words that are understood
     */
    public List<TorchDevice> kinds() {
        try {
            return DeviceWords.of(devices, threads);
        } catch (BadInput e) {
            throw new BadInput("--devices: " + e.getMessage(), e);
        }
    }

    /** The device of each worker, checked; starts the native library. */
    public List<TorchDevice> seats() {
        requireSensible();
        requirePresent();
        return plannedSeats();
    }

    /** The same before anything is started, whether the devices are there or not. */
    public List<TorchDevice> plannedSeats() {
        List<TorchDevice> kinds = kinds();
        List<TorchDevice> seats = new ArrayList<>();
        if (workers == null) {
            kinds.forEach(device -> {
                for (int i = 0; i < share(device); i++) {
                    seats.add(device);
                }
            });
        } else {
            for (int i = 0; i < workers; i++) {
                seats.add(kinds.get(i % kinds.size()));
            }
        }
        return seats;
    }

    private int share(TorchDevice device) {
        return switch (role) {
            case COORDINATOR -> 0;
            case WORKER -> 1;
            case WHOLE_RUN ->
                device.kind() == TorchDevice.Kind.GPU
                        ? 1
                        : Math.max(1, Runtime.getRuntime().availableProcessors() / threads);
        };
    }

    /** Whether nobody else can compute for the run. */
    boolean isWholeRun() {
        return role == Role.WHOLE_RUN;
    }
}
