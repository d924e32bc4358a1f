package qroar.orchestrator.journal;

import com.typesafe.config.Config;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import qroar.orchestrator.journal.codec.EventCatalog;

/** Where a run's events are: an SQLite file of its own, or a PostgreSQL database that runs share. Immutable. */
public interface Journal {
    /** The journal in one file, see {@link JournalConfig#embedded}; {@link RunLock} keeps other writers out. */
    static Journal embedded(Path file) {
        return new Embedded(file);
    }

    /**
     * The journal in a database.
     *
     * @param url {@code jdbc:postgresql://HOST:PORT/DATABASE?user=NAME}, without a password: that comes from
     *     {@code ~/.pgpass} or the environment variable {@code PGPASSWORD}
     * @throws qroar.protocol.BadInput when it is no such address
     */
    static Journal postgres(String url) {
        return PostgresJournal.of(url);
    }

    /**
     * Makes an actor system persist here; to be put in front of its configuration. Makes the tables where they are missing.
     *
     * @throws qroar.protocol.BadInput in one line, when it cannot be written
     */
    Config config(Class<? extends EventCatalog.Source> catalog);

    /** Whether there is anything to read. */
    boolean isThere();

    /** @throws qroar.protocol.BadInput when it cannot be read */
    JournalReader open(EventCatalog catalog);

    /**
     * Takes away what a run has here from its first event on that is not sound, and snapshots that are not, and keeps it
     * aside. The caller holds the run.
     *
     * @return where it is kept, for people
     * @throws qroar.protocol.BadInput when it cannot be done
     */
    String cut(String persistenceId, EventCatalog catalog);

    /** Takes away all snapshots but those that stand behind these events. The caller holds the run. */
    void keepSnapshots(String persistenceId, List<Long> numbers);

    /**
     * The right to write what a run has here, as far as the run's own lock file does not give it.
     *
     * @throws qroar.protocol.BadInput naming who has it
     */
    Held hold(String persistenceId);

    /** A right that is held; closing gives it back. */
    interface Held extends AutoCloseable {
        @Override
        void close();
    }

    /** One SQLite file. */
    record Embedded(Path file) implements Journal {
        @Override
        public Config config(Class<? extends EventCatalog.Source> catalog) {
            return JournalConfig.embedded(file, catalog);
        }

        @Override
        public boolean isThere() {
            return Files.exists(file);
        }

        @Override
        public JournalReader open(EventCatalog catalog) {
            return JournalReader.open(file, catalog);
        }

        @Override
        public String cut(String persistenceId, EventCatalog catalog) {
            return EmbeddedCut.of(file, persistenceId, catalog).toString();
        }

        @Override
        public void keepSnapshots(String persistenceId, List<Long> numbers) {
            EmbeddedCut.keepSnapshots(file, persistenceId, numbers);
        }

        @Override
        public Held hold(String persistenceId) {
            return () -> {};
        }

        @Override
        public String toString() {
            return file.toString();
        }
    }
}
