package qroar.orchestrator.cli.run;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.run.RunJournal;
import qroar.orchestrator.cli.option.RunsOption;
import qroar.orchestrator.console.Columns;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.event.RunTally;
import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.check.JournalSoundness;
import qroar.orchestrator.journal.codec.JournalFormatException;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;

/** {@code qroar status}: how a run stands, alive or dead, without disturbing it. */
@Command(
        name = "status",
        description = "How a run stands, read from its journal; a run under way is not disturbed.",
        mixinStandardHelpOptions = true)
public final class StatusCommand implements Callable<Integer> {
    private static final String DAMAGED = "damaged";

    @Parameters(
            paramLabel = "RUN",
            arity = "0..1",
            description = "run directory, or the start of its name within --runs; left out, all runs")
    private @Nullable String run;

    @Mixin
    private RunsOption runs = new RunsOption();

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Option(
            names = "--check",
            description = "look at every event and snapshot of the journal instead; exit code 1 when one is damaged")
    private boolean check;

    @Override
    public Integer call() {
        List<RunDirectory> chosen =
                run == null ? RunDirectory.list(runs.folder()) : List.of(RunDirectory.find(runs.folder(), run));
        List<Map<String, Object>> all = new ArrayList<>();
        ExitCode code = ExitCode.DONE;
        for (RunDirectory directory : chosen) {
            try {
                all.add(check ? soundness(directory) : status(directory));
            } catch (JournalDamage damage) {
                if (run != null && !check) {
                    throw damage;
                }
                // One damaged journal does not hide the other runs.
                all.add(damaged(directory, damage));
            } catch (BadInput | JournalFormatException unreadable) {
                if (run != null) {
                    throw unreadable;
                }
                all.add(damaged(directory, unreadable));
            }
        }
        if (all.stream().anyMatch(each -> DAMAGED.equals(each.get("state")))) {
            code = ExitCode.FAILED;
        }
        print(all);
        return code.code();
    }

    private void print(List<Map<String, Object>> all) {
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
    }

    private static Map<String, Object> damaged(RunDirectory directory, RuntimeException damage) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("run", directory.name());
        row.put("state", DAMAGED);
        row.put("damage", damage.getMessage());
        return row;
    }

    private static Map<String, Object> soundness(RunDirectory directory) {
        Journal recorded = RunJournal.of(directory);
        JournalSoundness found = new JournalSoundness(0, 0, List.of(), List.of(), null);
        if (recorded.isThere()) {
            try (JournalReader journal = recorded.open(new RunEventCatalog().catalog())) {
                found = journal.check(RunJournal.persistenceId(directory), JournalReader.Depth.EVERYTHING);
            }
        }
        JournalDamage damage = found.damage() == null ? RunJournal.emptied(directory) : found.damage();
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("run", directory.name());
        row.put("state", damage == null && found.isSound() ? "sound" : DAMAGED);
        row.put("journal", recorded.toString());
        row.put("soundEvents", found.events());
        row.put("withoutChecksum", found.unsealedEvents());
        row.put("soundSnapshots", found.soundSnapshots().size());
        row.put("damagedSnapshots", found.damagedSnapshots().size());
        String snapshots = found.isSound()
                ? null
                : "the snapshots behind the events " + found.damagedSnapshots()
                        + " are damaged; the run is taken up without them, from its events";
        row.put("damage", damage == null ? snapshots : damage.getMessage());
        return row;
    }

    private static Map<String, Object> status(RunDirectory directory) {
        RunTally tally = new RunTally();
        Journal recorded = RunJournal.of(directory);
        if (recorded.isThere()) {
            try (JournalReader journal = recorded.open(new RunEventCatalog().catalog())) {
                journal.forEachEvent(RunJournal.persistenceId(directory), 0, row -> tally.add((RunEvent) row.event()));
            }
        }
        JournalDamage emptied = tally.begunAtMillis() == 0 ? RunJournal.emptied(directory) : null;
        if (emptied != null) {
            throw emptied;
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
