package qroar.orchestrator.coordinator;

import java.util.HashSet;
import java.util.Set;

/**
 * What the events of a run add up to without its experiment: for a look at a run from outside. Mutable; one thread.
 */
public final class RunTally {
    private final Set<Integer> studies = new HashSet<>();
    private final Set<Integer> leased = new HashSet<>();
    private int trials;
    private int requests;
    private int settled;
    private int stopped;
    private int failed;
    private int diverged;
    private int reused;
    private int attemptsFailed;
    private int starts;
    private long windows;
    private long begunAtMillis;
    private long finishedAtMillis;

    /** Adds an event, in the order of the journal. */
    public void add(RunEvent event) {
        if (event instanceof RunEvent.RunBegun e) {
            begunAtMillis = e.atMillis();
            starts = 1;
        } else if (event instanceof RunEvent.RunResumed) {
            starts++;
            leased.clear();
        } else if (event instanceof RunEvent.RunFinished e) {
            finishedAtMillis = e.atMillis();
        } else if (event instanceof RunEvent.RequestPlanned e) {
            requests++;
            studies.add(e.study());
            trials = Math.max(trials, e.trial() + 1);
        } else if (event instanceof RunEvent.RequestWidened) {
            settled--;
        } else if (event instanceof RunEvent.WindowsMeasured e) {
            windows += e.nllNats().length;
        } else {
            addEnding(event);
        }
    }

    private void addEnding(RunEvent event) {
        if (event instanceof RunEvent.TrialLeased e) {
            leased.add(e.trial());
        } else if (event instanceof RunEvent.TrialFinished e) {
            leased.remove(e.trial());
        } else if (event instanceof RunEvent.TrialReleased e) {
            leased.remove(e.trial());
        } else if (event instanceof RunEvent.TrialReused) {
            reused++;
        } else if (event instanceof RunEvent.AttemptFailed e) {
            leased.remove(e.trial());
            attemptsFailed++;
        } else if (event instanceof RunEvent.AttemptDeclined e) {
            leased.remove(e.trial());
        } else if (event instanceof RunEvent.TrialFailed e) {
            leased.remove(e.trial());
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
        }
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

    public int failed() {
        return failed;
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
        return leased.size();
    }

    public int starts() {
        return starts;
    }

    /** Windows made durable. */
    public long windows() {
        return windows;
    }

    public boolean isFinished() {
        return finishedAtMillis > 0;
    }

    public long begunAtMillis() {
        return begunAtMillis;
    }
}
