package qroar.orchestrator.app.run;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.experiments.study.Study;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.live.Dashboard;
import qroar.orchestrator.app.live.RunProgress;
import qroar.orchestrator.app.process.InnermostCause;
import qroar.orchestrator.app.process.Listening;
import qroar.orchestrator.app.process.MetricsPlace;
import qroar.orchestrator.app.process.TerminationSignals;
import qroar.orchestrator.app.result.EngineGuard;
import qroar.orchestrator.app.result.OutcomeTable;
import qroar.orchestrator.app.result.RunReports;
import qroar.orchestrator.app.tasks.StudyTasks;
import qroar.orchestrator.app.worker.LocalWorkers;
import qroar.orchestrator.app.worker.Seat;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.cache.TrialCache;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.logging.RunLog;
import qroar.orchestrator.metrics.MetricsServer;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.orchestrator.rundirectory.Whereabouts;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.protocol.StorageFault;
import qroar.protocol.storage.AtomicFile;
import qroar.reports.ReportWriter;
import qroar.reports.ResultFile;
import qroar.reports.model.RunReport;
import qroar.workers.torch.TorchRuntime;

/** Carries a prepared run out, or takes it up, and leaves its report behind however it ends. */
public final class RunExecution {
    private static final Logger LOG = LoggerFactory.getLogger(RunExecution.class);
    private static final long LOOK_MILLIS = 250;
    private static final long REPORT_NANOS = 5_000_000_000L;
    private static final qroar.reports.model.RunState STOPPED = qroar.reports.model.RunState.STOPPED;
    private static final long CACHE_BYTES = 2L << 30;

    private final ExperimentInput input;
    private final RunDirectory directory;
    private final WorkerSettings workers;
    private @Nullable Listening listening;
    private Following following = Following.NONE;
    private RunNotifier notifier;
    private @Nullable Dashboard dashboard;
    private RunJournal.OnDamage onDamage = RunJournal.OnDamage.REFUSE;
    private Whereabouts place = Whereabouts.of();
    private boolean json;
    private boolean silent;

    private RunExecution(ExperimentInput input, RunDirectory directory, WorkerSettings workers) {
        this.input = input;
        this.directory = directory;
        this.workers = workers;
        this.notifier = new RunNotifier(null, directory.path());
    }

    public static RunExecution of(ExperimentInput input, RunDirectory directory, WorkerSettings workers) {
        return new RunExecution(input, directory, workers);
    }

    /** Lets workers of other processes join; otherwise no port is opened. */
    public RunExecution listening(Listening where) {
        listening = where;
        return this;
    }

    /**
     * Whom the run is told to while it goes on.
     *
     * @param page the live page, which ends with the run; null for none
     */
    RunExecution withFollowing(Following who, @Nullable Dashboard page) {
        following = who;
        notifier = new RunNotifier(who.command(), directory.path());
        dashboard = page;
        return this;
    }

    public RunExecution withJournal(RunJournal.OnDamage whenDamaged) {
        onDamage = whenDamaged;
        return this;
    }

    public RunExecution withOutput(boolean asJson, boolean withoutProgress) {
        json = asJson;
        silent = withoutProgress;
        return this;
    }

    /** Runs to the end, to a signal, or to a failure of the coordinator; a finished run is only printed, and ends as it did. */
    public ExitCode execute() {
        try (Dashboard page = dashboard;
                RunNotifier told = notifier) {
            return toTheEnd();
        }
    }

    private ExitCode toTheEnd() {
        RunReport finished = finished();
        if (finished != null) {
            print(finished);
            return ending().finished(finished);
        }
        try {
            return carryOut();
        } catch (UncheckedIOException e) {
            return ending().interrupted(String.valueOf(e.getMessage()));
        } catch (StorageFault | BadInput e) {
            StorageFault fault = StorageFault.in(e);
            // A file of the experiment's that is not there is bad input, and so is a run that may not be written.
            boolean mends = e instanceof StorageFault || fault != null && StorageFault.isPassing(e);
            if (!mends) {
                throw e;
            }
            return ending().interrupted(String.valueOf(e.getMessage()));
        } catch (RuntimeException | Error e) {
            notifier.failed(e.toString());
            throw e;
        }
    }

    private ExitCode carryOut() {
        if (listening != null) {
            say("starting the coordinator of run " + directory.name());
        }
        try (RunLock lock = RunLock.acquire(directory.lock());
                Journal.Held held = RunJournal.of(directory).hold(RunJournal.persistenceId(directory));
                RunLog log = RunLog.open(directory.log(), directory.name());
                TerminationSignals signals = new TerminationSignals()) {
            input.notes().forEach(note -> LOG.info("note: {}", note));
            directory.deleteLeftovers();
            RunJournal.makeSound(directory, onDamage);
            AtomicFile.write(directory.experiment(), input.definition().resolved());
            RunsFolder shared = new RunsFolder(directory.runs());
            TrialCache cache = TrialCache.open(shared.trials(), CACHE_BYTES);
            LocalWorkers local = LocalWorkers.of(input, workers, shared.models());
            StudyTasks tasks = StudyTasks.of(input, directory.path());
            EngineGuard engines = EngineGuard.of(
                    directory,
                    input.plan().studies().stream().map(Study::quantization).toList());
            engines.see(local.profiles());
            RunReports mapper = new RunReports(
                    input,
                    tasks,
                    RunReports.versions(TorchRuntime.get().version()),
                    RunReports.hardware(local.profiles()),
                    engines);
            RunMetrics figures = new RunMetrics(directory.name(), cache, local::metrics);
            LiveRecord live = new LiveRecord(directory, input, dashboard);
            try (MetricsServer server = MetricsPlace.start(following.metrics(), figures::families);
                    RunSession session = start(cache, local.seats())) {
                place = Whereabouts.of(directory.path(), directory.manifestFile(), directory.journal());
                RunView over = follow(session, mapper, figures, live, signals);
                if (over != null) {
                    sayWhatIsNotKept(cache);
                    return conclude(over, mapper, live);
                }
                return session.coordinatorEnd().isResumable() ? ExitCode.INCOMPLETE : ExitCode.FAILED;
            } finally {
                local.close();
            }
        }
    }

