package qroar.orchestrator.app.worker;

import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import qroar.experiments.study.Study;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.console.NoDevice;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.metrics.MetricFamily;
import qroar.protocol.message.WorkerProfile;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.measure.ConsiderateMeasurer;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.MemoryChoice;
import qroar.workers.measure.ModelKey;
import qroar.workers.measure.ModelShelf;
import qroar.workers.measure.PassOpening;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.memory.MemoryGate;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.Placement;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.worker.NotHere;
import qroar.workers.worker.TrialMeasurer;

/**
 * The workers of this process: one measurer per device, shared by all workers on it, so that weights exist once. An
 * accelerator belongs to one process of qroar at a time.
 */
public final class LocalWorkers implements AutoCloseable {
    /** Share of a device's memory that idle models may fill; the rest is for passes and for others. */
    private static final double SHELF_SHARE = 0.5;

    private final List<Seat> seats = new ArrayList<>();
    private final Map<TorchDevice, ModelShelf<DecoderModel>> shelves = new LinkedHashMap<>();

    private final Map<TorchDevice, MemoryGate> gates = new LinkedHashMap<>();

    private final Map<TorchDevice, MemoryChoice> choices = new LinkedHashMap<>();

    private final Map<TorchDevice, DeviceMeter> meters = new LinkedHashMap<>();

    private final List<RunLock> locks = new ArrayList<>();

    private final ModelLoading loading;

    private LocalWorkers(ModelLoading loading) {
        this.loading = loading;
    }

    /** @throws NoDevice when a study could never run on a device of these */
    public static LocalWorkers of(ExperimentInput input, WorkerSettings settings, Path modelCache) {
        LocalWorkers workers = of(input.catalog(), settings, modelCache);
        try {
            if (settings.isWholeRun()) {
                workers.requireRoomFor(input);
            }
            return workers;
        } catch (RuntimeException e) {
            workers.close();
            throw e;
        }
    }

    /** A run that is alone would wait for ever for a device that is large enough. */
    private void requireRoomFor(ExperimentInput input) {
        Set<String> told = new LinkedHashSet<>();
        for (Study study : input.plan().studies()) {
            List<String> refusals = new ArrayList<>();
            choices.forEach((device, choice) -> {
                MemoryPlan plan = choice.of(input.checkpoint(), study.baseline());
                try {
                    MemoryGate gate = Objects.requireNonNull(gates.get(device));
                    gate.requirePossible(plan.need());
                    loading.requireRoomToCalibrate(study, gate);
                    if (!plan.isPlain()) {
                        told.add(device.word() + ": " + plan.sentence() + " (" + plan.options() + ")");
                    }
                } catch (NotHere e) {
                    refusals.add(String.valueOf(e.getMessage()));
                }
            });
            if (!refusals.isEmpty() && refusals.size() == gates.size()) {
                throw new NoDevice(refusals.get(0));
            }
        }
        told.forEach(line -> System.err.println("qroar: " + line));
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
                new LocalWorkers(new ModelLoading(catalog, settings.manners().modelCache(modelCache)));
        try {
            workers.seat(catalog, settings, opening);
        } catch (RuntimeException | Error e) {
            workers.close();
            throw e;
        }
        return workers;
    }

    private void seat(LocalCatalog catalog, WorkerSettings settings, PassOpening opening) {
        String process = RunLock.hostName() + "-pid" + ProcessHandle.current().pid();
        List<TorchDevice> devices = settings.seats();
        for (TorchDevice device : devices) {
            if (device.kind() == TorchDevice.Kind.GPU && !shelves.containsKey(device)) {
                locks.add(DeviceLock.take(device));
            }
            open(device, settings.manners(), Collections.frequency(devices, device));
            MemoryGate gate = Objects.requireNonNull(gates.get(device));
            ModelShelf<DecoderModel> shelf = Objects.requireNonNull(shelves.get(device));
            WorkerProfile profile = new WorkerProfile(
                    process + "-" + seats.size() + "-" + device.word(),
                    device.word(),
                    settings.threads(),
                    gate.reading(Long.MAX_VALUE).total(),
                    TorchRuntime.get().engine(device));
            DeviceMeter meter = meters.computeIfAbsent(device, first -> new DeviceMeter());
            MemoryChoice choice = Objects.requireNonNull(choices.get(device));
            seats.add(
                    new Seat(profile, meter.counting(new ConsiderateMeasurer(catalog, shelf, gate, choice, opening))));
        }
    }

