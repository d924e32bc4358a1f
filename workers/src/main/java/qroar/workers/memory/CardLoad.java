package qroar.workers.memory;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Whether a graphics card computes, for this process or another, as {@code nvidia-smi} tells its utilization: the share of
 * the last second or so in which at least one kernel ran. Asked by signs of life several times a second, while the tool takes a
 * moment and sometimes hangs; so it is asked by another thread, now and then, and only while anyone wants to know. Thread-safe.
 */
final class CardLoad {
    private static final int BUSY_PER_CENT = 50;
    private static final long FRESH_NANOS = Duration.ofSeconds(2).toNanos();
    /** An older answer says nothing. */
    private static final long STALE_NANOS = Duration.ofSeconds(15).toNanos();

    private final Supplier<@Nullable String> tool;
    private final AtomicBoolean asking = new AtomicBoolean();
    private volatile long answeredAt = System.nanoTime() - STALE_NANOS;
    private volatile boolean busy;

    /** @param tool its answer, one number of per cent; null when it cannot be run */
    CardLoad(Supplier<@Nullable String> tool) {
        this.tool = tool;
    }

    /** Returns at once, with what was last heard. */
    boolean isBusy() {
        long age = System.nanoTime() - answeredAt;
        if (age >= FRESH_NANOS && asking.compareAndSet(false, true)) {
            Thread thread = new Thread(this::ask, "card-load");
            thread.setDaemon(true);
            thread.start();
        }
        return busy && age < STALE_NANOS;
    }

    private void ask() {
        try {
            busy = isBusy(tool.get());
            answeredAt = System.nanoTime();
        } finally {
            asking.set(false);
        }
    }

    static boolean isBusy(@Nullable String answer) {
        String line =
                answer == null ? "" : answer.lines().findFirst().orElse("").strip();
        return line.matches("\\d{1,3}") && Integer.parseInt(line) >= BUSY_PER_CENT;
    }
}
