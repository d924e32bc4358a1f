package qroar.orchestrator.cli.session;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import qroar.protocol.message.WorkerProfile;
import qroar.workers.export.QuantizedModels;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.LocalMeasurer;
import qroar.workers.measure.ModelShelf;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/** The workers of this process: one measurer per device, shared by all workers on it, so that weights exist once. */
final class LocalWorkers implements AutoCloseable {
    private final List<RunGuardian.Seat> seats = new ArrayList<>();
    private final Map<TorchDevice, ModelShelf<DecoderModel>> shelves = new LinkedHashMap<>();

    private LocalWorkers() {}

    static LocalWorkers of(ExperimentInput input, WorkerOptions options, Path modelCache) {
        LocalWorkers workers = new LocalWorkers();
        LocalCatalog catalog = LocalCatalog.of(
                input.facts().checkpointDigest(),
                input.checkpoint(),
                Stream.of(input.search(), input.heldOut(), input.calibration())
                        .flatMap(List::stream)
                        .toList());
        ModelLoading loading = new ModelLoading(catalog, new QuantizedModels(modelCache));
        String process = "pid" + ProcessHandle.current().pid();
        for (TorchDevice device : options.seats()) {
            ModelShelf<DecoderModel> shelf = workers.shelves.computeIfAbsent(device, loading::shelf);
            WorkerProfile profile = new WorkerProfile(
                    process + "-" + workers.seats.size() + "-" + device.word(),
                    device.word(),
                    options.threads(),
                    DeviceMemory.bytes(device),
                    "PyTorch " + TorchRuntime.get().version());
            workers.seats.add(new RunGuardian.Seat(profile, new LocalMeasurer(catalog, shelf)));
        }
        return workers;
    }

    List<RunGuardian.Seat> seats() {
        return List.copyOf(seats);
    }

    List<WorkerProfile> profiles() {
        return seats.stream().map(RunGuardian.Seat::profile).toList();
    }

    /** Models of the first device, for what is no trial. */
    ModelShelf<DecoderModel> firstShelf() {
        return shelves.values().iterator().next();
    }

    @Override
    public void close() {
        shelves.values().forEach(ModelShelf::close);
    }
}
