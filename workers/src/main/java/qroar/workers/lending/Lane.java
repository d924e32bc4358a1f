package qroar.workers.lending;

import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** Where lent layers are made and freed. Thread-safe. */
public interface Lane {
    /** Makes something that is wanted now; complete when it can be read by whatever is queued from then on. */
    <T> CompletableFuture<T> make(Supplier<T> maker);

    /** The same in the background. */
    <T> CompletableFuture<T> makeAhead(Supplier<T> maker);

    /**
     * Frees something that was made here, behind all that was queued with it so far.
     *
     * @param freeing does it; throws nothing
     */
    void free(Runnable freeing);

    /** Returns when everything has been freed that was given to {@link #free} before. */
    void settle();
}
