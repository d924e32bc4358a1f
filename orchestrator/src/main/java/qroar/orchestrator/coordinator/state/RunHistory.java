package qroar.orchestrator.coordinator.state;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.trial.Evidence;
import qroar.orchestrator.persistent.Table;

/**
 * A run's events so far without what is superseded: what a snapshot holds. Applied in their order they lead to the same
 * state as all of them, which holds whatever an event means, because nothing is left out but
 *
 * <ul>
 *   <li>where a batch of windows ends: those that one attempt measured one behind the other, with nothing else happening to
 *       their trial in between, are one event;
 *   <li>activations of single documents: a layer's are merged, as the state has them;
 *   <li>reports of time worked that a later one of the same process replaces.
 * </ul>
 *
 * <p>What was measured is not kept here a second time: it is taken from the state when the events are asked for. Immutable; an
 * event more is one link of a chain more.
 */
final class RunHistory {
    static final RunHistory NONE = new RunHistory(null, Table.empty());
    private static final double[] ELSEWHERE = {};

    private final @Nullable Link last;
    private final Table<Integer, Stretch> stretches;

    private RunHistory(@Nullable Link last, Table<Integer, Stretch> stretches) {
        this.last = last;
        this.stretches = stretches;
    }

    /**
     * @param event without what the state has of it
     * @param earlierTo for windows: where the trial's stretch before them ends
     */
    private record Link(@Nullable Link before, RunEvent event, int earlierTo) {}

    /**
     * Windows of a trial that one attempt measured one behind the other.
     *
     * @param open whether more of the same attempt may follow as if they were one batch
     */
    private record Stretch(int attempt, int to, boolean open) {}

    /**
     * With one event more.
     *
     * @param state before the event
     */
    RunHistory with(RunState state, RunEvent event) {
        if (event instanceof RunEvent.WindowsMeasured e) {
            return measured(e);
        }
        if (event instanceof RunEvent.LayerMeasured e) {
            boolean known = !state.trial(e.trial()).evidence().layersSeen().isEmpty();
            return known ? this : linked(new RunEvent.ActivationsMerged(e.trial(), List.of(), List.of()));
        }
        if (event instanceof RunEvent.ActivationsMerged e) {
            return linked(new RunEvent.ActivationsMerged(e.trial(), List.of(), List.of()));
        }
        if (event instanceof RunEvent.TrialReused e) {
            return interrupted(e.trial()).linked(new RunEvent.TrialReused(e.trial(), ELSEWHERE, e.activations()));
        }
        boolean besides = event instanceof RunEvent.GradientMeasured
                || event instanceof RunEvent.ReferenceCompared
                || event instanceof RunEvent.ModelReadied;
        if (event instanceof RunEvent.RequestWidened e) {
            return interrupted(state.request(e.request()).trial()).linked(event);
        }
        return event instanceof RunEvent.OfTrial of && !besides
                ? interrupted(of.trial()).linked(event)
                : linked(event);
    }

    private RunHistory linked(RunEvent event) {
        return new RunHistory(new Link(last, event, 0), stretches);
    }

    private RunHistory measured(RunEvent.WindowsMeasured e) {
        Stretch before = stretches.get(e.trial());
        boolean follows =
                before != null && before.open && before.attempt == e.attempt() && before.to == e.firstWindow();
        Table<Integer, Stretch> longer =
                stretches.plus(e.trial(), new Stretch(e.attempt(), e.firstWindow() + e.nllNats().length, true));
        if (follows) {
            return new RunHistory(last, longer);
        }
        RunEvent stub = new RunEvent.WindowsMeasured(e.trial(), e.attempt(), e.firstWindow(), ELSEWHERE);
        return new RunHistory(new Link(last, stub, before == null ? 0 : before.to), longer);
    }

    /** Something else happened to the trial: windows behind it are not as if they came at once. */
    private RunHistory interrupted(int trial) {
        Stretch stretch = stretches.get(trial);
        return stretch == null || !stretch.open
                ? this
                : new RunHistory(last, stretches.plus(trial, new Stretch(stretch.attempt, stretch.to, false)));
    }

    /**
     * The events in their order.
     *
     * @param state that this is the history of
     */
    List<RunEvent> events(RunState state) {
        List<RunEvent> events = new ArrayList<>();
        Map<Integer, Integer> ends = new HashMap<>();
        boolean told = false;
        for (Link link = last; link != null; link = link.before) {
            RunEvent event = link.event;
            if (event instanceof RunEvent.WindowsMeasured e) {
                Integer to = ends.put(e.trial(), link.earlierTo);
                events.add(whole(e, state, to == null ? end(e.trial()) : to));
            } else if (event instanceof RunEvent.RunWorked) {
                if (!told) {
                    events.add(event);
                }
                told = true;
            } else {
                told &= !(event instanceof RunEvent.RunBegun || event instanceof RunEvent.RunResumed);
                events.add(whole(event, state));
            }
        }
        Collections.reverse(events);
        return events;
    }

    private int end(int trial) {
        Stretch stretch = stretches.get(trial);
        return stretch == null ? 0 : stretch.to;
    }

    private static RunEvent whole(RunEvent.WindowsMeasured e, RunState state, int to) {
        double[] losses = state.trial(e.trial()).evidence().losses(e.firstWindow(), to);
        return new RunEvent.WindowsMeasured(e.trial(), e.attempt(), e.firstWindow(), losses);
    }

    private static RunEvent whole(RunEvent event, RunState state) {
        if (event instanceof RunEvent.ActivationsMerged e) {
            Evidence evidence = state.trial(e.trial()).evidence();
            return new RunEvent.ActivationsMerged(
                    e.trial(),
                    List.copyOf(evidence.layers().values()),
                    evidence.layersSeen().stream().sorted().toList());
        }
        if (event instanceof RunEvent.TrialReused e) {
            return new RunEvent.TrialReused(
                    e.trial(), state.trial(e.trial()).evidence().nllNats(), e.activations());
        }
        return event;
    }
}
