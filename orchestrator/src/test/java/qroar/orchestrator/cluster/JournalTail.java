package qroar.orchestrator.cluster;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.event.RunTally;
import qroar.orchestrator.journal.JournalReader;
import qroar.orchestrator.journal.codec.EventCatalog;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Follows the journal of the only run in a folder, reading each event once. */
final class JournalTail {
    private final Path runs;
    private final EventCatalog catalog = new RunEventCatalog().catalog();
    private final List<RunEvent> events = new ArrayList<>();
    private final RunTally tally = new RunTally();
    private long last;

    JournalTail(Path runs) {
        this.runs = runs;
    }

    /** What all events so far add up to. */
    RunTally look() {
        List<RunDirectory> all = RunDirectory.list(runs);
        if (!all.isEmpty() && Files.exists(all.get(0).journal())) {
            try (JournalReader journal = JournalReader.open(all.get(0).journal(), catalog)) {
                for (String id : journal.persistenceIds()) {
                    journal.forEachEvent(id, last, recorded -> {
                        last = recorded.sequenceNumber();
                        RunEvent event = (RunEvent) recorded.event();
                        events.add(event);
                        tally.add(event);
                    });
                }
            }
        }
        return tally;
    }

    List<RunEvent> events() {
        look();
        return List.copyOf(events);
    }
}
