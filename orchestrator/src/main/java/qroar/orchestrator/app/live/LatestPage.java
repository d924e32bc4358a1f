package qroar.orchestrator.app.live;

import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import qroar.reports.live.LiveRun;
import qroar.reports.page.Pages;

/**
 * The latest page of a run: drawn once for everybody who looks, and only when somebody does; older ones that nobody saw are
 * passed over. Thread-safe.
 */
final class LatestPage {
    private @Nullable LiveRun run;
    private @Nullable Shown drawn;
    private long number;
    private boolean over;

    /**
     * A page.
     *
     * @param number rises with every page
     * @param last whether no other follows
     */
    record Shown(long number, byte[] html, boolean last) {}

    /** Never waits for a reader: pages are drawn outside this lock. */
    synchronized void show(LiveRun now) {
        run = now;
        number++;
        notifyAll();
    }

    /** No other follows. */
    synchronized void end() {
        over = true;
        number++;
        notifyAll();
    }

    /** Null before there is one. */
    @Nullable Shown get() {
        LiveRun now;
        long its;
        boolean last;
        synchronized (this) {
            if (run == null || drawn != null && drawn.number() == number) {
                return drawn;
            }
            now = run;
            its = number;
            last = over;
        }
        Shown made = new Shown(its, Pages.live(now), last);
        synchronized (this) {
            drawn = drawn == null || drawn.number() < its ? made : drawn;
        }
        return made;
    }

    /**
     * Waits for a page behind one.
     *
     * @return null where none came in time
     */
    @Nullable Shown after(long told, long millis) throws InterruptedException {
        synchronized (this) {
            long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
            while (run == null || number <= told) {
                long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
                if (left <= 0) {
                    return null;
                }
                if (over) {
                    // It ended before it began.
                    return new Shown(number, new byte[0], true);
                }
                wait(left);
            }
        }
        return get();
    }
}
