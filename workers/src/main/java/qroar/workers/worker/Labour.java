package qroar.workers.worker;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What the threads of one attempt did with their time: they computed, they were kept from it (others had the processor, a
 * quota was used up, the process was suspended), or they did nothing although they could. Only the last makes a worker that
 * comes no further a hung one. A thread that waits for a graphics card mostly spins, so it computes; where it sleeps
 * instead, a card that computes for whomever keeps it from computing.
 *
 * <p>Linux tells per thread how long it ran and how long it was ready but did not run. Elsewhere the JVM tells how long the
 * attempt's own thread ran, and only pauses of the whole process show that others kept it from running. Thread-safe.
 */
final class Labour {
    /** Since the attempt began; pieces of work that were done before anyone looked are left out. */
    record Sums(long idleNanos, long busyNanos) {}

    private final Standstill standstill = Standstill.clock();
    private final ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    private final BooleanSupplier deviceComputes;
    private long idle;
    private long busy;
    private @Nullable Thread worker;
    private @Nullable ThreadTeam team;
    private Map<String, ThreadTeam.Times> before = new HashMap<>();
    private boolean isFresh;
    private long cpuBefore;
    private long lookedAt;
    private long stoodBefore;

    /** @param deviceComputes for this process or another; asked only while the threads do nothing */
    Labour(BooleanSupplier deviceComputes) {
        this.deviceComputes = deviceComputes;
    }

    /** The calling thread works on the attempt from now on. */
    synchronized void begin() {
        worker = Thread.currentThread();
        team = ThreadTeam.ofThisThread();
        isFresh = true;
    }

    /** It handed over what it had; waiting for the next demand is nobody's idleness. */
    synchronized void end() {
        if (!isFresh) {
            look();
        }
        worker = null;
    }

    synchronized Sums sums() {
        look();
        return new Sums(idle, busy);
    }

    /**
     * The first look at a piece of work only notes where it stands: looking reads a file per thread of the process, which
     * is nothing twice a second and too much for every window.
     */
    private void look() {
        Thread works = worker;
        if (works == null) {
            return;
        }
        if (isFresh) {
            isFresh = false;
            before = team == null ? new HashMap<>() : team.times();
            cpuBefore = cpu(works);
            lookedAt = System.nanoTime();
            stoodBefore = standstill.nanos();
            return;
        }
        long now = System.nanoTime();
        long elapsed = now - lookedAt;
        lookedAt = now;
        long stood = standstill.nanos();
        long kept = stood - stoodBefore;
        stoodBefore = stood;
        long ran = 0;
        ThreadTeam members = team;
        if (members != null) {
            Map<String, ThreadTeam.Times> times = members.times();
            for (Map.Entry<String, ThreadTeam.Times> each : times.entrySet()) {
                ThreadTeam.Times then = before.getOrDefault(each.getKey(), ThreadTeam.Times.NONE);
                ran += Math.max(0, each.getValue().ranNanos() - then.ranNanos());
                kept += Math.max(0, each.getValue().waitedNanos() - then.waitedNanos());
            }
            before = times;
        } else {
            long cpu = cpu(works);
            ran = Math.max(0, cpu - cpuBefore);
            cpuBefore = cpu;
        }
        ran = Math.min(ran, elapsed);
        busy += ran;
        long could = Math.max(0, elapsed - ran - Math.max(0, kept));
        idle += could > 0 && deviceComputes.getAsBoolean() ? 0 : could;
    }

    private long cpu(Thread thread) {
        try {
            return Math.max(0, threads.getThreadCpuTime(thread.getId()));
        } catch (UnsupportedOperationException e) {
            return 0;
        }
    }
}
