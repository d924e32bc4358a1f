package qroar.workers.lending;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.function.Supplier;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

/**
 * Layers that exist only while they are used: made for the first user, shared with everybody who wants the same one
 * meanwhile, and freed behind the last. So several passes over one model cost one copy of the layers that they are in.
 * Thread-safe.
 *
 * <p>A layer can be asked for ahead: then it is made in the background while the pass computes with another. Each pass
 * asks for at most one, which bounds both that queue and the layers in memory.
 *
 * @param <L> what a layer is
 */
public final class LentLayers<L> {
    private final IntFunction<L> maker;
    private final Consumer<L> freer;
    private final Lane lane;
    private final Map<Integer, Slot<L>> slots = new HashMap<>();

    /**
     * @param maker makes one layer, which belongs to this
     * @param freer frees one
     */
    LentLayers(IntFunction<L> maker, Consumer<L> freer, Lane lane) {
        this.maker = maker;
        this.freer = freer;
        this.lane = lane;
    }

    /** Layers on a device, made and freed as is best there; see {@link LaneChoice}. */
    public static LentLayers<TorchValue> on(TorchDevice device, IntFunction<TorchValue> maker) {
        return new LentLayers<>(maker, TorchValue::close, LaneChoice.of(device).lane());
    }

    private static final class Slot<L> {
        private final CompletableFuture<L> packed = new CompletableFuture<>();
        private int users;
    }

    /** Lends a layer, made now where nobody has it. */
    public LayerUse<L> lend(int layer) {
        return lend(layer, lane::make);
    }

    /** The same, made in the background: {@link LayerUse#packed} waits for it. */
    public LayerUse<L> ahead(int layer) {
        return lend(layer, lane::makeAhead);
    }

    /** Returns when everything has been freed that was given back before. */
    public void settle() {
        lane.settle();
    }

    private LayerUse<L> lend(int layer, Function<Supplier<L>, CompletableFuture<L>> by) {
        Slot<L> slot;
        boolean first;
        synchronized (this) {
            slot = slots.computeIfAbsent(layer, l -> new Slot<>());
            first = slot.users++ == 0;
        }
        if (first) {
            // What fails is told to whoever asks for the layer.
            var unused = by.apply(() -> maker.apply(layer)).whenComplete((made, failure) -> {
                if (failure == null) {
                    slot.packed.complete(made);
                } else {
                    slot.packed.completeExceptionally(failure);
                }
            });
        }
        return new Lent(layer, slot);
    }

    private final class Lent implements LayerUse<L> {
        private final int layer;
        private final Slot<L> slot;
        private boolean returned;

        Lent(int layer, Slot<L> slot) {
            this.layer = layer;
            this.slot = slot;
        }

        @Override
        public L packed() {
            try {
                return slot.packed.join();
            } catch (CompletionException e) {
                if (e.getCause() instanceof RuntimeException cause) {
                    throw cause;
                }
                if (e.getCause() instanceof Error cause) {
                    throw cause;
                }
                throw e;
            }
        }

        @Override
        public void close() {
            if (returned) {
                return;
            }
            returned = true;
            synchronized (LentLayers.this) {
                if (--slot.users > 0) {
                    return;
                }
                slots.remove(layer, slot);
            }
            // One that was asked for ahead may still be on its way, from weights that the model frees once the pass
            // ends.
            L unwanted = slot.packed.exceptionally(failure -> null).join();
            if (unwanted != null) {
                lane.free(() -> freer.accept(unwanted));
            }
        }
    }
}