    /** Lets every measurement of this process go through something else, such as what makes it fail in a test. */
    public LocalWorkers through(UnaryOperator<TrialMeasurer> gate) {
        seats.replaceAll(seat -> new Seat(seat.profile(), gate.apply(seat.measurer())));
        return this;
    }

    /** The device's models and the way to them; once however many workers there are. */
    private void open(TorchDevice device, Manners manners, int workers) {
        if (shelves.containsKey(device)) {
            return;
        }
        DeviceMemory memory = DeviceMemory.of(device);
        ModelShelf<DecoderModel> shelf = loading.shelf(device, Math.min(manners.memoryBytes(), maxIdle(memory)));
        shelves.put(device, shelf);
        Duration patience = ConfigFactory.load().getDuration("qroar.worker.memory-wait");
        MemoryGate gate = new MemoryGate(
                        device.word(),
                        memory,
                        new MemoryGate.Limits(manners.memoryBytes(), manners.yieldAboveBytes(), patience),
                        new MemoryGate.Holdings() {
                            @Override
                            public long modelBytes() {
                                return shelf.heldBytes();
                            }

                            @Override
                            public void releaseIdle() {
                                shelf.releaseIdle();
                                device.releaseUnused();
                            }
                        });
        gates.put(device, gate);
        choices.put(device, new MemoryChoice(device, gate, manners.wish(), workers));
    }

    private static long maxIdle(DeviceMemory memory) {
        return (long) (SHELF_SHARE * memory.read().total());
    }

    public List<Seat> seats() {
        return List.copyOf(seats);
    }

    /** What they do and did, and what that takes. */
    public List<MetricFamily> metrics() {
        List<WorkerMetrics.Device> devices = new ArrayList<>();
        meters.forEach((device, meter) -> devices.add(new WorkerMetrics.Device(
                device.word(),
                (int) seats.stream()
                        .filter(seat -> seat.profile().device().equals(device.word()))
                        .count(),
                meter,
                Objects.requireNonNull(gates.get(device)),
                Objects.requireNonNull(shelves.get(device))::heldBytes)));
        return new WorkerMetrics(devices, loading.kept()).families();
    }

    public List<WorkerProfile> profiles() {
        return seats.stream().map(Seat::profile).toList();
    }

    /**
     * A model on the first device for what is no trial, resting as fits; on the cpu in a process without workers.
     *
     * @param positions of the longest pass
     */
    public ModelShelf<DecoderModel>.Loan lend(TrialSpec spec, int positions) {
        MemoryChoice choice = choices.isEmpty() ? null : choices.values().iterator().next();
        Placement placement = choice == null
                ? Placement.WIDENED
                : choice.of(
                                loading.checkpoint(spec.checkpointDigest()), spec, positions)
                        .placement();
        return firstShelf().lend(ModelKey.of(spec, placement));
    }

    /** Models of the first device, for what is no trial; of the cpu in a process without workers. */
    private ModelShelf<DecoderModel> firstShelf() {
        if (shelves.isEmpty()) {
            shelves.put(TorchDevice.CPU, loading.shelf(TorchDevice.CPU, maxIdle(DeviceMemory.of(TorchDevice.CPU))));
        }
        return shelves.values().iterator().next();
    }

    @Override
    public void close() {
        shelves.values().forEach(ModelShelf::close);
        locks.forEach(RunLock::close);
    }
}
