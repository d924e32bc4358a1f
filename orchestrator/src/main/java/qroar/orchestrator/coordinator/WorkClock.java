package qroar.orchestrator.coordinator;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.RunState.Phase;

/**
 * For how long this process has had the run, and when the journal is to hear of it: with other events, so that it costs no
 * write of its own, and seldom. A process that is killed loses what it worked since its last event. Confined to the actor.
 */
final class WorkClock {
    private static final Duration TELL_EVERY = Duration.ofSeconds(10);

    private final LongSupplier nanoTime;
    private final long begunAt;
    private long toldAt;

    WorkClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.begunAt = nanoTime.getAsLong();
        this.toldAt = begunAt;
    }

    RunEvent.RunWorked worked() {
        return new RunEvent.RunWorked(TimeUnit.NANOSECONDS.toMillis(nanoTime.getAsLong() - begunAt));
    }

    /** What is to be persisted with events that lead to that state. */
    List<RunEvent.RunWorked> due(RunState before, RunState after) {
        boolean ends = before.phase() != Phase.FINISHED && after.phase() == Phase.FINISHED;
        if (!ends && nanoTime.getAsLong() - toldAt < TELL_EVERY.toNanos()) {
            return List.of();
        }
        toldAt = nanoTime.getAsLong();
        return List.of(worked());
    }

    /** The state as of now. */
    RunState now(RunState state) {
        return state.phase() == Phase.RUNNING ? state.worked(state.worked().told(worked().millis())) : state;
    }
}
