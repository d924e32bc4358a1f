package qroar.workers.lending;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers made beside computing, on a stream of one thread's own. Kernels that read a layer may not have begun when the layer
 * is given back, and the allocator does not know of them: it hands memory that was freed on this stream to the next layer on
 * this stream. Three rules keep that from writing over what is read, and reading what is not written:
 *
 * <ol>
 *   <li>Everything about lent layers, making and freeing, is done by this thread, in the order in which it was asked for.
 *   <li>Before it frees what was given back, and before it makes anything, its stream waits for all that is on the computing
 *       stream by then. Every kernel with a layer was queued before the layer was given back, so it is among them; and so is
 *       whatever wrote the weights that a layer is made of.
 *   <li>A layer is there for others when the stream has been waited for. Whatever they queue then sees it whole.
 * </ol>
 *
 * <p>What a maker allocates and frees on the way is in the order of its stream. What is freed by another thread or without
 * waiting, a reference kept behind {@link LayerUse#close}, would break rule 2. A pass asks for no further layer before
 * it has given one back, and that one stands in the queue first: no more layers exist at a time than without this.
 */
final class CopyLane implements Lane {
    private static final Logger LOG = LoggerFactory.getLogger(CopyLane.class);

    private final Executor thread;
    private final Stream stream;
    /** Given back, not freed; touched by the thread alone. */
    private final Deque<Runnable> givenBack = new ArrayDeque<>();

    /** The stream of the thread that calls. */
    interface Stream {
        /** What is queued on it from now on waits for what is on the computing stream now. */
        void join();

        /** Returns when everything on it is done. */
        void finish();
    }

    /** @param thread one that is on the stream already and lives on; runs tasks in order */
    CopyLane(Executor thread, Stream stream) {
        this.thread = thread;
        this.stream = stream;
    }

    @Override
    public <T> CompletableFuture<T> make(Supplier<T> maker) {
        return makeAhead(maker);
    }

    @Override
    public <T> CompletableFuture<T> makeAhead(Supplier<T> maker) {
        CompletableFuture<T> made = new CompletableFuture<>();
        thread.execute(() -> make(maker, made));
        return made;
    }

    private <T> void make(Supplier<T> maker, CompletableFuture<T> made) {
        T value = null;
        Throwable failure = null;
        try {
            freeBehindReaders();
            value = maker.get();
        } catch (RuntimeException | Error e) {
            failure = e;
        }
        // After a failure too: the weights that were being read may be freed by others once this is told.
        failure = finished(failure);
        if (failure == null) {
            made.complete(value);
        } else {
            made.completeExceptionally(failure);
        }
    }

    private @Nullable Throwable finished(@Nullable Throwable failure) {
        try {
            stream.finish();
            return failure;
        } catch (RuntimeException | Error e) {
            if (failure == null) {
                return e;
            }
            failure.addSuppressed(e);
            return failure;
        }
    }

    /** Where the stream cannot be made to wait nothing is freed: the next call tries again. */
    private void freeBehindReaders() {
        stream.join();
        while (!givenBack.isEmpty()) {
            givenBack.remove().run();
        }
    }

    @Override
    public void free(Runnable freeing) {
        thread.execute(() -> {
            givenBack.add(freeing);
            try {
                freeBehindReaders();
            } catch (RuntimeException | Error e) {
                LOG.warn("{} layers could not be freed yet: {}", givenBack.size(), e.toString());
            }
        });
    }

    @Override
    public void settle() {
        CompletableFuture.runAsync(() -> {}, thread).join();
    }
}
