package qroar.orchestrator.coordinator.trial;

import org.jspecify.annotations.Nullable;
import org.pcollections.HashTreePMap;
import org.pcollections.PMap;

/**
 * Who has worked at a trial so far, where attempts failed, and what it cost. Immutable.
 *
 * @param leases granted so far; the last is the number of the latest attempt
 * @param splits how many of these took documents from a worker that was at the trial, to measure them beside it
 * @param failed attempts that failed and were not the trial's last hope, wherever; what was given back is none
 * @param setbacks where attempts failed, by the window
 * @param worker who was given a lease of it last
 * @param cause why it or its last attempt failed
 * @param spent what it cost
 */
public record Effort(
        int leases,
        int splits,
        int failed,
        PMap<Integer, Setback> setbacks,
        @Nullable String worker,
        @Nullable String cause,
        Spending spent) {
    static final Effort NONE = new Effort(0, 0, 0, HashTreePMap.empty(), null, null, Spending.NONE);

    /** Most failures at one place. */
    int failures() {
        return setbacks.values().stream().mapToInt(Setback::failures).max().orElse(0);
    }

    /** Whether the last failure at some place was this worker's. */
    public boolean hasFailedOn(String by) {
        return setbacks.values().stream().anyMatch(setback -> setback.worker().equals(by));
    }

    public int failuresAt(int window) {
        Setback setback = setbacks.get(window);
        return setback == null ? 0 : setback.failures();
    }

    Effort leased(String by) {
        return new Effort(leases + 1, splits, failed, setbacks, by, cause, spent);
    }

    Effort split() {
        return new Effort(leases, splits + 1, failed, setbacks, worker, cause, spent);
    }

    /** Windows were measured: what failed there before does not count any more. */
    Effort passed(int fromWindow, int toWindow) {
        PMap<Integer, Setback> left = setbacks;
        for (Setback setback : setbacks.values()) {
            if (setback.window() >= fromWindow && setback.window() < toWindow) {
                left = left.minus(setback.window());
            }
        }
        return withSetbacks(left);
    }

    Effort failedAt(int window, String by) {
        return withSetbacks(setbacks.plus(window, new Setback(window, failuresAt(window) + 1, by)));
    }

    /** An attempt failed after which the trial waits to be tried again. */
    Effort toBeRetried() {
        return new Effort(leases, splits, failed + 1, setbacks, worker, cause, spent);
    }

    private Effort withSetbacks(PMap<Integer, Setback> all) {
        return new Effort(leases, splits, failed, all, worker, cause, spent);
    }

    Effort because(@Nullable String why) {
        return new Effort(leases, splits, failed, setbacks, worker, why, spent);
    }

    Effort plus(Spending more) {
        return new Effort(leases, splits, failed, setbacks, worker, cause, spent.plus(more));
    }
}
