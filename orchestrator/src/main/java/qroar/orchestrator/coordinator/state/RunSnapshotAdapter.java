package qroar.orchestrator.coordinator.state;

import org.apache.pekko.persistence.typed.SnapshotAdapter;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.journal.codec.EventSeries;
import qroar.orchestrator.journal.codec.JournalEvent;

/** Stores {@link RunState} as the events of its {@link RunHistory}, and takes them for the beginning of the journal. */
public final class RunSnapshotAdapter implements SnapshotAdapter<RunState> {
    private final RunPlan plan;

    public RunSnapshotAdapter(RunPlan plan) {
        this.plan = plan;
    }

    @Override
    public Object toJournal(RunState state) {
        return EventSeries.of(state.history().events(state));
    }

    @Override
    public RunState fromJournal(Object stored) {
        RunState state = RunState.of(plan);
        for (JournalEvent event : ((EventSeries) stored).events()) {
            state = state.apply((RunEvent) event);
        }
        return state;
    }
}
