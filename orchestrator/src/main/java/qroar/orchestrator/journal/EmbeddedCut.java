package qroar.orchestrator.journal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.check.JournalSoundness;
import qroar.orchestrator.journal.codec.EventCatalog;
import qroar.protocol.BadInput;

/**
 * Puts a new journal file with the sound events of a damaged one in its place. Not in the damaged file itself: where the
 * database's own pages are damaged, nothing can be deleted from it. The damaged file is copied aside before it is
 * replaced, so a process that dies on the way leaves one or the other.
 */
final class EmbeddedCut {
    private static final String EVENTS = "ordering, deleted, persistence_id, sequence_number, writer, write_timestamp,"
            + " adapter_manifest, event_payload, event_ser_id, event_ser_manifest, meta_payload, meta_ser_id,"
            + " meta_ser_manifest";
    private static final String SNAPSHOTS = "persistence_id, sequence_number, created, snapshot_ser_id,"
            + " snapshot_ser_manifest, snapshot_payload, meta_ser_id, meta_ser_manifest, meta_payload";
    /** Files that SQLite keeps beside a database. */
    private static final List<String> COMPANIONS = List.of("-wal", "-shm");

    private EmbeddedCut() {}

    /** @return where the damaged journal is now */
    static Path of(Path file, String persistenceId, EventCatalog catalog) {
        Path sound = file.resolveSibling(file.getFileName() + ".sound");
        try {
            deleteDatabase(sound);
            JournalSchema.makeIn(sound);
            copySound(file, persistenceId, catalog, sound);
            // In write-ahead mode the last connection to close folds its log in, so that the file stands alone.
            Path aside = freeName(file);
            for (String companion : List.of("", "-wal", "-shm")) {
                Path part = Path.of(file + companion);
                if (Files.exists(part)) {
                    Files.copy(part, Path.of(aside + companion));
                }
            }
            for (String companion : COMPANIONS) {
                Files.deleteIfExists(Path.of(file + companion));
            }
            Files.move(sound, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
            return aside;
        } catch (IOException | SQLException e) {
            throw new BadInput("journal " + file + " cannot be cut: " + e, e);
        }
    }

    private static Path freeName(Path file) {
        for (int i = 1; ; i++) {
            Path aside = file.resolveSibling("journal-damaged-" + i + ".db");
            if (!Files.exists(aside)) {
                return aside;
            }
        }
    }

    private static void deleteDatabase(Path file) throws IOException {
        Files.deleteIfExists(file);
        for (String companion : COMPANIONS) {
            Files.deleteIfExists(Path.of(file + companion));
        }
    }

    private static void copySound(Path file, String persistenceId, EventCatalog catalog, Path sound)
            throws SQLException {
        JournalSoundness found = look(file, persistenceId, catalog);
        if (found == null || found.events() == 0) {
            return;
        }
        try (Connection from = JournalSchema.openReadOnly(file);
                Connection to = DriverManager.getConnection(JournalSchema.url(sound))) {
            to.setAutoCommit(false);
            copy(from, to, "event_journal", EVENTS, persistenceId, 0, found.events());
            if (found.unsealedEvents() > 0) {
                try (PreparedStatement insert = to.prepareStatement("insert into qroar_begun_unsealed values (?)")) {
                    insert.setString(1, persistenceId);
                    insert.execute();
                }
            }
            to.commit();
            copySnapshots(from, to, persistenceId, found);
        }
    }

    /** Null when the database cannot be read at all. */
    private static @Nullable JournalSoundness look(Path file, String persistenceId, EventCatalog catalog) {
        try (JournalReader reader = JournalReader.open(file, catalog)) {
            return reader.check(persistenceId, JournalReader.Depth.CHECKSUMS);
        } catch (JournalDamage unreadable) {
            return null;
        }
    }

    /** Can be done without: the run is then taken up from its events alone. */
    private static void copySnapshots(Connection from, Connection to, String persistenceId, JournalSoundness found)
            throws SQLException {
        try {
            for (long number : found.soundSnapshots()) {
                copy(from, to, "snapshot", SNAPSHOTS, persistenceId, number - 1, number);
            }
            to.commit();
        } catch (SQLException e) {
            to.rollback();
        }
    }

    private static void copy(
            Connection from, Connection to, String table, String columns, String id, long after, long last)
            throws SQLException {
        int count = columns.split(",").length;
        String insert = "insert into " + table + " (" + columns + ") values (?" + ", ?".repeat(count - 1) + ")";
        try (PreparedStatement query = from.prepareStatement("select " + columns + " from " + table
                        + " where persistence_id = ? and sequence_number > ? and sequence_number <= ?"
                        + " order by sequence_number");
                PreparedStatement write = to.prepareStatement(insert)) {
            query.setString(1, id);
            query.setLong(2, after);
            query.setLong(3, last);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    for (int c = 1; c <= count; c++) {
                        write.setObject(c, rows.getObject(c));
                    }
                    write.execute();
                }
            }
        }
    }

    static void keepSnapshots(Path file, String persistenceId, List<Long> numbers) {
        // Spelled out, for a damaged row may have anything for a number.
        String kept = numbers.stream().map(String::valueOf).collect(Collectors.joining(", "));
        try (Connection connection = DriverManager.getConnection(JournalSchema.url(file));
                PreparedStatement delete = connection.prepareStatement(
                        "delete from snapshot where persistence_id = ? and sequence_number not in (" + kept + ")")) {
            delete.setString(1, persistenceId);
            delete.execute();
        } catch (SQLException e) {
            throw JournalSchema.isDamage(e)
                    ? new JournalDamage(file.toString(), 1, JournalSchema.oneLine(e))
                    : new BadInput(
                            "journal " + file + ": a snapshot cannot be dropped: " + JournalSchema.oneLine(e), e);
        }
    }
}
