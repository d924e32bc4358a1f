package qroar.workers.checkpoint;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells now and then how far work is that goes through a model's layers, and what is left of it at the pace so far; nothing
 * of what is soon over. Not thread-safe.
 */
public final class LayerProgress {
    /** Whoever shows progress to people listens to this logger. */
    public static final String LOGGER = "qroar.progress";

    private static final Logger LOG = LoggerFactory.getLogger(LOGGER);
    private static final long EVERY_NANOS = Duration.ofSeconds(10).toNanos();
    private static final int SECONDS_PER_MINUTE = 60;

    private final String work;
    private final int layers;
    private final LongSupplier nanoClock;
    private final Consumer<String> say;
    private long toldNanos;
    private int firstLayer = -1;
    private long firstNanos;

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

    /** The first layers were done before: told at once. */
    public void goesOn(int done) {
        say.accept(work + ": goes on behind layer " + done + " of " + layers);
    }

    /** A layer begins, counted from 0; the first one that does may be any. */
    public void layer(int layer) {
        Headway.step();
        long now = nanoClock.getAsLong();
        if (firstLayer < 0) {
            firstLayer = layer;
            firstNanos = now;
        }
        if (now - toldNanos >= EVERY_NANOS) {
            toldNanos = now;
            say.accept(work + ": layer " + (layer + 1) + " of " + layers + left(layer, now));
        }
    }

    private String left(int layer, long now) {
        if (layer == firstLayer) {
            return "";
        }
        double seconds = (now - firstNanos) / 1e9 / (layer - firstLayer) * (layers - layer);
        long whole = Math.max(1, Math.round(seconds));
        return whole < SECONDS_PER_MINUTE
                ? ", about " + whole + " s left of it"
                : ", about " + (whole + SECONDS_PER_MINUTE / 2) / SECONDS_PER_MINUTE + " min left of it";
    }
}
