package qroar.workers.memory;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.model.PassPlan;
import qroar.workers.placement.Placement;
import qroar.workers.placement.ReadingPlan;
import qroar.workers.placement.ReadingPlan.Order;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;

/**
 * How passes over a model go in the memory there is: where its weights rest between two uses, and in which order chunks pass
 * its layers. No choice changes a figure; each saves memory for time. Tried in this order, and the first that fits is it:
 *
 * <ol>
 *   <li>widened weights, document order: nothing is done twice, and a trial can stop inside a document;
 *   <li>widened weights, layer order: keys and values of one layer only; a trial can stop behind a document;
 *   <li>stored weights, in either order: half or less of the weights, and each layer widened when a chunk, or a document,
 *       passes it;
 *   <li>mapped weights, layer order: nothing stays, layers are read anew for every document.
 * </ol>
 *
 * @param placement of the weights
 * @param reading order of passes, and how many short documents go together
 * @param need of one pass, its model included
 */
public record MemoryPlan(Placement placement, ReadingPlan reading, MemoryNeed need) {
    /** Layer by layer, each document for itself: layers that are in memory cost little to come back to. */
    private static final ReadingPlan ONE_BY_ONE = new ReadingPlan(Order.LAYER, 1);

    /**
     * What a person wants.
     *
     * @param placement null for whatever fits
     * @param order null for whatever fits
     */
    public record Wish(
            @Nullable Placement placement, @Nullable Order order) {
        /** Whatever fits. */
        public static final Wish AUTO = new Wish(null, null);

        /** The word for whatever fits. */
        public static final String AUTO_WORD = "auto";

        /** @throws qroar.protocol.BadInput naming the words that are understood */
        public static Wish ofWords(String placement, String order) {
            return new Wish(
                    placement.equals(AUTO_WORD) ? null : Placement.ofWord(placement),
                    order.equals(AUTO_WORD) ? null : Order.ofWord(order));
        }

        private boolean allows(Placement some, Order other) {
            return (placement == null || placement == some) && (order == null || order == other);
        }
    }

    /**
     * What is to be computed.
     *
     * @param longest tokens of the longest document
     * @param together tokens of all documents that may pass the layers together
     * @param probe of each pass
     * @param arithmetic of each pass
     * @param device that computes
     * @param layers groups that have scales, and so rotary tables, of their own
     * @param atOnce passes over the model at the same time, for which there should be room
     */
    public record Passes(
            int longest,
            long together,
            Probe probe,
            Arithmetic arithmetic,
            TorchDevice device,
            LayerGroups layers,
            int atOnce) {
        /** Documents that go one after the other, each alone. */
        public static Passes alone(int longest, Probe probe, Precision precision, TorchDevice device) {
            return new Passes(longest, longest, probe, Arithmetic.of(precision, device), device, LayerGroups.ALL, 1);
        }

        /** Of each pass. */
        int chunkTokens() {
            return PassPlan.chunkTokens(device);
        }

        /** The same with a longest of so many tokens. */
        public Passes ofAtMost(int tokens) {
            return new Passes(tokens, Math.max(together, tokens), probe, arithmetic, device, layers, atOnce);
        }

        /** The same with scales of their own in groups of layers. */
        public Passes in(LayerGroups groups) {
            return new Passes(longest, together, probe, arithmetic, device, groups, atOnce);
        }

        /** Trials of a plan. */
        public static Passes of(EvaluationPlan plan, Probe probe, Precision precision, TorchDevice device, int atOnce) {
            int longest = 1;
            for (int document = 0; document < plan.documents().size(); document++) {
                longest = Math.max(longest, plan.positions(document));
            }
            return new Passes(
                    longest,
                    plan.forwardTokens(),
                    probe,
                    Arithmetic.of(precision, device),
                    device,
                    LayerGroups.ALL,
                    atOnce);
        }
    }

    /**
     * The first plan that fits, with room for all passes at once if there is one, else for one at a time; where none does,
     * the one that needs least.
     *
     * @param bytes that may be taken
     */
    public static MemoryPlan choose(Checkpoint checkpoint, Passes passes, Wish wish, long bytes) {
        List<MemoryPlan> plans = all(checkpoint, passes, wish);
        return plans.stream()
                .filter(plan -> plan.need.total(passes.atOnce()) <= bytes)
                .findFirst()
                .or(() -> plans.stream().filter(plan -> plan.fits(bytes)).findFirst())
                .or(() -> plans.stream().min(Comparator.comparingLong(plan -> plan.need.total())))
                .orElseThrow();
    }

    /** All that a wish leaves, best first. */
    private static List<MemoryPlan> all(Checkpoint checkpoint, Passes passes, Wish wish) {
        MemoryNeed widened = MemoryNeed.of(
                        checkpoint,
                        passes.longest(),
                        passes.probe(),
                        passes.arithmetic(),
                        passes.device(),
                        passes.chunkTokens())
                .withGroups(passes.layers());
        Precision precision = passes.arithmetic().precision();
        List<MemoryPlan> plans = new ArrayList<>();
        for (Placement placement : Placement.values()) {
            MemoryNeed need = widened.resting(checkpoint, placement, precision);
            boolean savesNothing = placement == Placement.STORED && need.weights() >= widened.weights();
            if (savesNothing && wish.placement() == null) {
                continue;
            }
            if (passes.probe() == Probe.LOSSES_AND_GRADIENT) {
                // Such a pass goes through the layers and back, in an order of its own.
                if (wish.allows(placement, wish.order() == null ? Order.DOCUMENT : wish.order())) {
                    plans.add(new MemoryPlan(placement, ReadingPlan.BY_DOCUMENT, need));
                }
                continue;
            }
            if (wish.allows(placement, Order.DOCUMENT) && (placement != Placement.MAPPED || wish.order() != null)) {
                plans.add(new MemoryPlan(placement, ReadingPlan.BY_DOCUMENT, need));
            }
            if (wish.allows(placement, Order.LAYER)) {
                ReadingPlan reading = placement == Placement.MAPPED ? ReadingPlan.BY_LAYER : ONE_BY_ONE;
                long states = Math.min(passes.together(), reading.groupTokens());
                plans.add(new MemoryPlan(
                        placement,
                        reading,
                        need.inLayerOrder(
                                checkpoint.config(), passes.longest(), Math.max(passes.longest(), states), precision)));
            }
        }
        return plans;
    }

    /** Whether one pass at a time fits. */
    public boolean fits(long bytes) {
        return need.total() <= bytes;
    }

    /** Whether nothing is saved at the expense of time. */
    public boolean isPlain() {
        return placement == Placement.WIDENED && reading.order() == Order.DOCUMENT;
    }

    /** Whether nothing was left to choose. */
    public boolean isForcedBy(Wish wish) {
        return wish.placement() != null && wish.order() != null;
    }

    /** For people. */
    public String sentence() {
        String weights = switch (placement) {
            case WIDENED -> "weights rest as they are computed with";
            case STORED -> "weights rest as they are stored and are widened layer by layer";
            case MAPPED -> "weights stay in their files and are read layer by layer";
        };
        return weights
                + (reading.order() == Order.LAYER
                        ? ", and a layer reads whole documents before the next begins"
                        : ", and each chunk passes all layers before the next begins");
    }

    /** The words that force it. */
    public String options() {
        return "--placement " + placement.word() + " --order " + reading.order().word();
    }
}
