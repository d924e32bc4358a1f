package qroar.orchestrator.coordinator.dispatch;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Predicate;
import qroar.protocol.message.Lease;

/**
 * How fast documents are read, as the windows that arrive tell: by it is known whether a document is worth a lease of its
 * own. Before a lease has told of two batches nothing is known. It decides who measures what, never what is measured. Confined
 * to the actor.
 */
public final class Pace {
    /** Since the first batch of a lease, before which a model may have been loaded. */
    private record Mark(long atNanos, long tokens) {}

    private final Map<Lease, Mark> marks = new HashMap<>();
    private final long floorNanos;
    private double nanosPerToken = Double.NaN;

    /** @param floor least time that a document must take to be given to another worker */
    public Pace(Duration floor) {
        this.floorNanos = floor.toNanos();
    }

    /** Tokens were scored under a lease; nanoseconds are of one monotonic clock. */
    public void measured(Lease lease, long tokens, long atNanos) {
        Mark mark = marks.get(lease);
        if (mark == null) {
            marks.put(lease, new Mark(atNanos, 0));
            return;
        }
        long since = mark.tokens + tokens;
        marks.put(lease, new Mark(mark.atNanos, since));
        if (since > 0) {
            nanosPerToken = (double) (atNanos - mark.atNanos) / since;
        }
    }

    public void forgetAllBut(Predicate<Lease> current) {
        marks.keySet().removeIf(current.negate());
    }

    /** Whether so many tokens are known to take long enough. */
    boolean isWorthALease(long tokens) {
        return floorNanos == 0 || tokens * nanosPerToken >= floorNanos;
    }
}