    /** Costs a later run its time and this one nothing, so it is told when this one is done and not among its faults. */
    private static void sayWhatIsNotKept(TrialCache cache) {
        String refusal = cache.refusal();
        if (refusal != null) {
            say(cache.counters().notStored() + " results are not kept for later runs: " + OneLine.of(refusal));
        }
    }

    /** What a finished run left, as it was written then; null where it has to be made (again) from the journal. */
    private @Nullable RunReport finished() {
        if (!Stream.of(directory.result(), directory.trials(), directory.report())
                .allMatch(Files::exists)) {
            return null;
        }
        try {
            RunReport report = ResultFile.read(directory.result());
            boolean whole = report.run().state() == qroar.reports.model.RunState.FINISHED
                    && ResultFile.isCurrent(report)
                    && report.run().fingerprint().equals(input.fingerprint().hex())
                    && report.run().experimentYaml().equals(input.definition().resolved());
            return whole ? report : null;
        } catch (BadInput damaged) {
            return null;
        }
    }

    private RunSession start(TrialCache cache, List<Seat> seats) {
        Listening where = listening;
        if (where == null) {
            return RunSession.start(directory, input, cache, seats, ConfigFactory.empty());
        }
        Config membership = where.coordinatorConfig(directory);
        try {
            RunSession session = RunSession.start(directory, input, cache, seats, membership);
            say("listening on " + where.endpoint() + "; workers join with: " + where.joinCommand(directory));
            return session;
        } catch (org.apache.pekko.remote.RemoteTransportException e) {
            throw new BadInput("--listen " + where.endpoint() + " cannot be listened on: " + InnermostCause.text(e), e);
        }
    }

    /** Until the search is over; null when it ended before. */
    private @Nullable RunView follow(
            RunSession session, RunReports mapper, RunMetrics figures, LiveRecord live, TerminationSignals signals) {
        PrintStream err = System.err;
        RunView last = null;
        long nextReport = System.nanoTime();
        try (RunProgress progress = RunProgress.on(err, silent)) {
            WorkersNews news = listening == null
                    ? null
                    : new WorkersNews(
                            listening.joinCommand(directory), line -> progress.say("qroar: " + line), System::nanoTime);
            while (true) {
                RunView view = session.view();
                if (view == null) {
                    progress.close();
                    ending().broken(session.coordinatorEnd(), last, seen -> writeStopped(mapper, seen));
                    live.end(last, STOPPED);
                    return null;
                }
                last = view;
                place.require();
                figures.see(view);
                mapper.see(view);
                if (live.isDue(view)) {
                    progress.show(live.see(view));
                    notifier.see(view.state(), progress::say);
                }
                if (news != null && view.state().phase() == RunState.Phase.RUNNING) {
                    news.see(view.workers().size());
                }
                if (view.state().isOver()) {
                    return view;
                }
                if (System.nanoTime() - nextReport >= 0 && view.state().phase() == RunState.Phase.RUNNING) {
                    ReportWriter.write(directory.path(), mapper.report(view));
                    nextReport = System.nanoTime() + REPORT_NANOS;
                }
                String fault = session.storageFault();
                if (fault != null) {
                    progress.close();
                    ending().faulty(session, fault, seen -> writeStopped(mapper, seen));
                    live.end(view, STOPPED);
                    return null;
                }
                String signal = signals.await(LOOK_MILLIS);
                if (signal != null) {
                    progress.close();
                    live.end(ending().stopped(session, signal, seen -> writeStopped(mapper, seen)), STOPPED);
                    return null;
                }
            }
        }
    }

    /** The last report, and the outcome on standard output. */
    private ExitCode conclude(RunView finished, RunReports mapper, LiveRecord live) {
        RunReport report = mapper.report(finished);
        place.require();
        ReportWriter.write(directory.path(), report);
        live.end(finished, qroar.reports.model.RunState.FINISHED);
        notifier.finished(report);
        print(report);
        return ending().finished(report);
    }

    private static void say(String line) {
        System.err.println("qroar: " + line);
    }

    private RunEnd ending() {
        return new RunEnd(directory, notifier);
    }

    private void writeStopped(RunReports mapper, RunView view) {
        place.require();
        ReportWriter.write(directory.path(), mapper.stopped(view));
    }

    private void print(RunReport report) {
        if (json) {
            System.out.println(OneLine.lines(ResultFile.json(report)));
        } else {
            List<String> lines = new ArrayList<>(OutcomeTable.lines(report));
            lines.add("report: " + directory.report());
            lines.forEach(line -> System.out.println(OneLine.of(line)));
        }
    }
}
