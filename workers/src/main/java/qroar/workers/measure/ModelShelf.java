package qroar.workers.measure;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import qroar.workers.checkpoint.Headway;

/**
 * Loaded models of one device, shared by all workers on it. A model is loaded and quantized once however many ask for it
 * at the same time, and stays until the room is needed: beyond {@code maxBytes} the least recently used one that nobody
 * reads is let go, before another is loaded; so models in use may exceed the bound, idle ones never do.
 *
 * <p>Thread-safe. Loading blocks those who want that model and nobody else.
 *
 * @param <M> a model
 */
public final class ModelShelf<M extends AutoCloseable> implements AutoCloseable {
    private final Function<ModelKey, M> loader;
    private final ToLongFunction<ModelKey> size;
    private final long maxBytes;
    /** In the order of last use. */
    private final Map<ModelKey, Slot<M>> slots = new LinkedHashMap<>(16, 0.75f, true);

    private boolean closed;

    /**
     * @param loader loads and quantizes; blocks
     * @param size bytes that the model of a key holds on the device
     */
    public ModelShelf(Function<ModelKey, M> loader, ToLongFunction<ModelKey> size, long maxBytes) {
        this.loader = loader;
        this.size = size;
        this.maxBytes = maxBytes;
    }

    private static final class Slot<M> {
        private final long bytes;
        private final CompletableFuture<M> model = new CompletableFuture<>();
        /** Of whoever loads it. */
        private final Headway headway = Headway.ofThisThread();

        private int readers;

        Slot(long bytes) {
            this.bytes = bytes;
        }
    }

    /** Where a loan's model came from. */
    public enum Provenance {
        /** It was on the shelf, or on its way there for somebody else. */
        FOUND,
        /** It was loaded for this loan. */
        LOADED
    }

    /** A model in use; closing gives it back. */
    public final class Loan implements AutoCloseable {
        private final Slot<M> slot;
        private final Provenance provenance;
        private boolean returned;

        private Loan(Slot<M> slot, Provenance provenance) {
            this.slot = slot;
            this.provenance = provenance;
        }

        public Provenance provenance() {
            return provenance;
        }

        public M model() {
            return slot.model.join();
        }

        @Override
        public void close() {
            List<M> evicted;
            synchronized (ModelShelf.this) {
                if (returned) {
                    return;
                }
                returned = true;
                slot.readers--;
                evicted = evict();
            }
            evicted.forEach(ModelShelf::release);
        }
    }

    /**
     * Lends the model of a key, loading it first where needed.
     *
     * @throws RuntimeException what the loader threw; the next call tries again
     */
    public Loan lend(ModelKey key) {
        Slot<M> slot;
        boolean mine;
        List<M> evicted = List.of();
        synchronized (this) {
            if (closed) {
                throw new IllegalStateException("the model shelf is closed");
            }
            Slot<M> known = slots.get(key);
            mine = known == null;
            slot = known == null ? new Slot<>(size.applyAsLong(key)) : known;
            slot.readers++;
            if (mine) {
                slots.put(key, slot);
                evicted = evict();
            }
        }
        if (mine) {
            load(key, slot, evicted);
        } else {
            Headway.ofThisThread().follow(slot.headway);
        }
        try {
            slot.model.join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            if (e.getCause() instanceof Error cause) {
                throw cause;
            }
            throw e;
        }
        return new Loan(slot, mine ? Provenance.LOADED : Provenance.FOUND);
    }

    private void load(ModelKey key, Slot<M> slot, List<M> evicted) {
        try {
            evicted.forEach(ModelShelf::release);
            slot.model.complete(loader.apply(key));
        } catch (RuntimeException | Error e) {
            synchronized (this) {
                slots.remove(key, slot);
            }
            slot.model.completeExceptionally(e);
        }
    }

    private List<M> evict() {
        return evict(closed ? 0 : maxBytes);
    }

    /** Takes idle models beyond a bound off the shelf; the caller closes them outside the lock. */
    private List<M> evict(long bound) {
        long held = 0;
        for (Slot<M> slot : slots.values()) {
            held += slot.bytes;
        }
        List<M> evicted = new ArrayList<>();
        Iterator<Slot<M>> oldestFirst = slots.values().iterator();
        while (oldestFirst.hasNext() && held > bound) {
            Slot<M> slot = oldestFirst.next();
            if (slot.readers == 0 && slot.model.isDone()) {
                held -= slot.bytes;
                evicted.add(slot.model.join());
                oldestFirst.remove();
            }
        }
        return evicted;
    }

    private static void release(AutoCloseable model) {
        try {
            model.close();
        } catch (RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException("a model cannot be closed", e);
        }
    }

    /** Whether the model is here, or on its way. */
    public synchronized boolean holds(ModelKey key) {
        return slots.containsKey(key);
    }

    /** Bytes of all models here, idle or in use. */
    public synchronized long heldBytes() {
        return slots.values().stream().mapToLong(slot -> slot.bytes).sum();
    }

    /** Lets every idle model go now. */
    public void releaseIdle() {
        List<M> evicted;
        synchronized (this) {
            evicted = evict(0);
        }
        evicted.forEach(ModelShelf::release);
    }

    /** Lets every idle model go now and the others when they come back. */
    @Override
    public void close() {
        List<M> evicted;
        synchronized (this) {
            closed = true;
            evicted = evict();
        }
        evicted.forEach(ModelShelf::release);
    }
}
