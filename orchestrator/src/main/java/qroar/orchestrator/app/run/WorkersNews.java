package qroar.orchestrator.app.run;

import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * What a person at a listening coordinator wants to know of its workers: that the first has joined, and, now and then, that
 * there is none. Confined to one thread.
 */
final class WorkersNews {
    private static final long FIRST_NANOS = Duration.ofSeconds(15).toNanos();
    private static final long LATER_NANOS = Duration.ofMinutes(5).toNanos();

    private final String howToJoin;
    private final Consumer<String> say;
    private final LongSupplier nanoClock;
    private int known = -1;
    private long nextNanos;

    /** @param nanoClock monotonic */
    WorkersNews(String howToJoin, Consumer<String> say, LongSupplier nanoClock) {
        this.howToJoin = howToJoin;
        this.say = say;
        this.nanoClock = nanoClock;
    }

    /** Takes note of how many workers there are now. */
    void see(int workers) {
        long now = nanoClock.getAsLong();
        if (workers > 0) {
            if (known <= 0) {
                say.accept(workers == 1 ? "a worker has joined" : workers + " workers have joined");
            }
        } else if (known != 0) {
            nextNanos = now + FIRST_NANOS;
        } else if (now - nextNanos >= 0) {
            nextNanos = now + LATER_NANOS;
            say.accept("no worker is here; workers join with: " + howToJoin);
        }
        known = workers;
    }
}
