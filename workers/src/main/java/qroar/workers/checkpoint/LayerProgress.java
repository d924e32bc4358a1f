package qroar.workers.checkpoint;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells now and then how far work is that goes through a model's layers; nothing of what is soon over. Not thread-safe. */
public final class LayerProgress {
    /** Whoever shows progress to people listens to this logger. */
    public static final String LOGGER = "qroar.progress";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);
    private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();

    private final String work;
    private final int layers;
    private final LongSupplier nanoClock;
    private final Consumer<String> say;
    private long toldNanos;

    /**
     * @param work what is done: {@code loading DIR}
     * @param layers that there are
     */
    public LayerProgress(String work, int layers) {
        this(work, layers, System::nanoTime, LOG::info);
    }

    LayerProgress(String work, int layers, LongSupplier nanoClock, Consumer<String> say) {
        this.work = work;
        this.layers = layers;
        this.nanoClock = nanoClock;
        this.say = say;
        this.toldNanos = nanoClock.getAsLong();
    }

    /** A layer begins, counted from 0. */
    public void layer(int layer) {
        long now = nanoClock.getAsLong();
        if (now - toldNanos >= EVERY_NANOS) {
            toldNanos = now;
            say.accept(work + ": layer " + (layer + 1) + " of " + layers);
        }
    }
}
