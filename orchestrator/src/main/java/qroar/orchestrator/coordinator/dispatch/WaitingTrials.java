package qroar.orchestrator.coordinator.dispatch;

import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.orchestrator.coordinator.trial.TrialState.Status;

/**
 * The trials that wait, most urgent first: earlier studies first, within a study by its own priority. An index of {@link
 * RunState#queued}, brought up to date by looking only at the trials that events name, for a sweep may queue thousands
 * and each event would otherwise have to look at all of them. A trial is first to be looked up in the cache of earlier
 * runs, and may be handed to a worker when it was not found there. Confined to the actor.
 */
public final class WaitingTrials {
    /** A trial under the most urgent of the requests that want it. */
    public record Place(int study, int priority, int trial) implements Comparable<Place> {
        private static final Comparator<Place> ORDER = Comparator.comparingInt(Place::study)
                .thenComparingInt(Place::priority)
                .thenComparingInt(Place::trial);

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }

        boolean isAsUrgentAs(Place other) {
            return study == other.study && priority == other.priority;
        }
    }

    private final Map<Integer, Place> places = new HashMap<>();
    private final NavigableSet<Place> unasked = new TreeSet<>();
    private final NavigableSet<Place> measurable = new TreeSet<>();
    private final BitSet asked = new BitSet();
    private final BitSet unknown = new BitSet();

    /** Follows events that led to a state. */
    public void follow(RunState state, List<? extends RunEvent> events) {
        for (RunEvent event : events) {
            if (event instanceof RunEvent.OfTrial of) {
                look(state, of.trial());
            } else if (event instanceof RunEvent.OfRequest of) {
                look(state, state.request(of.request()).trial());
            } else if (event instanceof RunEvent.RunResumed) {
                state.queued().forEach(trial -> look(state, trial));
            }
        }
    }

    private void look(RunState state, int trial) {
        Place now = place(state, trial);
        Place before = now == null ? places.remove(trial) : places.put(trial, now);
        if (before != null) {
            unasked.remove(before);
            measurable.remove(before);
        }
        if (now != null) {
            enter(now);
        }
    }

    private void enter(Place place) {
        if (unknown.get(place.trial)) {
            measurable.add(place);
        } else if (!asked.get(place.trial)) {
            unasked.add(place);
        }
    }

    private static @Nullable Place place(RunState state, int trial) {
        if (!waits(state, trial)) {
            return null;
        }
        Place first = null;
        for (int number : state.openRequests(trial)) {
            RequestState request = state.request(number);
            Place place = new Place(request.study(), request.priority(), trial);
            first = first == null || place.compareTo(first) < 0 ? place : first;
        }
        return first;
    }

    /** Also a trial under way waits when some of it is wanted and nobody's: a worker gave it back or was lost. */
    private static boolean waits(RunState state, int number) {
        TrialState trial = state.trial(number);
        return trial.status() == Status.QUEUED
                || trial.status() == Status.LEASED && trial.firstGap(state.wantedWindows(number)) >= 0;
    }

    /** Whether the cache has yet to say whether it knows some that wait. */
    boolean awaitsAnswers() {
        return places.size() > measurable.size();
    }

    /** The most urgent trial that the cache was not asked about; it counts as asked from now on. */
    public @Nullable Integer nextToAsk() {
        Place next = unasked.pollFirst();
        if (next == null) {
            return null;
        }
        asked.set(next.trial);
        return next.trial;
    }

    /** The cache does not know it: a worker has to measure it. */
    public void unknown(int trial) {
        unknown.set(trial);
        Place place = places.get(trial);
        if (place != null) {
            measurable.add(place);
        }
    }

    /** The answer came when the trial did not wait: should it wait again, the cache is asked again. */
    public void askAgain(int trial) {
        asked.clear(trial);
    }

    /** Those that may be handed out, most urgent first. */
    public Iterable<Place> measurable() {
        return measurable;
    }
}
