package qroar.orchestrator.app.status;

import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.live.Terminal;
import qroar.orchestrator.app.run.RunJournal;
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
import qroar.reports.live.LiveRun;

/**
 * How a run stands, alive or dead, read from its journal without disturbing it.
 *
 * @param isDamaged whether its journal is
 * @param figures by name, in their order; a figure may be null
 * @param live how far its studies are; null where nothing but the journal tells, or nothing was asked
 */
public record RunStatus(
        boolean isDamaged,
        Map<String, @Nullable Object> figures,
        @Nullable LiveRun live) {
    /** What is looked at. */
    public enum Look {
        /** How far the run is. */
        PROGRESS,
        /** Whether every event and snapshot of its journal is what was written. */
        SOUNDNESS
    }

    /** @throws BadInput where there is no such run; so is what keeps its journal from being read thrown */
    public static RunStatus of(RunsFolder runs, String run, Look look) {
        RunDirectory directory = RunDirectory.find(runs.path(), run);
        try {
            return of(directory, look);
        } catch (JournalDamage damage) {
            if (look == Look.PROGRESS) {
                throw damage;
            }
            return damaged(directory, damage);
        }
    }

    /**
     * Of every run, sorted by name. One damaged journal does not hide the other runs; one that is taken away while it is looked at
     * is not damaged.
     */
    public static List<RunStatus> ofAll(RunsFolder runs, Look look) {
        return RunDirectory.list(runs.path()).stream()
                .flatMap(directory -> {
                    try {
                        return Stream.of(of(directory, look));
                    } catch (JournalDamage | BadInput | JournalFormatException unreadable) {
                        return directory.isThere() ? Stream.of(damaged(directory, unreadable)) : Stream.empty();
                    }
                })
                .toList();
    }

    /** One run's, for people. */
    public List<String> lines(RunsFolder runs, String run) {
        return StatusText.of(RunDirectory.find(runs.path(), run), figures, live, Terminal.columns());
    }

    /** Those of several runs, for people. */
    public static List<String> lines(List<RunStatus> all) {
        return StatusText.ofAll(all, Terminal.columns());
    }

    private static RunStatus of(RunDirectory directory, Look look) {
        return look == Look.PROGRESS ? progress(directory) : soundness(directory);
    }

    private static RunStatus damaged(RunDirectory directory, RuntimeException damage) {
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("run", directory.name());
        figures.put("state", "damaged");
        figures.put("damage", damage.getMessage());
        return new RunStatus(true, figures, null);
    }

    private static RunStatus soundness(RunDirectory directory) {
        Journal recorded = RunJournal.of(directory);
        JournalSoundness found = new JournalSoundness(0, 0, List.of(), List.of(), null);
        if (recorded.isThere()) {
            try (JournalReader journal = recorded.open(new RunEventCatalog().catalog())) {
                found = journal.check(RunJournal.persistenceId(directory), JournalReader.Depth.EVERYTHING);
            }
        }
        JournalDamage damage = found.damage() == null ? RunJournal.emptied(directory) : found.damage();
        boolean sound = damage == null && found.isSound();
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("run", directory.name());
        figures.put("state", sound ? "sound" : "damaged");
        figures.put("journal", recorded.toString());
        figures.put("soundEvents", found.events());
        figures.put("withoutChecksum", found.unsealedEvents());
        figures.put("soundSnapshots", found.soundSnapshots().size());
        figures.put("damagedSnapshots", found.damagedSnapshots().size());
        String snapshots = found.isSound()
                ? null
                : "the snapshots behind the events " + found.damagedSnapshots()
                        + " are damaged; the run is taken up without them, from its events";
        figures.put("damage", damage == null ? snapshots : damage.getMessage());
        return new RunStatus(!sound, figures, null);
    }

    private static RunStatus progress(RunDirectory directory) {
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
        Map<String, @Nullable Object> figures = new LinkedHashMap<>();
        figures.put("run", directory.name());
        figures.put("state", tally.isFinished() ? "finished" : holder != null ? "running" : "stopped");
        figures.put("process", holder == null ? null : holder.toString());
        figures.put(
                "begun",
                tally.begunAtMillis() == 0
                        ? null
                        : Instant.ofEpochMilli(tally.begunAtMillis()).toString());
        figures.put("starts", tally.starts());
        figures.put("studies", tally.studies());
        figures.put("trials", tally.trials());
        figures.put("requests", tally.requests());
        figures.put("settled", tally.settled());
        figures.put("underWay", holder == null ? 0 : tally.leased());
        figures.put("stopped", tally.stopped());
        figures.put("diverged", tally.diverged());
        figures.put("failed", tally.failed());
        figures.put("requestsFailed", tally.requestsFailed());
        figures.put("reused", tally.reused());
        figures.put("attemptsFailed", tally.attemptsFailed());
        figures.put("windowsMeasured", tally.windows());
        figures.put("windowsSpeculated", tally.windowsUnasked());
        figures.put("report", directory.report().toString());
        return new RunStatus(false, figures, LiveRuns.of(directory, tally.isFinished(), holder != null));
    }
}
