package qroar.orchestrator.app.run;

import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.check.JournalSoundness;
import qroar.orchestrator.journal.codec.EventCatalog;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;

/** A run's journal and its name there. */
public final class RunJournal {
    /** In a file that holds nothing else. */
    private static final String ALONE = "run";

    private static final Logger LOG = LoggerFactory.getLogger(RunJournal.class);
    private static final EventCatalog CATALOG = new RunEventCatalog().catalog();

    private RunJournal() {}

    public static Journal of(RunDirectory directory) {
        String url = directory.journalUrl();
        return url == null ? Journal.embedded(directory.journal()) : Journal.postgres(url);
    }

    /** What is done about a damaged journal when a run is taken up. */
    public enum OnDamage {
        REFUSE,
        /** Events from the first damaged one on are kept aside, and the run goes on from those before. */
        CUT
    }

    /**
     * Leaves a journal of which everything is as it was written: damaged snapshots are dropped, for the events have all that
     * is in them, and damaged events are cut where that was asked for. The caller holds the run.
     *
     * @throws qroar.orchestrator.journal.check.JournalDamage when events are damaged and nothing is to be cut
     */
    static void makeSound(RunDirectory directory, OnDamage onDamage) {
        Journal journal = of(directory);
        if (!journal.isThere()) {
            return;
        }
        JournalDamage damage = emptied(directory);
        if (damage == null) {
            JournalSoundness found = soundness(journal, persistenceId(directory));
            dropDamagedSnapshots(journal, persistenceId(directory), found);
            damage = found.damage();
        }
        if (damage == null) {
            return;
        }
        if (onDamage == OnDamage.REFUSE) {
            throw damage;
        }
        String aside = journal.cut(persistenceId(directory), CATALOG);
        System.err.println(
                "qroar: the journal is damaged at event " + damage.number() + "; the run is taken up from the "
                        + (damage.number() - 1) + " before, and what was there is kept in " + aside);
    }

    /**
     * A report is written from events: where there is one and no event, the journal was emptied. Null where it was not, or
     * where it cannot even be read, which is told otherwise.
     */
    public static @Nullable JournalDamage emptied(RunDirectory directory) {
        Journal journal = of(directory);
        boolean isReported = Stream.of(directory.result(), directory.trials(), directory.report())
                .anyMatch(Files::exists);
        if (!isReported || !journal.isThere()) {
            return null;
        }
        try (JournalReader reader = journal.open(CATALOG)) {
            return reader.lastSequenceNumber(persistenceId(directory)) > 0
                    ? null
                    : new JournalDamage(journal.toString(), 1, "it holds no event, though the run has a report");
        } catch (JournalDamage | BadInput toldOtherwise) {
            return null;
        }
    }

    private static JournalSoundness soundness(Journal journal, String id) {
        try (JournalReader reader = journal.open(CATALOG)) {
            return reader.check(id, JournalReader.Depth.CHECKSUMS);
        } catch (JournalDamage unreadable) {
            return new JournalSoundness(0, 0, List.of(), List.of(), unreadable);
        }
    }

    private static void dropDamagedSnapshots(Journal journal, String id, JournalSoundness found) {
        if (found.damage() == null && !found.isSound()) {
            LOG.warn(
                    "journal {}: damaged snapshots behind the events {} are dropped; what they held is in the events",
                    journal,
                    found.damagedSnapshots());
            journal.keepSnapshots(id, found.soundSnapshots());
        }
    }

    /** Equal experiments are one run, also when two machines begin them. */
    public static String persistenceId(RunDirectory directory) {
        return directory.journalUrl() == null ? ALONE : directory.name();
    }
}
