package qroar.orchestrator.coordinator;

import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import qroar.experiments.study.Study;
import qroar.orchestrator.coordinator.dispatch.WaitingTrials;
import qroar.orchestrator.coordinator.dispatch.WaitingTrials.Place;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.state.RunState.Phase;
import qroar.orchestrator.coordinator.trial.MeasuredFacts;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;
import qroar.protocol.message.Lease;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;

/**
 * One study as a run decides it, without actors, journal and earlier results: the caller's threads measure, and what
 * follows from a measurement is asked of {@link MeasuredFacts} and {@link RunDecisions}, as the {@link Coordinator} asks.
 * For benches; nothing is kept. Thread-safe.
 */
public final class UnjournaledRun {
    private static final String NOBODY = "this process";

    private final WaitingTrials waiting = new WaitingTrials();
    private RunState state;
    private boolean ended;

    /**
     * A trial to be measured.
     *
     * @param label of the most urgent request that it is for
     * @param firstWindow first window that is not known yet
     */
    public record Share(Lease lease, String label, TrialSpec spec, int firstWindow) {}

    private UnjournaledRun(RunPlan plan) {
        this.state = RunState.of(plan);
        happen(List.of(new RunEvent.RunBegun(System.currentTimeMillis())));
    }

    public static UnjournaledRun begin(Study study) {
        return new UnjournaledRun(new RunPlan("unjournaled", List.of(study), 1));
    }

    public synchronized RunState state() {
        return state;
    }

    /**
     * The most urgent trial that a request whose label is wanted waits for. Blocks while those under way may lead to more.
     *
     * @return null once there is nothing more
     */
    public synchronized @Nullable Share take(Predicate<String> wanted) throws InterruptedException {
        while (!ended && state.phase() != Phase.FINISHED) {
            Share next = next(wanted);
            if (next != null) {
                happen(List.of(new RunEvent.TrialLeased(
                        (int) next.lease().trial(), next.lease().attempt(), NOBODY, System.currentTimeMillis())));
                return next;
            }
            if (state.leased().isEmpty()) {
                return null;
            }
            wait();
        }
        return null;
    }

    private @Nullable Share next(Predicate<String> wanted) {
        for (Place place : waiting.measurable()) {
            TrialState trial = state.trial(place.trial());
            for (int request : state.openRequests(place.trial())) {
                String label = state.request(request).label();
                if (wanted.test(label)) {
                    Lease lease = new Lease(trial.number(), trial.leases() + 1);
                    return new Share(lease, label, trial.spec(), trial.windows());
                }
            }
        }
        return null;
    }

    /**
     * Takes a measurement of a share in its stream's order.
     *
     * @return whether more of the trial is wanted
     */
    public synchronized boolean measured(Share share, Measurement measurement) {
        TrialState trial = state.trial((int) share.lease().trial());
        try {
            happen(MeasuredFacts.of(trial, share.lease(), List.of(measurement), System.currentTimeMillis()));
        } catch (MeasuredFacts.OutOfOrderException e) {
            throw new IllegalStateException(share.label() + ": " + e.reason(), e);
        }
        return state.trial(trial.number()).status() == Status.LEASED;
    }

    /** Nothing is handed out any more, to those either that wait for it. */
    public synchronized void end() {
        ended = true;
        notifyAll();
    }

    private synchronized void happen(List<? extends RunEvent> facts) {
        RunDecisions.Outcome outcome = RunDecisions.of(state, facts, System.currentTimeMillis());
        state = outcome.state();
        waiting.follow(state, outcome.events());
        for (Integer trial = waiting.nextToAsk(); trial != null; trial = waiting.nextToAsk()) {
            waiting.unknown(trial);
        }
        notifyAll();
    }
}
