package qroar.orchestrator.cli.option;

import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.run.Following;
import qroar.orchestrator.app.run.RunJournal;
import qroar.orchestrator.app.run.RunSettings;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.console.Remarks;

/** What {@code run}, {@code resume} and {@code coordinator} have in common. */
public final class RunOptions {
    @Mixin
    private RunsOption runs = new RunsOption();

    @Mixin
    private WorkerOptions workers;

    @Mixin
    private MetricsOption metrics = new MetricsOption();

    @Option(
            names = "--dashboard",
            paramLabel = "[HOST:]PORT",
            description =
                    "serve a live page of the run at http://HOST:PORT/, read-only, to whoever reaches it; without a"
                            + " host on loopback; port 0 for any that is free")
    private @Nullable String dashboard;

    @Option(
            names = "--notify",
            paramLabel = "CMD",
            description =
                    "run a command of the shell when the run is finished, stopped or failed, when a trial diverges or"
                            + " is given up, and when a quantized model beats the unquantized one; QROAR_EVENT, QROAR_RUN,"
                            + " QROAR_STUDY, QROAR_REPORT and QROAR_MESSAGE say what happened")
    private @Nullable String notify;

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

    public RunSettings settings() {
        return new RunSettings(
                runs.folder(),
                workers.settings(),
                journal,
                cutDamagedJournal ? RunJournal.OnDamage.CUT : RunJournal.OnDamage.REFUSE,
                json,
                noProgress || Remarks.areUnwanted(),
                new Following(metrics.place(), dashboard, notify));
    }
}
