package qroar.orchestrator.journal;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.Map;
import qroar.orchestrator.journal.codec.EventCatalog;

/** Configuration that makes an actor system persist into the journal of one run. */
public final class JournalConfig {
    private static final String DATABASE = "pekko-persistence-jdbc.shared-databases.qroar";

    private JournalConfig() {}

    /**
     * The embedded journal: one SQLite file, created with its tables when it does not exist. Take the {@link RunLock}
     * first: SQLite would let two processes write.
     *
     * @param journalFile the database; its folder must exist
     * @param catalog gives what may be stored; a class with a public constructor without parameters
     * @return to be put in front of the actor system's configuration ({@code withFallback(ConfigFactory.load())})
     * @throws qroar.protocol.BadInput when the file cannot be created, is no journal, or has another layout
     */
    public static Config embedded(Path journalFile, Class<? extends EventCatalog.Source> catalog) {
        JournalSchema.makeIn(journalFile);
        return ConfigFactory.parseMap(Map.of(
                        EventCatalog.CONFIG_KEY,
                        catalog.getName(),
                        DATABASE + ".db.url",
                        JournalSchema.url(journalFile)))
                .withFallback(ConfigFactory.parseResources(JournalConfig.class, "embedded-journal.conf"));
    }
}
