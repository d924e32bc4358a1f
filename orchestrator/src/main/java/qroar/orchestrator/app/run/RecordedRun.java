package qroar.orchestrator.app.run;

import java.util.List;
import qroar.experiments.plan.Fingerprint;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;

/**
 * A run that is there already, read without locking or changing it.
 *
 * @param input the experiment that it was begun with, and what that names
 */
public record RecordedRun(RunDirectory directory, ExperimentInput input) {
    /**
     * @param name the run's directory, or the start of its name within {@code runs}
     * @throws BadInput where there is no such run, or what its experiment names is not there any more
     */
    public static RecordedRun find(RunsFolder runs, String name) {
        RunDirectory directory = RunDirectory.find(runs.path(), name);
        return new RecordedRun(directory, ExperimentInput.recorded(directory.experiment(), runs.digests()));
    }

    /** @throws BadInput when there is no journal yet, or it is not readable */
    public RunState state() {
        Journal recorded = RunJournal.of(directory);
        if (!recorded.isThere()) {
            throw new BadInput("run " + directory.name() + " has no journal yet");
        }
        requireSame(directory, input);
        RunState[] state = {RunState.of(RunSession.plan(directory, input))};
        RunPlan plan = state[0].plan();
        try (JournalReader journal = recorded.open(new RunEventCatalog().catalog())) {
            journal.forEachEvent(plan.runId(), 0, row -> state[0] = state[0].apply((RunEvent) row.event()));
        }
        return state[0];
    }

    /**
     * @throws BadInput naming the first field in which the run was begun with something else than its experiment, its
     *     checkpoint, its documents or this program are now
     */
    static void requireSame(RunDirectory directory, ExperimentInput input) {
        List<String> differences = input.fingerprint()
                .differences(new Fingerprint(directory.manifest().fields()));
        if (!differences.isEmpty()) {
            String more = differences.size() == 1 ? "" : " (and " + (differences.size() - 1) + " more)";
            throw new BadInput("run " + directory.name() + " cannot be taken up, for it was begun with another "
                    + differences.get(0) + more);
        }
    }
}
