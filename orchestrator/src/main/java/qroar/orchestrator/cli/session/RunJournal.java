package qroar.orchestrator.cli.session;

import qroar.orchestrator.journal.Journal;
import qroar.orchestrator.rundirectory.RunDirectory;

/** A run's journal and its name there. */
public final class RunJournal {
    /** In a file that holds nothing else. */
    private static final String ALONE = "run";

    private RunJournal() {}

    public static Journal of(RunDirectory directory) {
        String url = directory.journalUrl();
        return url == null ? Journal.embedded(directory.journal()) : Journal.postgres(url);
    }

    /** Equal experiments are one run, also when two machines begin them. */
    public static String persistenceId(RunDirectory directory) {
        return directory.journalUrl() == null ? ALONE : directory.name();
    }
}
