package qroar.reports.model;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What was run, on what, and how it stands.
 *
 * @param name the experiment's name
 * @param fingerprint digest of everything that may change a number
 * @param state how the run stands
 * @param started first start, resumptions do not move it
 * @param ended null until the run is finished
 * @param model the checkpoint
 * @param documents all of them, each once per role
 * @param versions software by name, in the order to show: {@code qroar}, {@code java}, {@code djl}, {@code pytorch}
 * @param hardware one line per worker or device
 * @param notes what a reader must know of the run as a whole
 * @param failures trials that were given up, and whatever else went wrong
 * @param experimentYaml the experiment as resolved, every default filled in
 */
public record RunSummary(
        String name,
        String fingerprint,
        RunState state,
        Instant started,
        @Nullable Instant ended,
        ModelSummary model,
        List<DocumentSummary> documents,
        Map<String, String> versions,
        List<String> hardware,
        List<String> notes,
        List<Failure> failures,
        String experimentYaml) {
    public RunSummary {
        documents = List.copyOf(documents);
        versions = Collections.unmodifiableMap(new LinkedHashMap<>(versions));
        hardware = List.copyOf(hardware);
        notes = List.copyOf(notes);
        failures = List.copyOf(failures);
    }

    RunSummary stopped() {
        return new RunSummary(
                name,
                fingerprint,
                RunState.STOPPED,
                started,
                null,
                model,
                documents,
                versions,
                hardware,
                notes,
                failures,
                experimentYaml);
    }
}
