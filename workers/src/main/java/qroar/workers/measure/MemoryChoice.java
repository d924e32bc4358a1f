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

    private record Asked(String checkpointDigest, Passes passes) {}

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
        return of(
                checkpoint,
                spec.checkpointDigest(),
                Passes.of(spec.plan(), spec.probe(), spec.precision(), device, workers));
    }

    /**
     * The same for a model of a trial in passes of other lengths, one at a time.
     *
     * @param positions of the longest
     */
    public synchronized MemoryPlan of(Checkpoint checkpoint, TrialSpec spec, int positions) {
        return of(checkpoint, spec.checkpointDigest(), Passes.alone(positions, spec.probe(), spec.precision(), device));
    }

    private MemoryPlan of(Checkpoint checkpoint, String digest, Passes passes) {
        long left = gate.leftByOthers();
        Asked asked = new Asked(digest, passes);
        MemoryPlan known = chosen.get(asked);
        if (known != null && known.fits(left)) {
            return known;
        }
        MemoryPlan now = MemoryPlan.choose(checkpoint, passes, wish, left);
        MemoryPlan plan = now.fits(left) ? now : MemoryPlan.choose(checkpoint, passes, wish, gate.most());
        chosen.put(asked, plan);
        if (!plan.isPlain() && !plan.equals(known)) {
            LOG.info(
                    "documents of up to {} tokens: {}, which takes {}", passes.longest(), plan.sentence(), plan.need());
        }
        return plan;
    }
}
