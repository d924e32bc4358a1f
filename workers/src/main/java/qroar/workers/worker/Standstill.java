package qroar.workers.worker;

import java.time.Duration;

/**
 * How long this process stood still: suspended (SIGSTOP, a frozen container, a closed lid), or so short of processor time that
 * a thread which only sleeps woke late. One thread for all attempts.
 */
final class Standstill {
    private static final long TICK_NANOS = Duration.ofMillis(100).toNanos();

    private long sum;
    private long tickedAt = System.nanoTime();

    private Standstill() {}

    private static final class Holder {
        static final Standstill CLOCK = started();

        private static Standstill started() {
            Standstill clock = new Standstill();
            Thread thread = new Thread(clock::tick, "standstill");
            thread.setDaemon(true);
            thread.setPriority(Thread.MAX_PRIORITY);
            thread.start();
            return clock;
        }
    }

    static Standstill clock() {
        return Holder.CLOCK;
    }

    /** Since the first call of {@link #clock}, a pause that the clock itself has not woken up from included. */
    synchronized long nanos() {
        return sum + late(System.nanoTime());
    }

    /** Twice the time that was asked for is no accident of the scheduler's. */
    private long late(long now) {
        long late = now - tickedAt - TICK_NANOS;
        return late > TICK_NANOS ? late : 0;
    }

    private void tick() {
        while (true) {
            try {
                Thread.sleep(Duration.ofNanos(TICK_NANOS).toMillis());
            } catch (InterruptedException e) {
                return;
            }
            ticked(System.nanoTime());
        }
    }

    private synchronized void ticked(long now) {
        sum += late(now);
        tickedAt = now;
    }
}
