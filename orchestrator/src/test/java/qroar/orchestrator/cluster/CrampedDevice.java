package qroar.orchestrator.cluster;

import java.util.function.BooleanSupplier;
import qroar.workers.measure.PassOpening;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.PassPlan;
import qroar.workers.torch.DeviceOutOfMemory;

/**
 * A device that runs out of memory within the blocks of larger chunks than it has room for, as a real one does. For a
 * process with one worker: the room is that of the trial that was opened last.
 */
final class CrampedDevice implements PassOpening {
    private volatile long chunkTokens = Long.MAX_VALUE;

    /** From now on chunks of at most so many tokens have room. */
    void hasRoomFor(long tokens) {
        chunkTokens = tokens;
    }

    @Override
    public DocumentPass open(DecoderModel model, PassPlan plan, BooleanSupplier cancelled) {
        return DocumentPass.open(model, plan, () -> {
            if (plan.chunkTokens() > chunkTokens) {
                throw new DeviceOutOfMemory("no memory for a block", new IllegalStateException("injected"));
            }
            return cancelled.getAsBoolean();
        });
    }
}
