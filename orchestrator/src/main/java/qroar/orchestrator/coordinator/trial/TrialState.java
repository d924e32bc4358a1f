package qroar.orchestrator.coordinator.trial;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.pcollections.PMap;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialKey;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowSpan;

/**
 * A trial as far as it has come. Immutable.
 *
 * @param number within the run
 * @param key content address of {@code spec}
 * @param spec what is evaluated
 * @param status where it stands
 * @param evidence what is measured of it
 * @param effort what that cost
 * @param coverage what is under lease of it
 */
public record TrialState(
        int number, TrialKey key, TrialSpec spec, Status status, Evidence evidence, Effort effort, Coverage coverage) {
    /** Where a trial stands. */
    public enum Status {
        /** Waits for a worker. */
        QUEUED,
        /** One worker measures it, or several do, each some documents of it. */
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

    /** A trial that waits for a worker. */
    public static TrialState planned(int number, TrialSpec spec) {
        return new TrialState(number, spec.key(), spec, Status.QUEUED, Evidence.NONE, Effort.NONE, Coverage.NONE);
    }

    /** A trial that is known by its key, with something of as many windows in place of what it evaluates. */
    public static TrialState unasked(int number, TrialKey key, TrialSpec stand) {
        return new TrialState(number, key, stand, Status.QUEUED, Evidence.NONE, Effort.NONE, Coverage.NONE);
    }

    /** The trial, now that what it evaluates is known. */
    public TrialState evaluating(TrialSpec known) {
        return new TrialState(number, key, known, status, evidence, effort, coverage);
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

    /** Predictions beside those of a reference, by document. */
    public PMap<Integer, ReferenceComparison> comparisons() {
        return evidence.comparisons();
    }

    /** Leases granted so far, of the whole or of some documents: the number of the latest attempt. */
    public int leases() {
        return effort.leases();
    }

    /**
     * How often it was handed out; documents that another worker took over to measure them beside the first are no attempt of
     * their own, nor are those that were measured before anybody asked for them, but to hand out again what a worker gave back or lost is one.
     */
    public int attempts() {
        return effort.leases() - effort.splits();
    }

    /**
     * Attempts that followed one that failed. The others beyond the first went on with what was left, for a worker had given
     * it back, the process that had leased it out had ended, or more was wanted of it.
     */
    public int retries() {
        return Math.max(0, Math.min(effort.failed(), attempts() - 1));
    }

    /** Attempts that failed at one place since the window there was last awaited; where there are several such places, most. */
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

    /** Time under lease of the attempts that ended. */
    public long busyMillis() {
        return effort.spent().busyMillis();
    }

    /** Tokens that went through the model, as far as workers reported them. */
    public long forwardTokens() {
        return effort.spent().forwardTokens();
    }

    /** Time inside the forward pass, as far as workers reported it. */
    public long computeNanos() {
        return effort.spent().computeNanos();
    }

    public boolean isComplete() {
        return status == Status.FINISHED || status == Status.REUSED;
    }

    /** Windows measured before earlier ones were, in runs that wait for their turn. */
    public List<AheadRun> ahead() {
        return evidence.ahead();
    }

    /** Scored tokens of all windows that were measured before earlier ones were, whether or not those came. */
    public long aheadTokens() {
        return effort.spent().aheadTokens();
    }

    public int windowCount() {
        return spec.plan().windows().size();
    }

    /** What is under lease of it, in the plan's order; no two of them meet. */
    public List<Portion> portions() {
        return coverage.portions();
    }

    /** What a lease covers; null when it is over. */
    public @Nullable Portion portion(int attempt) {
        return coverage.of(attempt);
    }

    /** The window that is measured next under a lease; after the last of its portion the end of that. */
    public int next(Portion portion) {
        return Coverage.next(portion, evidence);
    }

    /** The first window before a limit that is missing and under no lease, or -1. */
    public int firstGap(int limit) {
        return coverage.firstGap(limit, evidence);
    }

    /** Where the gap that begins at a window ends: at what is measured, under lease, or at the end. */
    public int gapEnd(int window) {
        return coverage.gapEnd(window, windowCount(), evidence);
    }

    private TrialState with(Status next, Effort after, Coverage leased) {
        return new TrialState(number, key, spec, next, evidence, after, leased);
    }

    TrialState with(Evidence all) {
        return new TrialState(number, key, spec, status, all, effort, coverage);
    }

    /** The whole of what is missing, or of what follows, to one worker. */
    TrialState leased(int attempt, String by, long atMillis) {
        if (status != Status.QUEUED) {
            throw new IllegalStateException("the journal leases trial " + number + " for attempt " + attempt
                    + ", which is " + status + " after attempt " + leases());
        }
        return leased(new Portion(attempt, by, windows(), Math.max(windows(), windowCount()), atMillis));
    }

    /** Windows to one worker; from the worker who held them until now they are taken. */
    TrialState leased(Portion portion) {
        boolean open = status == Status.QUEUED || status == Status.LEASED;
        if (!open || portion.attempt() != leases() + 1) {
            throw new IllegalStateException("the journal leases trial " + number + " for attempt " + portion.attempt()
                    + ", which is " + status + " after attempt " + leases());
        }
        Portion other = coverage.inTheWayOf(portion, evidence);
        if (other != null) {
            throw new IllegalStateException("the journal leases windows " + portion.firstWindow() + " to "
                    + portion.toWindow() + " of trial " + number + " for attempt " + portion.attempt()
                    + " out of the midst of attempt " + other.attempt());
        }
        Effort after = effort.leased(portion.worker());
        return with(Status.LEASED, coverage.meets(portion) ? after.split() : after, coverage.with(portion));
    }

    TrialState measured(int attempt, int firstWindow, double[] more) {
        Portion portion = portion(attempt);
        boolean ahead = firstWindow != windows();
        boolean due = !ahead || portion != null && next(portion) == firstWindow && firstWindow > windows();
        if (!due || evidence.measuredAfter(firstWindow) < firstWindow + more.length) {
            throw new IllegalStateException("trial " + number + " holds " + windows()
                    + " windows; the journal continues at window " + firstWindow);
        }
        Effort passed = effort.passed(firstWindow, firstWindow + more.length);
        return with(status, ahead ? passed.plus(Spending.ahead(tokens(firstWindow, more.length))) : passed, coverage)
                .with(evidence.with(firstWindow, more));
    }

    /** The trial, its last lease one that nobody had asked for. */
    TrialState unaskedLease() {
        return with(status, effort.split(), coverage);
    }

    /** The trial after windows of it were measured that nobody had asked for. */
    TrialState speculated(int firstWindow, int count) {
        return with(status, effort.plus(Spending.speculated(tokens(firstWindow, count))), coverage);
    }

    /** Scored tokens of windows that were measured before anybody asked for them. */
    public long speculatedTokens() {
        return effort.spent().speculatedTokens();
    }

    private long tokens(int firstWindow, int count) {
        List<WindowSpan> windows = spec.plan().windows();
        return windows.subList(firstWindow, Math.min(windows.size(), firstWindow + count)).stream()
                .mapToLong(WindowSpan::tokens)
                .sum();
    }

    /** The trial after all its leases, if it had any, ended. */
    TrialState ended(Status next, @Nullable String why, long atMillis) {
        Effort after = effort;
        for (Portion portion : coverage.portions()) {
            after = after.plus(Spending.ofLease(Math.max(0, atMillis - portion.leasedAtMillis())));
        }
        return with(next, after.because(why), Coverage.NONE);
    }

    TrialState finished(long tokens, long nanos, long atMillis) {
        TrialState ended = ended(Status.FINISHED, null, atMillis);
        return ended.with(Status.FINISHED, ended.effort.plus(Spending.ofForward(tokens, nanos)), Coverage.NONE);
    }

    /** The trial after all windows under one of its leases were measured. */
    TrialState portionFinished(int attempt, long tokens, long nanos, long atMillis) {
        TrialState ended = attemptEnded(attempt, cause(), atMillis);
        return ended.with(ended.status, ended.effort.plus(Spending.ofForward(tokens, nanos)), ended.coverage);
    }

    /** The trial after one of its leases ended; with the last of them it waits again. */
    TrialState attemptEnded(int attempt, @Nullable String why, long atMillis) {
        Portion portion = portion(attempt);
        if (portion == null) {
            return this;
        }
        Coverage left = coverage.without(portion);
        Effort after = effort.plus(Spending.ofLease(Math.max(0, atMillis - portion.leasedAtMillis())));
        return with(left.isEmpty() ? Status.QUEUED : Status.LEASED, after.because(why), left);
    }

    /** The trial after one of its attempts failed. */
    TrialState attemptFailed(int attempt, String why, long atMillis) {
        Portion portion = portion(attempt);
        TrialState ended = attemptEnded(attempt, why, atMillis);
        return portion == null
                ? ended
                : ended.with(
                        ended.status,
                        ended.effort.failedAt(next(portion), portion.worker()).toBeRetried(),
                        ended.coverage);
    }

    /** The trial given up. */
    TrialState failed(String why, long atMillis) {
        Setback worst = effort.setbacks().values().stream()
                .max(Comparator.comparingInt(Setback::failures))
                .orElse(new Setback(windows(), 0, String.valueOf(worker())));
        TrialState ended = ended(Status.FAILED, why, atMillis);
        return ended.with(Status.FAILED, ended.effort.failedAt(worst.window(), worst.worker()), Coverage.NONE);
    }

    /** The trial after the process that had leased it out ended: nobody knows when, so no time is counted. */
    public TrialState orphaned() {
        return with(Status.QUEUED, effort.because("the process that ran it ended"), Coverage.NONE);
    }

    /** The trial, which was released, as somebody wants more of it. */
    public TrialState requeued() {
        return with(Status.QUEUED, effort.because(null), Coverage.NONE);
    }

    /** The complete trial as an earlier run found it; what is measured here already stays. */
    TrialState reused(double[] all, Collection<LayerActivations> activations) {
        if (all.length < windows()) {
            throw new IllegalStateException("trial " + number + " holds " + windows()
                    + " windows; the journal completes it with " + all.length);
        }
        return with(Status.REUSED, effort.because(null), Coverage.NONE).with(evidence.completed(all, activations));
    }

    /** The key stands for the spec, whose comparison takes long. */
    @Override
    public boolean equals(Object other) {
        return other instanceof TrialState that
                && number == that.number
                && status == that.status
                && key.equals(that.key)
                && evidence.equals(that.evidence)
                && effort.equals(that.effort)
                && coverage.equals(that.coverage);
    }

    @Override
    public int hashCode() {
        return 31 * number + evidence.hashCode();
    }
}
