package qroar.orchestrator.app.run;

import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.Overrides;
import qroar.experiments.plan.Fingerprint;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.live.Dashboard;
import qroar.orchestrator.app.live.Notifier;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;
import qroar.protocol.BadInput;

/**
 * How runs are begun and taken up.
 *
 * @param runs where they live
 * @param journal address of the database of a new run's journal; null for a file of the run's own
 * @param onDamage what is done about a damaged journal
 * @param json whether the result is printed as JSON
 * @param silent whether no progress is shown
 * @param following who looks on from outside
 */
public record RunSettings(
        RunsFolder runs,
        WorkerSettings workers,
        @Nullable String journal,
        RunJournal.OnDamage onDamage,
        boolean json,
        boolean silent,
        Following following) {
    private static final String BLOCKS = "calibration.blocks";

    /**
     * A run of an experiment, new or begun before. A new one's directory is made only when there is what to compute on.
     *
     * @param overrides keys of the command line in the file's stead
     * @throws qroar.protocol.BadInput in one line, whatever is wrong with the settings, the file or what it names
     */
    public RunExecution begin(Path experiment, Overrides overrides) {
        workers.requireSensible();
        return followed(() -> prepared(experiment, overrides));
    }

    private RunExecution prepared(Path experiment, Overrides overrides) {
        ExperimentInput input = told(ExperimentInput.read(experiment, overrides, runs.digests(), workers.kinds()));
        RunManifest manifest = RunManifest.of(
                input.definition().name(),
                input.fingerprint().hex(),
                input.fingerprint().fields(),
                Instant.now());
        requireJournalAddress();
        if (!RunDirectory.exists(runs.path(), manifest)) {
            workers.requireAccelerators();
            tellOfOldBlocks(manifest);
            if (journal != null) {
                // A new run keeps the address for good; a mistyped one is refused before there is a directory.
                Journal.postgres(journal).hold(RunDirectory.nameOf(manifest)).close();
            }
        }
        return execution(input, RunDirectory.open(runs.path(), manifest));
    }

    /** A run of before, which chose other calibration blocks, is not gone on with; whoever waits for it should know. */
    private void tellOfOldBlocks(RunManifest manifest) {
        Fingerprint here = new Fingerprint(manifest.fields());
        try {
            for (RunDirectory other : RunDirectory.list(runs.path())) {
                List<String> differences =
                        here.differences(new Fingerprint(other.manifest().fields()));
                if (differences.size() == 1 && differences.get(0).startsWith(BLOCKS + ":")) {
                    new Notes()
                            .tell("run " + other.name() + " differs in " + differences.get(0)
                                    + " (absent: consecutive) alone; this is another run, and qroar resume "
                                    + other.name() + " goes on with that one");
                }
            }
        } catch (BadInput unreadable) {
            // Somebody else's damaged folder is no reason to refuse a new run.
        }
    }

    /**
     * A run by its name.
     *
     * @throws qroar.protocol.BadInput where anything that may change a number is not what it was
     */
    public RunExecution takeUp(String run) {
        workers.requireSensible();
        requireJournalAddress();
        return followed(() -> recorded(run));
    }

    private RunExecution recorded(String run) {
        RecordedRun recorded = RecordedRun.find(runs, run);
        RecordedRun.requireSame(recorded.directory(), told(recorded.input()));
        return execution(recorded.input(), recorded.directory());
    }

    /** A place that cannot be listened on is refused before anything is made. */
    private RunExecution followed(Supplier<RunExecution> prepare) {
        Notifier.requireCommand(following.command());
        Dashboard dashboard = following.openDashboard();
        try {
            return prepare.get().withFollowing(following, dashboard);
        } catch (RuntimeException | Error e) {
            if (dashboard != null) {
                dashboard.close();
            }
            throw e;
        }
    }

    private void requireJournalAddress() {
        if (journal != null) {
            Journal.postgres(journal);
        }
    }

    private static ExperimentInput told(ExperimentInput input) {
        new Notes().tell(input.notes());
        return input;
    }

    private RunExecution execution(ExperimentInput input, RunDirectory directory) {
        if (journal != null) {
            directory.keepJournalAt(journal);
        }
        return RunExecution.of(input, directory, workers).withJournal(onDamage).withOutput(json, silent);
    }
}
