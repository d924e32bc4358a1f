package qroar.orchestrator.coordinator.event;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What the events of a run add up to without its experiment: for a look at a run from outside. Mutable; one thread.
 */
public final class RunTally {
    private final Set<Integer> studies = new HashSet<>();
    private final Map<Integer, Set<Integer>> attemptsByTrial = new HashMap<>();
    private int trials;
    private int requests;
    private int settled;
    private int stopped;
    private int failed;
    private int requestsFailed;
    private int diverged;
    private int reused;
    private int attemptsFailed;
    private int starts;
    private final Set<Integer> asked = new HashSet<>();
    private long windows;
    private long windowsUnasked;
    private long begunAtMillis;
    private long finishedAtMillis;

    /** Adds an event, in the order of the journal. */
    public void add(RunEvent event) {
        if (event instanceof RunEvent.RunBegun e) {
            begunAtMillis = e.atMillis();
            starts = 1;
        } else if (event instanceof RunEvent.RunResumed) {
            starts++;
            attemptsByTrial.clear();
        } else if (event instanceof RunEvent.RunFinished e) {
            finishedAtMillis = e.atMillis();
        } else if (event instanceof RunEvent.RequestPlanned e) {
            requests++;
            asked.add(e.trial());
            studies.add(e.study());
            trials = Math.max(trials, e.trial() + 1);
        } else if (event instanceof RunEvent.TrialSpeculated e) {
            trials = Math.max(trials, e.trial() + 1);
        } else if (event instanceof RunEvent.RequestWidened) {
            settled--;
        } else if (event instanceof RunEvent.WindowsMeasured e) {
            windows += e.nllNats().length;
            windowsUnasked += asked.contains(e.trial()) ? 0 : e.nllNats().length;
        } else {
            addEnding(event);
        }
    }

    private void addEnding(RunEvent event) {
        if (event instanceof RunEvent.TrialLeased e) {
            begin(e.trial(), e.attempt());
        } else if (event instanceof RunEvent.PortionLeased e) {
            begin(e.trial(), e.attempt());
        } else if (event instanceof RunEvent.PortionFinished e) {
            end(e.trial(), e.attempt());
        } else if (event instanceof RunEvent.TrialFinished e) {
            attemptsByTrial.remove(e.trial());
        } else if (event instanceof RunEvent.TrialReleased e) {
            attemptsByTrial.remove(e.trial());
        } else if (event instanceof RunEvent.TrialReused) {
            reused++;
        } else if (event instanceof RunEvent.AttemptFailed e) {
            end(e.trial(), e.attempt());
            attemptsFailed++;
        } else if (event instanceof RunEvent.AttemptDeclined e) {
            end(e.trial(), e.attempt());
        } else if (event instanceof RunEvent.TrialFailed e) {
            attemptsByTrial.remove(e.trial());
            failed++;
        } else if (event instanceof RunEvent.RequestMeasured) {
            settled++;
        } else if (event instanceof RunEvent.RequestStopped) {
            settled++;
            stopped++;
        } else if (event instanceof RunEvent.RequestDiverged) {
            settled++;
            diverged++;
        } else if (event instanceof RunEvent.RequestFailed) {
            settled++;
            requestsFailed++;
        }
    }

    private void begin(int trial, int attempt) {
        attemptsByTrial.computeIfAbsent(trial, first -> new HashSet<>()).add(attempt);
    }

    private void end(int trial, int attempt) {
        attemptsByTrial.computeIfPresent(trial, (number, attempts) -> {
            attempts.remove(attempt);
            return attempts.isEmpty() ? null : attempts;
        });
    }

    public int studies() {
        return studies.size();
    }

    public int trials() {
        return trials;
    }

    /** Requests of studies, several of which may share a trial. */
    public int requests() {
        return requests;
    }

    public int settled() {
        return settled;
    }

    public int stopped() {
        return stopped;
    }

    /** Trials, whether a study waited for them or none. */
    public int failed() {
        return failed;
    }

    /** Requests that ended so, of which several may be of one trial. */
    public int requestsFailed() {
        return requestsFailed;
    }

    public int diverged() {
        return diverged;
    }

    public int reused() {
        return reused;
    }

    public int attemptsFailed() {
        return attemptsFailed;
    }

    /** Trials under lease as of the last event; of a dead process these are void. */
    public int leased() {
        return attemptsByTrial.size();
    }

    public int starts() {
        return starts;
    }

    /** Windows made durable. */
    public long windows() {
        return windows;
    }

    /** Those of them that were measured before a study had asked for the trial. */
    public long windowsUnasked() {
        return windowsUnasked;
    }

    public boolean isFinished() {
        return finishedAtMillis > 0;
    }

    public long begunAtMillis() {
        return begunAtMillis;
    }
}
