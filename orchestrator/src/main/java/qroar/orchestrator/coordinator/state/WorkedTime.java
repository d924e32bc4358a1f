package qroar.orchestrator.coordinator.state;

/**
 * For how long processes have worked on a run: the pauses between them do not count. A process says by and by how long it has
 * been at it, on a clock that nobody sets. Of one that did not, as those of earlier versions, the instants in its events are
 * believed: the last of them less when it took the run up. Immutable.
 *
 * @param earlierMillis of the processes before
 * @param takenUpAtMillis when the latest took the run up
 * @param latestMillis of the latest, as far as is known
 * @param isTold whether the latest said so itself
 */
public record WorkedTime(long earlierMillis, long takenUpAtMillis, long latestMillis, boolean isTold) {
    static final WorkedTime NONE = new WorkedTime(0, 0, 0, false);

    WorkedTime takenUp(long atMillis) {
        return new WorkedTime(millis(), atMillis, 0, false);
    }

    public WorkedTime told(long millis) {
        return new WorkedTime(earlierMillis, takenUpAtMillis, millis, true);
    }

    /** Something happened at that instant; before the process took the run up if the clock was set back. */
    WorkedTime seen(long atMillis) {
        return isTold || atMillis - takenUpAtMillis <= latestMillis
                ? this
                : new WorkedTime(earlierMillis, takenUpAtMillis, atMillis - takenUpAtMillis, false);
    }

    /** Of all processes. */
    public long millis() {
        return earlierMillis + latestMillis;
    }
}
