package qroar.orchestrator.journal.codec;

import java.util.List;

/** A state as the events that lead to it: stored in columns and compressed, see {@link SeriesWriter}. */
public record EventSeries(List<JournalEvent> events) implements JournalState {
    public EventSeries {
        events = List.copyOf(events);
    }

    public static EventSeries of(List<? extends JournalEvent> events) {
        return new EventSeries(List.copyOf(events));
    }
}
