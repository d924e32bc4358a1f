package qroar.orchestrator.journal;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.check.EventOrder;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.check.Seal;
import qroar.orchestrator.journal.check.StoredEvent;
import qroar.orchestrator.journal.codec.EventCodec;
import qroar.protocol.BadInput;

/**
 * The rows of a journal's tables, over one connection: events in their order as far as each is where it belongs and what was
 * written, snapshots each with whether it is. Knows nothing of what they hold; a journal whose tables are not made yet has no
 * rows. Faults of the database come out as damage of the journal, with the number of the event that could not be read. Not
 * thread-safe.
 */
final class JournalRows implements AutoCloseable {
    /** Rows fetched at a time, so that a long journal is never held in memory. */
    private static final int FETCH_ROWS = 500;

    private static final String SNAPSHOTS = "select sequence_number, created, snapshot_ser_id, snapshot_ser_manifest,"
            + " snapshot_payload, meta_payload,"
            + " (meta_payload is null or (meta_ser_id = snapshot_ser_id and meta_ser_manifest = '" + Seal.MANIFEST
            + "'))"
            + " from snapshot where persistence_id = ? order by sequence_number desc";

    private final String place;
    private final Connection connection;
    private final JournalTables tables;

    /**
     * @param place what complaints name
     * @param connection becomes its own
     */
    JournalRows(String place, Connection connection, JournalTables tables) {
        this.place = place;
        this.connection = connection;
        this.tables = tables;
    }

    /** Everything that has events here, sorted. */
    List<String> persistenceIds() {
        List<String> ids = new ArrayList<>();
        query("select distinct persistence_id from event_journal order by 1", 1, row -> ids.add(row.getString(1)));
        return ids;
    }

    /** Number of the last event, 0 where there is none. */
    long lastSequenceNumber(String persistenceId) {
        long[] last = {0};
        query(
                "select coalesce(max(sequence_number), 0) from event_journal where persistence_id = ?",
                1,
                row -> last[0] = row.getLong(1),
                persistenceId);
        return last[0];
    }

    /** @throws JournalDamage where a journal that is one run's holds another's events */
    void requireAlone(String persistenceId) {
        if (tables.isForOneRun()) {
            for (String other : persistenceIds()) {
                if (!other.equals(persistenceId)) {
                    throw new JournalDamage(
                            place,
                            lastSequenceNumber(persistenceId) + 1,
                            "there is one of another run, '" + other.replaceAll("[^ -~]", "?") + "'");
                }
            }
        }
    }

    /** What the database finds wrong with its own files; null for nothing. */
    @Nullable String broken() {
        try {
            return tables.broken(connection);
        } catch (SQLException e) {
            return JournalSchema.oneLine(e);
        }
    }

    /** The order that events have to be in behind a number. */
    EventOrder order(String persistenceId, long afterSequenceNumber) {
        return new EventOrder(persistenceId, afterSequenceNumber, isBegunUnsealed(persistenceId));
    }

    /**
     * Hands over sound events.
     *
     * @throws JournalDamage at the first that is not
     */
    void forEachEvent(String persistenceId, EventOrder order, Consumer<StoredEvent> consumer) {
        try {
            query(
                    StoredEvent.QUERY,
                    order.last() + 1,
                    row -> {
                        StoredEvent event = StoredEvent.of(row);
                        String wrong = order.wrong(event);
                        if (wrong != null) {
                            throw new JournalDamage(place, order.last() + 1, wrong);
                        }
                        consumer.accept(event);
                    },
                    persistenceId,
                    order.last());
        } catch (DatabaseDamage e) {
            throw new JournalDamage(place, order.last() + 1, String.valueOf(e.getMessage()));
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    record StoredSnapshot(long number, long createdMillis, String manifest, byte[] payload, Checked seal) {}

    /** What a snapshot's checksum says. */
    enum Checked {
        /** It is what was written. */
        KEPT,
        /** It was written before there were checksums, or the checksum is lost. */
        NONE,
        /** It is not, or lacks what every snapshot has. */
        BROKEN
    }

    /**
     * Hands over snapshots, the newest first.
     *
     * @param next number of the event behind the last sound one, which a fault is laid to
     */
    void forEachSnapshot(String persistenceId, long next, Consumer<StoredSnapshot> consumer) {
        query(
                SNAPSHOTS,
                next,
                row -> {
                    String manifest = row.getString(4);
                    byte[] payload = row.getBytes(5);
                    boolean whole = manifest != null
                            && payload != null
                            && row.getInt(3) == EventCodec.SERIALIZER
                            && row.getBoolean(7);
                    Seal.Place at = Seal.Place.ofSnapshot(persistenceId, row.getLong(1), row.getLong(2));
                    consumer.accept(new StoredSnapshot(
                            row.getLong(1),
                            row.getLong(2),
                            String.valueOf(manifest),
                            payload == null ? new byte[0] : payload,
                            whole ? checked(row.getBytes(6), at, manifest, payload) : Checked.BROKEN));
                },
                persistenceId);
    }

    private static Checked checked(byte @Nullable [] seal, Seal.Place at, String manifest, byte[] payload) {
        if (seal == null) {
            return Checked.NONE;
        }
        boolean kept =
                Arrays.equals(seal, Seal.ofSnapshot(at, manifest, payload).bytes());
        return kept ? Checked.KEPT : Checked.BROKEN;
    }

    private boolean isBegunUnsealed(String persistenceId) {
        boolean[] unsealed = {layout() < JournalTables.WITH_SEALS};
        if (!unsealed[0]) {
            query(
                    "select 1 from qroar_begun_unsealed where persistence_id = ?",
                    1,
                    row -> unsealed[0] = true,
                    persistenceId);
        }
        return unsealed[0];
    }

    private int layout() {
        try {
            return tables.layout(connection);
        } catch (SQLException e) {
            throw JournalSchema.unreadable(place, 1, e);
        }
    }

    private interface RowConsumer {
        void accept(ResultSet row) throws SQLException;
    }

    /** The database could not read its own file; at which event the caller knows. */
    private static final class DatabaseDamage extends RuntimeException {
        private static final long serialVersionUID = 1L;

        DatabaseDamage(SQLException cause) {
            super(JournalSchema.oneLine(cause), cause);
        }
    }

    private void query(String sql, long number, RowConsumer consumer, Object... parameters) {
        if (layout() == 0) {
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
            if (sql.equals(StoredEvent.QUERY) && JournalSchema.isDamage(e)) {
                throw new DatabaseDamage(e);
            }
            throw JournalSchema.unreadable(place, number, e);
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
