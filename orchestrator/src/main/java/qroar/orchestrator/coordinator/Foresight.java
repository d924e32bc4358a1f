package qroar.orchestrator.coordinator;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RunDecisions.Step;
import qroar.orchestrator.coordinator.state.RunState;

/**
 * The states that events lead to which are decided on and not durable yet. They were worked out when the events were decided
 * on; once the journal has them, events are applied one by one, which would work it all out again. Applying is pure, so the
 * same event on the same state may as well be answered with the state that is known. Confined to the actor.
 */
final class Foresight {
    private final Deque<Step> steps = new ArrayDeque<>();

    /** These events will be applied next. */
    void expect(List<Step> next) {
        steps.clear();
        steps.addAll(next);
    }

    /** The state after an event, by identity of state and event; worked out where it was not expected. */
    RunState apply(RunState state, RunEvent event) {
        Step step = steps.peekFirst();
        if (step != null && isSame(step.before(), state) && isSame(step.event(), event)) {
            steps.removeFirst();
            return step.after();
        }
        steps.clear();
        return state.apply(event);
    }

    /** By identity: comparing states by value would take longer than applying. */
    private static boolean isSame(Object a, Object b) {
        return a == b;
    }
}
