package qroar.workers.measure;

import java.util.HashMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.memory.MemoryGate;
import qroar.workers.memory.MemoryPlan;
import qroar.workers.memory.MemoryPlan.Passes;
import qroar.workers.memory.MemoryPlan.Wish;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.torch.TorchDevice;

/**
 * Chooses for one device how the trials on it go. A choice stays while it fits, so that models are not loaded anew because
 * others took or gave back a little memory. Thread-safe.
 */
public final class MemoryChoice {
    private static final Logger LOG = LoggerFactory.getLogger(MemoryChoice.class);

    private final TorchDevice device;
    private final MemoryGate gate;
    private final Wish wish;
    private final int workers;
    private final Map<Asked, MemoryPlan> chosen = new HashMap<>();

    private record Asked(String checkpointDigest, Passes passes, Wish wish) {}

    /**
     * @param device that the gate guards
     * @param workers that measure on the device at the same time
     */
    public MemoryChoice(TorchDevice device, MemoryGate gate, Wish wish, int workers) {
        this.device = device;
        this.gate = gate;
        this.wish = wish;
        this.workers = workers;
    }

    /**
     * The plan of a trial: with what others leave of the device now, else with the whole of it once they have gone; where
     * that is too little as well, the one that needs least.
     */
    public synchronized MemoryPlan of(Checkpoint checkpoint, TrialSpec spec) {
        // What the prompts of an item share is gone back to, and only in document order is it still there.
        Wish own = spec.plan().scoresItems() ? new Wish(wish.placement(), ReadingPlan.Order.DOCUMENT) : wish;
        return of(
                checkpoint,
                spec.checkpointDigest(),
                Passes.of(spec.plan(), spec.probe(), spec.precision(), device, workers)
                        .in(spec.scales().partition().layers()),
                own);
    }

    private MemoryPlan of(Checkpoint checkpoint, String digest, Passes passes, Wish own) {
        long left = gate.leftByOthers();
        Asked asked = new Asked(digest, passes, own);
        MemoryPlan known = chosen.get(asked);
        if (known != null && known.fits(left)) {
            return known;
        }
        MemoryPlan now = MemoryPlan.choose(checkpoint, passes, own, left);
        MemoryPlan plan = now.fits(left) ? now : MemoryPlan.choose(checkpoint, passes, own, gate.most());
        chosen.put(asked, plan);
        if (!plan.isPlain() && !plan.equals(known)) {
            LOG.info(
                    "documents of up to {} tokens: {}, which takes {}", passes.longest(), plan.sentence(), plan.need());
        }
        return plan;
    }
}
