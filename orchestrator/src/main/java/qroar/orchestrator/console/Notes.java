package qroar.orchestrator.console;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import qroar.protocol.OneLine;

/** What a person should know although nothing is wrong: a remark each, the same one once per command. Thread-safe. */
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
            Remarks.tell("note: " + OneLine.of(note));
        }
    }
}
