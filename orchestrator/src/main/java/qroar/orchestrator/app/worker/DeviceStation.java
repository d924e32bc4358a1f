package qroar.orchestrator.app.worker;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.ScoredTask;
import qroar.experiments.study.Study;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.journal.RunLock;
import qroar.protocol.message.WorkerProfile;
import qroar.workers.divergence.KeptStates;
import qroar.workers.measure.ConsiderateMeasurer;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.MemoryChoice;
import qroar.workers.measure.ModelShelf;
import qroar.workers.measure.PassOpening;
import qroar.workers.measure.ReferringMeasurer;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.memory.MemoryGate;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.model.DecoderModel;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/**
 * A device of this process: its models and the way to them, the gate to its memory, its figures and, of an accelerator, the
 * right to use it, which one process of qroar has at a time. Shared by all workers on the device.
 */
final class DeviceStation implements AutoCloseable {
    /** Share of a device's memory that idle models may fill; the rest is for passes and for others. */
    private static final double SHELF_SHARE = 0.5;

    private final TorchDevice device;
    private final ModelLoading loading;
    private final @Nullable RunLock lock;
    private final ModelShelf<DecoderModel> shelf;
    private final MemoryGate gate;
    private final MemoryChoice choice;
    private final DeviceMeter meter = new DeviceMeter();

    private DeviceStation(TorchDevice device, Manners manners, int workers, ModelLoading loading) {
        this.device = device;
        this.loading = loading;
        lock = device.kind() == TorchDevice.Kind.GPU ? DeviceLock.take(device) : null;
        DeviceMemory memory = DeviceMemory.of(device);
        long idle = (long) (SHELF_SHARE * memory.read().total());
        shelf = loading.shelf(device, Math.min(manners.memoryBytes(), idle));
        Duration patience = ConfigFactory.load().getDuration("qroar.worker.memory-wait");
        gate = new MemoryGate(
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
        choice = new MemoryChoice(device, gate, manners.wish(), workers);
    }

    /**
     * Takes a device.
     *
     * @param workers that measure on it at the same time
     * @throws qroar.protocol.BadInput naming the process that uses the device already
     */
    static DeviceStation open(TorchDevice device, Manners manners, int workers, ModelLoading loading) {
        return new DeviceStation(device, manners, workers, loading);
    }

    TorchDevice device() {
        return device;
    }

    /** Another worker here. */
    Seat seat(String id, int threads, LocalCatalog catalog, PassOpening opening) {
        WorkerProfile profile = new WorkerProfile(
                id,
                device.word(),
                threads,
                gate.reading(Long.MAX_VALUE).total(),
                TorchRuntime.get().engine(device));
        return new Seat(
                profile,
                meter.counting(new ReferringMeasurer(
                        new ConsiderateMeasurer(catalog, shelf, gate, choice, opening), KeptStates.inCache())));
    }

    /**
     * Whether a study can run here at all, others and idle models gone.
     *
     * @return how it would be fitted in
     * @throws qroar.workers.worker.NotHere with the figures
     */
    MemoryPlan requirePossible(ExperimentInput input, Study study) {
        MemoryPlan plan = choice.of(input.checkpoint(), study.baseline());
        gate.requirePossible(plan.need());
        for (ScoredTask task : study.tasks()) {
            gate.requirePossible(choice.of(input.checkpoint(), study.baseline().on(task.plan()))
                    .need());
        }
        loading.requireRoomToCalibrate(study, gate);
        return plan;
    }

    /** What is done here, and what that takes. */
    WorkerMetrics.Device figures(List<Seat> seats) {
        long here = seats.stream()
                .filter(seat -> seat.profile().device().equals(device.word()))
                .count();
        return new WorkerMetrics.Device(device.word(), (int) here, meter, gate, shelf::heldBytes);
    }

    @Override
    public void close() {
        shelf.close();
        if (lock != null) {
            lock.close();
        }
    }
}
