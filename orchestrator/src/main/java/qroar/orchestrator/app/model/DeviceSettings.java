package qroar.orchestrator.app.model;

import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.DeviceWords;
import qroar.orchestrator.console.NoDevice;
import qroar.protocol.BadInput;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.memory.DeviceMemory;
import qroar.workers.memory.MemoryNeed;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.proof.DeviceProof;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;

/**
 * On what one model runs, one forward at a time.
 *
 * @param device a word such as {@code cpu} or {@code gpu:0}
 * @param threads of one forward pass on the cpu; null for one per processor
 * @param memoryBytes most that the model and its passes may take; {@code Long.MAX_VALUE} for what is free
 */
public record DeviceSettings(String device, @Nullable Integer threads, long memoryBytes) {
    /** Share of free memory that is left alone: estimates are right to a few hundred MiB. */
    private static final int LEFT_ALONE = 16;

    /**
     * Looks before memory is taken: a machine that runs out of it ends processes without a word.
     *
     * @throws NoDevice with the figures when there is too little
     */
    public void requireRoom(TorchDevice where, MemoryNeed need) {
        requireRoom(where, need, "");
    }

    /**
     * How passes go in the memory that there is.
     *
     * @throws NoDevice with the figures when there is too little whatever is done
     */
    public MemoryPlan choose(TorchDevice where, Checkpoint checkpoint, MemoryPlan.Passes passes, MemoryPlan.Wish wish) {
        long free = DeviceMemory.of(where).read().free();
        MemoryPlan plan = MemoryPlan.choose(checkpoint, passes, wish, Math.min(memoryBytes, free - free / LEFT_ALONE));
        requireRoom(where, plan.need(), ", where " + plan.sentence() + " (" + plan.options() + ")");
        return plan;
    }

    private void requireRoom(TorchDevice where, MemoryNeed need, String how) {
        DeviceMemory.Reading reading = DeviceMemory.of(where).read();
        if (need.total() > memoryBytes) {
            throw tooLittle(where, MemoryNeed.gibibytes(memoryBytes) + " to use (--memory)", need + how);
        }
        if (need.total() > reading.free()) {
            throw tooLittle(
                    where,
                    MemoryNeed.gibibytes(reading.free()) + " of " + MemoryNeed.gibibytes(reading.total()) + " free",
                    need + how);
        }
    }

    private static NoDevice tooLittle(TorchDevice where, String there, String need) {
        return new NoDevice(where.word() + " of this machine has " + there + ", and this needs " + need);
    }

    /**
     * The device, checked; starts the native library. An accelerator has to compute a small model's losses first.
     *
     * @throws NoDevice when it is not there
     * @throws qroar.workers.torch.UnusableDevice when it computes something else
     */
    public TorchDevice open() {
        TorchDevice chosen = named();
        settleThreads();
        String absence = TorchRuntime.get().absence(chosen);
        if (absence != null) {
            throw new NoDevice("device " + chosen.word() + " is not there (" + absence + "); see qroar doctor");
        }
        if (chosen.kind() == TorchDevice.Kind.GPU) {
            DeviceProof.require(chosen);
        }
        return chosen;
    }

    /** The device by its name, not looked at; with {@code auto} the first accelerator that is there. */
    public TorchDevice named() {
        return DeviceWords.first(device, checkedThreads());
    }

    /** Tells the native library how many threads a pass has, before it starts. */
    public void settleThreads() {
        System.setProperty(TorchRuntime.THREADS_PROPERTY, String.valueOf(checkedThreads()));
    }

    private int checkedThreads() {
        int processors = Runtime.getRuntime().availableProcessors();
        if (threads != null && (threads < 1 || threads > processors)) {
            throw new BadInput("--threads " + threads + " must lie between 1 and the " + processors
                    + " processors of this machine");
        }
        return threads == null ? processors : threads;
    }
}
