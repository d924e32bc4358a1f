package qroar.orchestrator.cli.option;

import java.nio.file.Path;
import java.time.Instant;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.run.RunExecution;
import qroar.orchestrator.app.run.RunJournal;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.RunManifest;

/** What {@code run}, {@code resume} and {@code coordinator} have in common. */
public final class RunOptions {
    @Mixin
    private RunsOption runs = new RunsOption();

    @Mixin
    private WorkerOptions workers;

    @Mixin
    private MetricsOption metrics = new MetricsOption();

    @Option(
            names = "--journal",
            paramLabel = "URL",
            description = "keep the journal of a new run in a PostgreSQL database that runs share, for instance"
                    + " jdbc:postgresql://db:5432/qroar?user=me (password: ~/.pgpass or PGPASSWORD); left out, in a"
                    + " file of the run's own")
    private @Nullable String journal;

    @Option(
            names = "--cut-damaged-journal",
            description = "where the journal is damaged, go on from the last event before; the damaged journal is kept"
                    + " beside it")
    private boolean cutDamagedJournal;

    @Option(names = "--json", description = "print the result as JSON instead of a table")
    private boolean json;

    @Option(names = "--no-progress", description = "no progress on standard error")
    private boolean noProgress;

    public RunOptions(WorkerSettings.Role role) {
        this.workers = new WorkerOptions(role);
    }

    public Path runs() {
        return runs.folder();
    }

    public WorkerSettings workers() {
        return workers.settings();
    }

    public boolean json() {
        return json;
    }

    public void requireSensible() {
        workers.settings().requireSensible();
    }

    /** An experiment that is to be begun, or gone on with, on the devices of these options. */
    public ExperimentInput read(Path experiment) {
        return told(ExperimentInput.read(
                experiment, runs.digests(), workers.settings().kinds()));
    }

    /** The experiment that a run was begun with. */
    public ExperimentInput read(RunDirectory directory) {
        return told(ExperimentInput.read(directory.experiment(), runs.digests()));
    }

    private ExperimentInput told(ExperimentInput input) {
        new Notes().tell(input.notes());
        return input;
    }

    /** The experiment's directory; a new one is made only when there is what to compute on. */
    public RunDirectory directoryOf(ExperimentInput input) {
        RunManifest manifest = RunManifest.of(
                input.definition().name(),
                input.fingerprint().hex(),
                input.fingerprint().fields(),
                Instant.now());
        if (journal != null) {
            Journal.postgres(journal);
        }
        if (!RunDirectory.exists(runs.folder(), manifest)) {
            workers.settings().requireAccelerators();
        }
        return keepingJournal(RunDirectory.open(runs.folder(), manifest));
    }

    /** Where a new run was asked to keep its journal; one that was begun keeps it where it is. */
    public RunDirectory keepingJournal(RunDirectory directory) {
        if (journal != null) {
            Journal.postgres(journal);
            directory.keepJournalAt(journal);
        }
        return directory;
    }

    public RunExecution execution(ExperimentInput input, RunDirectory directory) {
        return RunExecution.of(input, directory, workers.settings())
                .withJournal(cutDamagedJournal ? RunJournal.OnDamage.CUT : RunJournal.OnDamage.REFUSE)
                .withOutput(json, noProgress)
                .withMetrics(metrics.place());
    }
}
