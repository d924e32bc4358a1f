package qroar.workers.model;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.IntFunction;
import qroar.workers.torch.TorchValue;

/**
 * Layers that exist only while they are used: made for the first user, shared with everybody who wants the same one
 * meanwhile, and freed behind the last. So several passes over one model cost one copy of the layers that they are in.
 * Thread-safe.
 *
 * <p>A layer can be asked for ahead: then a thread of the model's own makes it while the pass computes with another.
 * Each pass asks for at most one, which bounds both the queue of that thread and the layers in memory.
 */
final class LentLayers {
    private static final long IDLE_SECONDS = 5;

    private final IntFunction<TorchValue> maker;
    private final Map<Integer, Slot> slots = new HashMap<>();
    private final Executor background;

    /** @param maker reads one layer into float32; its result belongs to this */
    LentLayers(IntFunction<TorchValue> maker) {
        this.maker = maker;
        ThreadPoolExecutor thread =
                new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread made = new Thread(task, "qroar-layers-ahead");
                    made.setDaemon(true);
                    return made;
                });
        thread.allowCoreThreadTimeOut(true);
        background = thread;
    }

    private static final class Slot {
        private final CompletableFuture<TorchValue> packed = new CompletableFuture<>();
        private int users;
    }

    /** Lends a layer, made by this thread where nobody has it. */
    LayerUse lend(int layer) {
        return lend(layer, Runnable::run);
    }

    /** The same, made in the background: {@link LayerUse#packed} waits for it. */
    LayerUse ahead(int layer) {
        return lend(layer, background);
    }

    private LayerUse lend(int layer, Executor by) {
        Slot slot;
        boolean first;
        synchronized (this) {
            slot = slots.computeIfAbsent(layer, l -> new Slot());
            first = slot.users++ == 0;
        }
        if (first) {
            by.execute(() -> make(layer, slot));
        }
        return new Lent(layer, slot);
    }

    private void make(int layer, Slot slot) {
        try {
            slot.packed.complete(maker.apply(layer));
        } catch (RuntimeException | Error e) {
            slot.packed.completeExceptionally(e);
        }
    }

    private final class Lent implements LayerUse {
        private final int layer;
        private final Slot slot;
        private boolean returned;

        Lent(int layer, Slot slot) {
            this.layer = layer;
            this.slot = slot;
        }

        @Override
        public TorchValue packed() {
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
            TorchValue unwanted = slot.packed.exceptionally(failure -> null).join();
            if (unwanted != null) {
                unwanted.close();
            }
        }
    }
}
