package qroar.orchestrator.coordinator;

import java.util.Collection;
import org.jspecify.annotations.Nullable;
import org.pcollections.PMap;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialKey;
import qroar.protocol.trial.TrialSpec;

/**
 * A trial as far as it has come. Immutable.
 *
 * @param number within the run
 * @param key content address of {@code spec}
 * @param spec what is evaluated
 * @param status where it stands
 * @param evidence what is measured of it
 * @param effort what that cost
 */
public record TrialState(int number, TrialKey key, TrialSpec spec, Status status, Evidence evidence, Effort effort) {

    /** Where a trial stands. */
    public enum Status {
        /** Waits for a worker. */
        QUEUED,
        /** A worker runs it. */
        LEASED,
        /** Nobody wants more of it for now; its windows stay. */
        RELEASED,
        /** Completely measured. */
        FINISHED,
        /** Completely known from an earlier run. */
        REUSED,
        /** Given up. */
        FAILED
    }

    static TrialState planned(int number, TrialSpec spec) {
        return new TrialState(number, spec.key(), spec, Status.QUEUED, Evidence.NONE, Effort.NONE);
    }

    /** Losses of the windows measured so far, a prefix of the plan's; not to be modified. */
    public double[] nllNats() {
        return evidence.nllNats();
    }

    public int windows() {
        return evidence.windows();
    }

    /** Activations per layer, merged over documents. */
    public PMap<Integer, LayerActivations> layers() {
        return evidence.layers();
    }

    /** Gradients of losses by scales, by document. */
    public PMap<Integer, ScaleGradient> gradients() {
        return evidence.gradients();
    }

    /** Leases granted so far; the current one is the last. */
    public int attempts() {
        return effort.attempts();
    }

    /** Attempts that failed since the last window was measured. */
    public int failures() {
        return effort.failures();
    }

    /** Who runs or ran it last. */
    public @Nullable String worker() {
        return effort.worker();
    }

    /** Why it or its last attempt failed. */
    public @Nullable String cause() {
        return effort.cause();
    }

    /** Start of the current attempt. */
    public long leasedAtMillis() {
        return effort.leasedAtMillis();
    }

    /** Time under lease of the attempts that ended. */
    public long busyMillis() {
        return effort.busyMillis();
    }

    /** Tokens that went through the model, as far as workers reported them. */
    public long forwardTokens() {
        return effort.forwardTokens();
    }

    /** Time inside the forward pass, as far as workers reported it. */
    public long computeNanos() {
        return effort.computeNanos();
    }

    public boolean isComplete() {
        return status == Status.FINISHED || status == Status.REUSED;
    }

    private TrialState with(Status next, Effort after) {
        return new TrialState(number, key, spec, next, evidence, after);
    }

    private TrialState with(Evidence all) {
        return new TrialState(number, key, spec, status, all, effort);
    }

    TrialState leased(int attempt, String by, long atMillis) {
        if (status != Status.QUEUED || attempt != attempts() + 1) {
            throw new IllegalStateException("the journal leases trial " + number + " for attempt " + attempt
                    + ", which is " + status + " after attempt " + attempts());
        }
        return with(Status.LEASED, effort.leased(by, atMillis));
    }

    TrialState measured(int firstWindow, double[] more) {
        if (firstWindow != windows()) {
            throw new IllegalStateException("trial " + number + " holds " + windows()
                    + " windows; the journal continues at window " + firstWindow);
        }
        return with(status, effort.fruitful()).with(evidence.with(more));
    }

    TrialState measured(LayerActivations more) {
        return with(evidence.with(more));
    }

    TrialState measured(ScaleGradient more) {
        return with(evidence.with(more));
    }

    /** The trial after its current attempt, if it had one, ended. */
    TrialState ended(Status next, @Nullable String why, long atMillis) {
        long busy = status == Status.LEASED ? Math.max(0, atMillis - leasedAtMillis()) : 0;
        return with(next, effort.because(why).spent(busy, 0, 0));
    }

    TrialState finished(long tokens, long nanos, long atMillis) {
        TrialState ended = ended(Status.FINISHED, null, atMillis);
        return ended.with(Status.FINISHED, ended.effort.spent(0, tokens, nanos));
    }

    /** The trial after its current attempt failed. */
    TrialState failed(Status next, String why, long atMillis) {
        TrialState ended = ended(next, why, atMillis);
        return ended.with(next, ended.effort.failed());
    }

    /** The trial after the process that had leased it out ended: nobody knows when, so no time is counted. */
    TrialState orphaned() {
        return ended(Status.QUEUED, "the process that ran it ended", leasedAtMillis());
    }

    /** The complete trial as an earlier run found it; what is measured here already stays. */
    TrialState reused(double[] all, Collection<LayerActivations> activations) {
        if (all.length < windows()) {
            throw new IllegalStateException("trial " + number + " holds " + windows()
                    + " windows; the journal completes it with " + all.length);
        }
        return with(Status.REUSED, effort.because(null)).with(evidence.completed(all, activations));
    }

    /** The key stands for the spec, whose comparison takes long. */
    @Override
    public boolean equals(Object other) {
        return other instanceof TrialState that
                && number == that.number
                && status == that.status
                && key.equals(that.key)
                && evidence.equals(that.evidence)
                && effort.equals(that.effort);
    }

    @Override
    public int hashCode() {
        return 31 * number + evidence.hashCode();
    }
}
