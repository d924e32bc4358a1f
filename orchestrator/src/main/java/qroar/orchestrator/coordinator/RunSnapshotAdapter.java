package qroar.orchestrator.coordinator;

import org.apache.pekko.persistence.typed.SnapshotAdapter;

/** Stores {@link RunState} as {@link RunSnapshot}. */
final class RunSnapshotAdapter implements SnapshotAdapter<RunState> {
    private final RunPlan plan;

    RunSnapshotAdapter(RunPlan plan) {
        this.plan = plan;
    }

    @Override
    public Object toJournal(RunState state) {
        return RunSnapshot.of(state);
    }

    @Override
    public RunState fromJournal(Object stored) {
        return ((RunSnapshot) stored).restore(plan);
    }
}
