package qroar.orchestrator.coordinator.trial;

/**
 * What one lease covers of a trial: consecutive windows. Several workers may measure portions of one trial at a time; no
 * window is in two of them. Immutable.
 *
 * @param attempt of the lease
 * @param worker who holds it
 * @param firstWindow first window that was missing when it was handed out
 * @param toWindow after the last window; moves down when another worker takes documents over
 * @param leasedAtMillis when it was handed out
 */
public record Portion(int attempt, String worker, int firstWindow, int toWindow, long leasedAtMillis) {
    public Portion {
        if (firstWindow < 0 || toWindow < firstWindow) {
            throw new IllegalStateException(
                    "the journal leases windows " + firstWindow + " to " + toWindow + " for attempt " + attempt);
        }
    }

    public boolean holds(int window) {
        return window >= firstWindow && window < toWindow;
    }

    Portion curtailed(int to) {
        return new Portion(attempt, worker, firstWindow, to, leasedAtMillis);
    }
}
