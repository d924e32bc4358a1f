package qroar.orchestrator.coordinator.trial;

import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.trial.TrialState.Status;

/** What an event makes of the trial that it happens to. */
public final class TrialFold {
    private TrialFold() {}

    /**
     * The trial after an event.
     *
     * @throws IllegalStateException where the event contradicts what is known of the trial
     * @throws IllegalArgumentException for an event that changes no trial
     */
    public static TrialState after(TrialState trial, RunEvent event) {
        if (event instanceof RunEvent.TrialLeased e) {
            return trial.leased(e.attempt(), e.worker(), e.atMillis());
        }
        if (event instanceof RunEvent.PortionLeased e) {
            return trial.leased(new Portion(e.attempt(), e.worker(), e.firstWindow(), e.toWindow(), e.atMillis()));
        }
        if (event instanceof RunEvent.WindowsMeasured e) {
            return trial.measured(e.attempt(), e.firstWindow(), e.nllNats());
        }
        if (event instanceof RunEvent.LayerMeasured e) {
            return trial.with(trial.evidence().with(e.activations()));
        }
        if (event instanceof RunEvent.GradientMeasured e) {
            return trial.with(trial.evidence().with(e.gradient()));
        }
        if (event instanceof RunEvent.ReferenceCompared e) {
            return trial.with(trial.evidence().with(e.comparison()));
        }
        if (event instanceof RunEvent.ActivationsMerged e) {
            return trial.with(trial.evidence().merged(e.layers(), e.layersSeen()));
        }
        return ended(trial, event);
    }

    private static TrialState ended(TrialState trial, RunEvent event) {
        if (event instanceof RunEvent.PortionFinished e) {
            return trial.portionFinished(e.attempt(), e.forwardTokens(), e.computeNanos(), e.atMillis());
        }
        if (event instanceof RunEvent.TrialFinished e) {
            return trial.finished(e.forwardTokens(), e.computeNanos(), e.atMillis());
        }
        if (event instanceof RunEvent.TrialReused e) {
            return trial.reused(e.nllNats(), e.activations());
        }
        if (event instanceof RunEvent.TrialReleased e) {
            return trial.ended(Status.RELEASED, null, e.atMillis());
        }
        if (event instanceof RunEvent.AttemptFailed e) {
            return trial.attemptFailed(e.attempt(), e.cause(), e.atMillis());
        }
        if (event instanceof RunEvent.AttemptDeclined e) {
            return trial.attemptEnded(e.attempt(), e.reason(), e.atMillis());
        }
        if (event instanceof RunEvent.TrialFailed e) {
            return trial.failed(e.cause(), e.atMillis());
        }
        throw new IllegalArgumentException(event + " changes no trial");
    }

    /**
     * The same where no study wants more of the trial now: a lease is no attempt that a study had to wait for, and windows are
     * counted as read ahead of being asked for.
     */
    public static TrialState afterUnasked(TrialState trial, RunEvent event) {
        TrialState after = after(trial, event);
        if (event instanceof RunEvent.Leasing) {
            return after.unaskedLease();
        }
        return event instanceof RunEvent.WindowsMeasured e
                ? after.speculated(e.firstWindow(), e.nllNats().length)
                : after;
    }
}
