package qroar.orchestrator.rundirectory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import qroar.orchestrator.journal.codec.JournalJson;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;

/**
 * {@code run.json}: what a run is, readable without its journal.
 *
 * @param format version of the run directory, {@value #FORMAT} today
 * @param name the experiment's
 * @param fingerprint digest over all fields
 * @param fields everything that may change a number, by name, in the order in which differences are told
 * @param created when the run was begun
 */
public record RunManifest(int format, String name, String fingerprint, Map<String, String> fields, Instant created) {
    /** An experiment in full, one digest per document. */
    private static final long MAX_BYTES = 64 << 20;

    public static final int FORMAT = 1;

    private static final ObjectWriter WRITER = JournalJson.mapper().writerWithDefaultPrettyPrinter();

    public RunManifest {
        fields = Collections.unmodifiableMap(new LinkedHashMap<>(fields));
    }

    public static RunManifest of(String name, String fingerprint, Map<String, String> fields, Instant created) {
        return new RunManifest(FORMAT, name, fingerprint, fields, created);
    }

    static RunManifest read(Path file) {
        try {
            RunManifest manifest = JournalJson.mapper().readValue(InputFile.bytes(file, MAX_BYTES), RunManifest.class);
            if (manifest == null) {
                throw new BadInput(file + " is damaged: it holds no run");
            }
            if (manifest.format() != FORMAT) {
                throw new BadInput(file + " has format " + manifest.format() + "; this version reads " + FORMAT);
            }
            return manifest;
        } catch (JsonProcessingException e) {
            throw new BadInput(file + " is damaged: " + firstLine(e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new BadInput(file + " cannot be read: " + e.getMessage(), e);
        }
    }

    private static String firstLine(String text) {
        return text.lines().findFirst().orElse("no cause given");
    }

    void write(Path file) {
        try {
            AtomicFile.write(file, WRITER.writeValueAsString(this) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a manifest of texts is always JSON", e);
        }
    }
}
