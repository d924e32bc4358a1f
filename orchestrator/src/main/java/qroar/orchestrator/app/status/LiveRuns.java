package qroar.orchestrator.app.status;

import java.nio.file.Files;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.app.live.PastRun;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.reports.ProgressFile;
import qroar.reports.ResultFile;
import qroar.reports.live.LiveRun;
import qroar.reports.model.RunState;

/** What a run's folder tells of how far it is, from whichever process. */
final class LiveRuns {
    private LiveRuns() {}

    /**
     * What the run last wrote of itself, as it stands by what its journal and its lock say. Null where there is nothing that can be read.
     *
     * @param finished whether its journal says so
     * @param held whether a process is at it
     */
    static @Nullable LiveRun of(RunDirectory directory, boolean finished, boolean held) {
        LiveRun last = ProgressFile.read(directory.path());
        if (last == null && Files.exists(directory.result())) {
            last = ofResult(directory);
        }
        if (last == null || last.head().state() != RunState.RUNNING || held && !finished) {
            return last;
        }
        return last.ended(finished ? RunState.FINISHED : RunState.STOPPED);
    }

    private static @Nullable LiveRun ofResult(RunDirectory directory) {
        try {
            return PastRun.of(directory.name(), ResultFile.read(directory.result()));
        } catch (BadInput unreadable) {
            return null;
        }
    }
}
