package qroar.orchestrator.app.worker;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import qroar.experiments.study.Study;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.console.NoDevice;
import qroar.orchestrator.console.Remarks;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.metrics.MetricFamily;
import qroar.protocol.message.WorkerProfile;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.PassOpening;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.model.DocumentPass;
import qroar.workers.torch.TorchDevice;
import qroar.workers.worker.NotHere;
import qroar.workers.worker.TrialMeasurer;

/**
 * The workers of this process: one measurer per device, shared by all workers on it, so that weights exist once. An
 * accelerator belongs to one process of qroar at a time.
 */
public final class LocalWorkers implements AutoCloseable {
    private final List<Seat> seats = new ArrayList<>();
    private final Map<TorchDevice, DeviceStation> stations = new LinkedHashMap<>();

    private final ModelLoading loading;
    private final WorkerSettings settings;

    private LocalWorkers(ModelLoading loading, WorkerSettings settings) {
        this.loading = loading;
        this.settings = settings;
    }

    /** @throws NoDevice when a study could never run on a device of these */
    public static LocalWorkers of(ExperimentInput input, WorkerSettings settings, Path modelCache) {
        LocalWorkers workers = of(input.catalog(), settings, modelCache);
        try {
            if (settings.isWholeRun()) {
                workers.requireRoomFor(input);
            }
            return workers;
        } catch (RuntimeException | Error e) {
            workers.close();
            throw e;
        }
    }

    /** A run that is alone would wait for ever for a device that is large enough. */
    private void requireRoomFor(ExperimentInput input) {
        Set<String> told = new LinkedHashSet<>();
        for (Study study : input.plan().studies()) {
            List<String> refusals = new ArrayList<>();
            for (DeviceStation station : stations.values()) {
                try {
                    MemoryPlan plan = station.requirePossible(input, study);
                    if (!plan.isPlain()) {
                        told.add(station.device().word() + ": " + plan.sentence() + " (" + plan.options() + ")");
                    }
                } catch (NotHere e) {
                    refusals.add(String.valueOf(e.getMessage()));
                }
            }
            if (!refusals.isEmpty() && refusals.size() == stations.size()) {
                throw new NoDevice(refusals.get(0));
            }
        }
        told.forEach(Remarks::tell);
    }

    /**
     * @param modelCache where quantized models are kept
     * @throws qroar.protocol.BadInput naming the process that uses a device already
     */
    public static LocalWorkers of(LocalCatalog catalog, WorkerSettings settings, Path modelCache) {
        return of(catalog, settings, modelCache, DocumentPass::open);
    }

    /** The same with passes that begin in another way, such as on a device without memory in a test. */
    public static LocalWorkers of(LocalCatalog catalog, WorkerSettings settings, Path modelCache, PassOpening opening) {
        settings.manners().lowerPriority();
        LocalWorkers workers =
                new LocalWorkers(new ModelLoading(catalog, settings.manners().modelCache(modelCache)), settings);
        try {
            workers.seat(catalog, opening);
        } catch (RuntimeException | Error e) {
            workers.close();
            throw e;
        }
        return workers;
    }

    private void seat(LocalCatalog catalog, PassOpening opening) {
        String process = RunLock.hostName() + "-pid" + ProcessHandle.current().pid();
        List<TorchDevice> devices = settings.seats();
        for (TorchDevice device : devices) {
            DeviceStation station = stations.get(device);
            if (station == null) {
                int workers = Collections.frequency(devices, device);
                station = DeviceStation.open(device, settings.manners(), workers, loading);
                stations.put(device, station);
            }
            String id = process + "-" + seats.size() + "-" + device.word();
            seats.add(station.seat(id, settings.threads(), catalog, opening));
        }
    }

    /** Lets every measurement of this process go through something else, such as what makes it fail in a test. */
    public LocalWorkers through(UnaryOperator<TrialMeasurer> gate) {
        seats.replaceAll(seat -> new Seat(seat.profile(), gate.apply(seat.measurer())));
        return this;
    }

    public List<Seat> seats() {
        return List.copyOf(seats);
    }

    /** What they do and did, and what that takes. */
    public List<MetricFamily> metrics() {
        List<WorkerMetrics.Device> devices = stations.values().stream()
                .map(station -> station.figures(seats))
                .toList();
        return new WorkerMetrics(devices, loading).families();
    }

    public List<WorkerProfile> profiles() {
        return seats.stream().map(Seat::profile).toList();
    }

    @Override
    public void close() {
        stations.values().forEach(DeviceStation::close);
    }
}
