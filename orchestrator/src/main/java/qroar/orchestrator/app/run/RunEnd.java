package qroar.orchestrator.app.run;

import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.app.result.FailedTrials;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.OneLine;
import qroar.protocol.StorageFault;
import qroar.protocol.storage.DiskProbe;
import qroar.reports.model.RunReport;

/**
 * What is told and left of a run at its end: finished, with trials that failed or without, or before its search is over, stopped
 * by a signal, kept from going on by a disk, or broken by a fault of this program. People read one line that says what to do about it, the run's command is told, and the
 * report is written as far as it can be.
 */
final class RunEnd {
    private static final Logger LOG = LoggerFactory.getLogger(RunEnd.class);
    private static final String AFTERWARDS = "; when that is mended, take the run up with: qroar resume ";
    /** Less than this is worth telling, when a journal could not be written. */
    private static final long LITTLE_ROOM_BYTES = 16L << 20;
    /** How much more SQLite's log may hold than the file it belongs to; a hole, but for its last block. */
    private static final long JOURNAL_GROWS_BYTES = 8L << 20;

    private final RunDirectory directory;
    private final RunNotifier notifier;

    RunEnd(RunDirectory directory, RunNotifier notifier) {
        this.directory = directory;
        this.notifier = notifier;
    }

    /** Writes the report of a stopped run as it was seen last. */
    interface LastReport {
        /** @throws StorageFault where it cannot be written; {@link UncheckedIOException} too */
        void write(RunView view);
    }

    /** With its search over and all of it written: a script has to see by the exit code that something is missing. */
    ExitCode finished(RunReport report) {
        String failed = FailedTrials.count(report.run().failures());
        if (failed == null) {
            return ExitCode.DONE;
        }
        System.err.println("qroar: the run is finished, but " + OneLine.of(failed) + "; their causes are in "
                + directory.report() + "; to try them again, move " + directory.path()
                + " away and run the experiment again: what was measured is taken from the cache");
        return ExitCode.FAILED;
    }

    /** By what can be mended, after which the run can be taken up. */
    ExitCode interrupted(String cause) {
        notifier.failed(cause);
        System.err.println("qroar: " + OneLine.of(cause) + AFTERWARDS + directory.path());
        return ExitCode.INCOMPLETE;
    }

    /** By a signal. The run as its coordinator left it; null where it gave no answer any more. */
    @Nullable RunView stopped(RunSession session, String signal, LastReport report) {
        RunView view = session.stop(signal);
        if (view != null) {
            report.write(view);
        }
        notifier.stopped(signal);
        System.err.println("qroar: stopped by " + signal + "; take it up with: qroar resume " + directory.path());
        return view;
    }

    /** By a disk at fault. The report is worth trying: it may lie on another. */
    void faulty(RunSession session, String fault, LastReport report) {
        RunView before = session.view();
        // Where the journal is on the disk at fault, the coordinator may fail to write that it stopped.
        RunView view = session.stop(fault);
        interrupted(fault);
        writeIfPossible(view == null ? before : view, report);
    }

    /**
     * By its coordinator.
     *
     * @param last as it was seen last; null before it was seen
     */
    void broken(CoordinatorEnd end, @Nullable RunView last, LastReport report) {
        notifier.failed(end.cause());
        switch (end.kind()) {
            case CRASH ->
                System.err.println("qroar: the coordinator failed (" + end.cause()
                        + "), which is a fault of this program;" + " its trace is in " + directory.log());
            case REPLAY ->
                System.err.println("qroar: what the journal " + RunJournal.of(directory)
                        + " holds does not fit together (" + end.cause() + "); its trace is in " + directory.log());
            case ASKED, JOURNAL ->
                System.err.println("qroar: " + notWritten(end.cause()) + AFTERWARDS + directory.path());
        }
        writeIfPossible(last, report);
    }

    private static void writeIfPossible(@Nullable RunView view, LastReport report) {
        if (view != null) {
            try {
                report.write(view);
            } catch (UncheckedIOException | StorageFault e) {
                LOG.info("nor could the report be: {}", e.getMessage());
            }
        }
    }

    private String notWritten(String cause) {
        long room = directory.path().toFile().getUsableSpace();
        String why = directory.journalUrl() == null
                ? DiskProbe.refusal(
                        directory.path(), directory.journal().toFile().length() + JOURNAL_GROWS_BYTES)
                : null;
        return "the journal " + RunJournal.of(directory) + " could not be written (" + (why == null ? cause : why) + ")"
                + (room < LITTLE_ROOM_BYTES ? ", its disk has " + room + " bytes left" : "");
    }
}
