package qroar.orchestrator.rundirectory;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.journal.codec.JournalJson;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.protocol.storage.AtomicFile;

/**
 * {@code engines.json}: with what a run was computed so far, in the order of their coming (library, instruction set,
 * processor; see {@code WorkerProfile}). Not part of the fingerprint: another machine may go on, and a reader is told.
 * Written only with the run's lock in hand; confined to one thread.
 */
public final class RunEngines {
    private static final Logger LOG = LoggerFactory.getLogger(RunEngines.class);
    private static final int FORMAT = 1;
    private static final int MAX_BYTES = 1 << 20;
    /** A cluster has few kinds of machines; more than this says nothing more. */
    private static final int MAX_ENGINES = 100;

    private static final ObjectWriter WRITER = JournalJson.mapper().writerWithDefaultPrettyPrinter();

    private final Path file;
    private final Set<String> engines;

    private RunEngines(Path file, List<String> engines) {
        this.file = file;
        this.engines = new LinkedHashSet<>(engines);
    }

    private record Stored(int format, List<String> engines) {}

    /** Of a run directory; empty where the run was begun by a version that kept no such record. */
    public static RunEngines of(RunDirectory directory) {
        Path file = directory.engines();
        return new RunEngines(file, read(file));
    }

    /** A note that cannot be read is no reason to stop a run. */
    private static List<String> read(Path file) {
        try {
            byte[] bytes = InputFile.bytesIfThere(file, MAX_BYTES);
            if (bytes == null) {
                return List.of();
            }
            Stored stored = JournalJson.mapper().readValue(bytes, Stored.class);
            return stored == null
                            || stored.engines() == null
                            || stored.engines().contains(null)
                    ? List.of()
                    : stored.engines();
        } catch (IOException | BadInput e) {
            String cause = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
            LOG.warn("{} cannot be read, so it is begun anew: {}", file, cause);
            return List.of();
        }
    }

    /** All that are known, the first first. */
    public List<String> known() {
        return List.copyOf(engines);
    }

    /**
     * Keeps one.
     *
     * @return whether it was not known
     */
    public boolean add(String engine) {
        if (engines.size() >= MAX_ENGINES || !engines.add(engine)) {
            return false;
        }
        try {
            AtomicFile.write(file, WRITER.writeValueAsString(new Stored(FORMAT, known())) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a list of texts is always JSON", e);
        }
        return true;
    }
}
