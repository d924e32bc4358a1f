package qroar.orchestrator.console;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import qroar.protocol.OneLine;

/** What a person should know although nothing is wrong: a line each on standard error, the same one once per command. Thread-safe. */
public final class Notes {
    private final Set<String> told = new HashSet<>();

    public void tell(Collection<String> notes) {
        notes.forEach(this::tell);
    }

    public void tell(String note) {
        boolean first;
        synchronized (told) {
            first = told.add(note);
        }
        if (first) {
            System.err.println("qroar: note: " + OneLine.of(note));
        }
    }
}
