package qroar.orchestrator.cli;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.cli.console.Columns;
import qroar.orchestrator.cli.console.ExitCode;
import qroar.orchestrator.cli.console.Output;
import qroar.orchestrator.cli.session.RunJournal;
import qroar.orchestrator.coordinator.RunEvent;
import qroar.orchestrator.coordinator.RunEventCatalog;
import qroar.orchestrator.coordinator.RunTally;
import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.OneLine;

/** {@code qroar status}: how a run stands, alive or dead, without disturbing it. */
@Command(
        name = "status",
        description = "How a run stands, read from its journal; a run under way is not disturbed.",
        mixinStandardHelpOptions = true)
final class StatusCommand implements Callable<Integer> {
    @Parameters(
            paramLabel = "RUN",
            arity = "0..1",
            description = "run directory, or the start of its name within --runs; left out, all runs")
    private @Nullable String run;

    @Mixin
    private RunsOption runs = new RunsOption();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        List<RunDirectory> chosen =
                run == null ? RunDirectory.list(runs.folder()) : List.of(RunDirectory.find(runs.folder(), run));
        List<Map<String, Object>> all =
                chosen.stream().map(StatusCommand::status).toList();
        if (json) {
            System.out.println(Output.json(run == null ? all : all.get(0)));
        } else if (all.isEmpty()) {
            System.out.println("no runs in " + runs.folder());
        } else {
            for (Map<String, Object> each : all) {
                each.forEach((key, value) -> System.out.println(
                        Columns.pad(key, 16) + (value == null ? "-" : OneLine.of(value.toString()))));
                System.out.println();
            }
        }
        return ExitCode.DONE.code();
    }

    private static Map<String, Object> status(RunDirectory directory) {
        RunTally tally = new RunTally();
        Journal recorded = RunJournal.of(directory);
        if (recorded.isThere()) {
            try (JournalReader journal = recorded.open(new RunEventCatalog().catalog())) {
                journal.forEachEvent(RunJournal.persistenceId(directory), 0, row -> tally.add((RunEvent) row.event()));
            }
        }
        RunLock.Holder holder = RunLock.holder(directory.lock());
        Map<String, Object> status = new LinkedHashMap<>();
        status.put("run", directory.name());
        status.put("state", tally.isFinished() ? "finished" : holder != null ? "running" : "stopped");
        status.put("process", holder == null ? null : holder.toString());
        status.put(
                "begun",
                tally.begunAtMillis() == 0
                        ? null
                        : Instant.ofEpochMilli(tally.begunAtMillis()).toString());
        status.put("starts", tally.starts());
        status.put("studies", tally.studies());
        status.put("trials", tally.trials());
        status.put("requests", tally.requests());
        status.put("settled", tally.settled());
        status.put("underWay", holder == null ? 0 : tally.leased());
        status.put("stopped", tally.stopped());
        status.put("diverged", tally.diverged());
        status.put("failed", tally.failed());
        status.put("reused", tally.reused());
        status.put("attemptsFailed", tally.attemptsFailed());
        status.put("windowsMeasured", tally.windows());
        status.put("report", directory.report().toString());
        return status;
    }
}
