package qroar.workers.lending;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * What is wanted now is made by the thread that wants it, what is wanted soon by one other, and freed by whoever gives it
 * back. On an accelerator all of it is in the order of the one default stream, which is right in every case, and copies stand behind the
 * kernels that were queued before.
 *
 * <p>Each pass asks for at most one layer ahead, which bounds the queue.
 */
final class PlainLane implements Lane {
    private static final long IDLE_SECONDS = 5;

    private final Executor background;

    PlainLane() {
        ThreadPoolExecutor thread =
                new ThreadPoolExecutor(1, 1, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), task -> {
                    Thread made = new Thread(task, "qroar-layers-ahead");
                    made.setDaemon(true);
                    return made;
                });
        thread.allowCoreThreadTimeOut(true);
        background = thread;
    }

    @Override
    public <T> CompletableFuture<T> make(Supplier<T> maker) {
        return CompletableFuture.supplyAsync(maker, Runnable::run);
    }

    @Override
    public <T> CompletableFuture<T> makeAhead(Supplier<T> maker) {
        return CompletableFuture.supplyAsync(maker, background);
    }

    @Override
    public void free(Runnable freeing) {
        freeing.run();
    }

    @Override
    public void settle() {}
}
