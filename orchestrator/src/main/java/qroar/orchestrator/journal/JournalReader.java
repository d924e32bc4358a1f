package qroar.orchestrator.journal;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * Reads a journal straight from its database, dead or in use: readers never wait for the writer and never stop
 * it. What is read is one consistent moment per call. Not thread-safe.
 */
public final class JournalReader implements AutoCloseable {
    /** Rows fetched at a time, so that a long journal is never held in memory. */
    private static final int FETCH_ROWS = 500;

    private final String place;
    private final Connection connection;
    private final EventCodec codec;
    private final TableProbe tables;

    /** Whether a database has a journal's tables. */
    interface TableProbe {
        boolean isThere(Connection connection) throws SQLException;
    }

    private JournalReader(String place, Connection connection, EventCodec codec, TableProbe tables) {
        this.place = place;
        this.connection = connection;
        this.codec = codec;
        this.tables = tables;
    }

    /** Over a connection that becomes the reader's own. */
    static JournalReader of(String place, Connection connection, EventCatalog catalog, TableProbe tables) {
        return new JournalReader(place, connection, new EventCodec(catalog), tables);
    }

    /**
     * A journal whose tables are not made yet reads as empty.
     *
     * @throws BadInput when there is no readable journal
     */
    public static JournalReader open(Path journalFile, EventCatalog catalog) {
        return of(journalFile.toString(), JournalSchema.openReadOnly(journalFile), catalog, JournalSchema::hasTables);
    }

    /**
     * An event as it was written.
     *
     * @param sequenceNumber from 1, without gaps
     * @param written when the writer handed it over
     * @param manifest name and version under which it was stored
     */
    public record RecordedEvent(long sequenceNumber, Instant written, String manifest, JournalEvent event) {}

    /** A state as of the event with that number, included. */
    public record RecordedState(long sequenceNumber, Instant written, JournalState state) {}

    /** Everything that has events here, sorted. */
    public List<String> persistenceIds() {
        List<String> ids = new ArrayList<>();
        query("select distinct persistence_id from event_journal order by 1", row -> ids.add(row.getString(1)));
        return ids;
    }

    /** Number of the last event, 0 where there is none. */
    public long lastSequenceNumber(String persistenceId) {
        long[] last = {0};
        query(
                "select coalesce(max(sequence_number), 0) from event_journal where persistence_id = ?",
                row -> last[0] = row.getLong(1),
                persistenceId);
        return last[0];
    }

    /** Hands over all events after the given number, in order. */
    public void forEachEvent(String persistenceId, long afterSequenceNumber, Consumer<RecordedEvent> consumer) {
        query(
                "select sequence_number, write_timestamp, event_ser_manifest, event_payload from event_journal"
                        + " where persistence_id = ? and sequence_number > ? and not deleted order by sequence_number",
                row -> consumer.accept(new RecordedEvent(
                        row.getLong(1),
                        Instant.ofEpochMilli(row.getLong(2)),
                        row.getString(3),
                        decoded(JournalEvent.class, row.getString(3), row.getBytes(4), row.getLong(1)))),
                persistenceId,
                afterSequenceNumber);
    }

    /** The events after the given number as a list; for journals known to be short. */
    public List<RecordedEvent> events(String persistenceId, long afterSequenceNumber) {
        List<RecordedEvent> events = new ArrayList<>();
        forEachEvent(persistenceId, afterSequenceNumber, events::add);
        return events;
    }

    /** The newest snapshot, or null where there is none. */
    public @Nullable RecordedState latestState(String persistenceId) {
        List<RecordedState> found = new ArrayList<>();
        query(
                "select sequence_number, created, snapshot_ser_manifest, snapshot_payload from snapshot"
                        + " where persistence_id = ? order by sequence_number desc limit 1",
                row -> found.add(new RecordedState(
                        row.getLong(1),
                        Instant.ofEpochMilli(row.getLong(2)),
                        decoded(JournalState.class, row.getString(3), row.getBytes(4), row.getLong(1)))),
                persistenceId);
        return found.isEmpty() ? null : found.get(0);
    }

    private <T> T decoded(Class<T> type, String manifest, byte[] bytes, long sequenceNumber) {
        try {
            return type.cast(codec.decode(bytes, manifest));
        } catch (JournalFormatException | ClassCastException e) {
            throw new JournalFormatException(
                    "journal " + place + ", number " + sequenceNumber + ": " + e.getMessage(), e);
        }
    }

    private boolean hasTables() {
        try {
            return tables.isThere(connection);
        } catch (SQLException e) {
            throw new BadInput("journal " + place + " cannot be read: " + JournalSchema.oneLine(e), e);
        }
    }

    private interface RowConsumer {
        void accept(ResultSet row) throws SQLException;
    }

    private void query(String sql, RowConsumer consumer, Object... parameters) {
        if (!hasTables()) {
            return;
        }
        try (PreparedStatement statement = connection.prepareStatement(sql)) {
            for (int i = 0; i < parameters.length; i++) {
                statement.setObject(i + 1, parameters[i]);
            }
            statement.setFetchSize(FETCH_ROWS);
            try (ResultSet rows = statement.executeQuery()) {
                while (rows.next()) {
                    consumer.accept(rows);
                }
            }
        } catch (SQLException e) {
            throw new BadInput("journal " + place + " cannot be read: " + JournalSchema.oneLine(e), e);
        }
    }

    @Override
    public void close() {
        try {
            connection.close();
        } catch (SQLException e) {
            throw new BadInput("journal " + place + " cannot be closed: " + JournalSchema.oneLine(e), e);
        }
    }
}
