package qroar.orchestrator.cli.session;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import qroar.orchestrator.journal.RunLock;
import qroar.protocol.message.WorkerProfile;
import qroar.workers.export.QuantizedModels;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.LocalMeasurer;
import qroar.workers.measure.ModelShelf;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.worker.TrialMeasurer;

/**
 * The workers of this process: one measurer per device, shared by all workers on it, so that weights exist once. An
 * accelerator belongs to one process of qroar at a time.
 */
public final class LocalWorkers implements AutoCloseable {
    private final List<RunGuardian.Seat> seats = new ArrayList<>();
    private final Map<TorchDevice, ModelShelf<DecoderModel>> shelves = new LinkedHashMap<>();

    private final List<RunLock> locks = new ArrayList<>();

    private final ModelLoading loading;

    private LocalWorkers(ModelLoading loading) {
        this.loading = loading;
    }

    static LocalWorkers of(ExperimentInput input, WorkerOptions options, Path modelCache) {
        LocalCatalog catalog = LocalCatalog.of(
                input.facts().checkpointDigest(),
                input.checkpoint(),
                Stream.of(input.search(), input.heldOut(), input.calibration())
                        .flatMap(List::stream)
                        .toList());
        return of(catalog, options, modelCache);
    }

    /**
     * @param modelCache where quantized models are kept
     * @throws qroar.protocol.BadInput naming the process that uses a device already
     */
    public static LocalWorkers of(LocalCatalog catalog, WorkerOptions options, Path modelCache) {
        options.manners().lowerPriority();
        LocalWorkers workers = new LocalWorkers(new ModelLoading(catalog, new QuantizedModels(modelCache, options.manners().modelCacheBytes())));
        try {
            workers.seat(catalog, options);
        } catch (RuntimeException | Error e) {
            workers.close();
            throw e;
        }
        return workers;
    }

    private void seat(LocalCatalog catalog, WorkerOptions options) {
        String process = RunLock.hostName() + "-pid" + ProcessHandle.current().pid();
        for (TorchDevice device : options.seats()) {
            if (device.kind() == TorchDevice.Kind.GPU && !shelves.containsKey(device)) {
                locks.add(DeviceLock.take(device));
            }
            ModelShelf<DecoderModel> shelf = shelves.computeIfAbsent(device, loading::shelf);
            WorkerProfile profile = new WorkerProfile(
                    process + "-" + seats.size() + "-" + device.word(),
                    device.word(),
                    options.threads(),
                    DeviceMemory.bytes(device),
                    "PyTorch " + TorchRuntime.get().version());
            seats.add(new RunGuardian.Seat(profile, new LocalMeasurer(catalog, shelf)));
        }
    }

    /** Lets every measurement of this process go through something else, such as what makes it fail in a test. */
    public LocalWorkers through(UnaryOperator<TrialMeasurer> gate) {
        seats.replaceAll(seat -> new RunGuardian.Seat(seat.profile(), gate.apply(seat.measurer())));
        return this;
    }

    List<RunGuardian.Seat> seats() {
        return List.copyOf(seats);
    }

    List<WorkerProfile> profiles() {
        return seats.stream().map(RunGuardian.Seat::profile).toList();
    }

    /** Models of the first device, for what is no trial; of the cpu in a process without workers. */
    ModelShelf<DecoderModel> firstShelf() {
        if (shelves.isEmpty()) {
            shelves.put(TorchDevice.CPU, loading.shelf(TorchDevice.CPU));
        }
        return shelves.values().iterator().next();
    }

    @Override
    public void close() {
        shelves.values().forEach(ModelShelf::close);
        locks.forEach(RunLock::close);
    }
}
