package qroar.orchestrator.coordinator.state;

/**
 * When a run was worked on. Immutable.
 *
 * @param begunAtMillis first start, 0 before it
 * @param finishedAtMillis end, 0 before it
 * @param starts processes that took the run up, the first included
 * @param worked for how long they were at it
 */
record RunTimes(long begunAtMillis, long finishedAtMillis, int starts, WorkedTime worked) {
    static final RunTimes NONE = new RunTimes(0, 0, 0, WorkedTime.NONE);

    RunTimes begun(long atMillis) {
        return new RunTimes(atMillis, finishedAtMillis, 1, worked.takenUp(atMillis));
    }

    RunTimes resumed(long atMillis) {
        return new RunTimes(begunAtMillis, finishedAtMillis, starts + 1, worked.takenUp(atMillis));
    }

    RunTimes finished(long atMillis) {
        return new RunTimes(begunAtMillis, atMillis, starts, worked);
    }

    RunTimes worked(WorkedTime now) {
        return new RunTimes(begunAtMillis, finishedAtMillis, starts, now);
    }
}
