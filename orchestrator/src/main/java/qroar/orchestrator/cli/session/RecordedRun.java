package qroar.orchestrator.cli.session;

import qroar.orchestrator.coordinator.RunEvent;
import qroar.orchestrator.coordinator.RunEventCatalog;
import qroar.orchestrator.coordinator.RunPlan;
import qroar.orchestrator.coordinator.RunState;
import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;

/** The state that a run's journal adds up to, read without locking or changing it. */
public final class RecordedRun {
    private RecordedRun() {}

    /** @throws BadInput when there is no journal yet, or it is not readable */
    public static RunState read(RunDirectory directory, ExperimentInput input) {
        Journal recorded = RunJournal.of(directory);
        if (!recorded.isThere()) {
            throw new BadInput("run " + directory.name() + " has no journal yet");
        }
        RunState[] state = {RunState.of(RunSession.plan(directory, input))};
        RunPlan plan = state[0].plan();
        try (JournalReader journal = recorded.open(new RunEventCatalog().catalog())) {
            journal.forEachEvent(plan.runId(), 0, row -> state[0] = state[0].apply((RunEvent) row.event()));
        }
        return state[0];
    }
}
