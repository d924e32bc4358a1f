package qroar.orchestrator.journal;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.check.EventOrder;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.check.JournalSoundness;
import qroar.orchestrator.journal.check.Seal;
import qroar.orchestrator.journal.check.StoredEvent;
import qroar.orchestrator.journal.codec.EventCatalog;
import qroar.orchestrator.journal.codec.EventCodec;
import qroar.orchestrator.journal.codec.JournalEvent;
import qroar.orchestrator.journal.codec.JournalFormatException;
import qroar.orchestrator.journal.codec.JournalState;
import qroar.orchestrator.journal.codec.RetiredState;
import qroar.protocol.BadInput;

/**
 * Reads a journal straight from its database, dead or in use: readers never wait for the writer and never stop
 * it. What is read is one consistent moment per call, and checked against its checksums and its place. Not thread-safe.
 */
public final class JournalReader implements AutoCloseable {
    /** Rows fetched at a time, so that a long journal is never held in memory. */
    private static final int FETCH_ROWS = 500;

    private static final String SNAPSHOTS = "select sequence_number, created, snapshot_ser_id, snapshot_ser_manifest,"
            + " snapshot_payload, meta_payload,"
            + " (meta_payload is null or (meta_ser_id = snapshot_ser_id and meta_ser_manifest = '" + Seal.MANIFEST
            + "'))"
            + " from snapshot where persistence_id = ? order by sequence_number desc";

    private final String place;
    private final Connection connection;
    private final EventCodec codec;
    private final JournalTables tables;

    private JournalReader(String place, Connection connection, EventCodec codec, JournalTables tables) {
        this.place = place;
        this.connection = connection;
        this.codec = codec;
        this.tables = tables;
    }

    /** Over a connection that becomes the reader's own. */
    static JournalReader of(String place, Connection connection, EventCatalog catalog, JournalTables tables) {
        return new JournalReader(place, connection, new EventCodec(catalog), tables);
    }

    /**
     * A journal whose tables are not made yet reads as empty.
     *
     * @throws BadInput when there is no readable journal
     * @throws JournalDamage when there is one that the database cannot read
     */
    public static JournalReader open(Path journalFile, EventCatalog catalog) {
        return of(journalFile.toString(), JournalSchema.openReadOnly(journalFile), catalog, JournalSchema.TABLES);
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

    /** How much of an event is looked at. */
    public enum Depth {
        /** Checksums and order; the content of events that have no checksum. */
        CHECKSUMS,
        /** The content of every event, and what the database finds wrong with its own files. */
        EVERYTHING
    }

    /** Everything that has events here, sorted. */
    public List<String> persistenceIds() {
        List<String> ids = new ArrayList<>();
        query("select distinct persistence_id from event_journal order by 1", 1, row -> ids.add(row.getString(1)));
        return ids;
    }

    /** Number of the last event, 0 where there is none. */
    public long lastSequenceNumber(String persistenceId) {
        long[] last = {0};
        query(
                "select coalesce(max(sequence_number), 0) from event_journal where persistence_id = ?",
                1,
                row -> last[0] = row.getLong(1),
                persistenceId);
        return last[0];
    }

    /**
     * Hands over all events after the given number, in order.
     *
     * @throws JournalDamage at the first that is not sound, when those before were handed over
     */
    public void forEachEvent(String persistenceId, long afterSequenceNumber, Consumer<RecordedEvent> consumer) {
        EventOrder order = new EventOrder(persistenceId, afterSequenceNumber, isBegunUnsealed(persistenceId));
        walk(persistenceId, order, event -> {
            RecordedEvent recorded = recorded(event);
            if (event.seal() != null) {
                consumer.accept(recorded);
                return;
            }
            try {
                consumer.accept(recorded);
            } catch (IndexOutOfBoundsException | IllegalArgumentException | IllegalStateException e) {
                // Without a checksum, that is all that tells a damaged event from one as it was written.
                throw new JournalDamage(place, event.number(), "it does not follow from those before it");
            }
        });
    }

    /** The events after the given number as a list; for journals known to be short. */
    public List<RecordedEvent> events(String persistenceId, long afterSequenceNumber) {
        List<RecordedEvent> events = new ArrayList<>();
        forEachEvent(persistenceId, afterSequenceNumber, events::add);
        return events;
    }

    /** The newest sound snapshot in a form of today, or null where there is none. */
    public @Nullable RecordedState latestState(String persistenceId) {
        List<RecordedState> found = new ArrayList<>();
        forEachSnapshot(persistenceId, Long.MAX_VALUE, 1, snapshot -> {
            if (found.isEmpty() && snapshot.sound()) {
                JournalState state = (JournalState) codec.decode(snapshot.payload(), snapshot.manifest());
                if (!(state instanceof RetiredState)) {
                    found.add(new RecordedState(
                            snapshot.number(), Instant.ofEpochMilli(snapshot.createdMillis()), state));
                }
            }
        });
        return found.isEmpty() ? null : found.get(0);
    }

    /** Looks at everything that a run has here; throws only when the database cannot be read at all. */
    public JournalSoundness check(String persistenceId, Depth depth) {
        EventOrder order = new EventOrder(persistenceId, 0, isBegunUnsealed(persistenceId));
        List<Long> sound = new ArrayList<>();
        List<Long> damaged = new ArrayList<>();
        JournalDamage damage = null;
        try {
            requireAlone(persistenceId);
            walk(persistenceId, order, event -> {
                if (event.seal() == null || depth == Depth.EVERYTHING) {
                    recorded(event);
                }
            });
            forEachSnapshot(persistenceId, order.unsealed(), order.last() + 1, snapshot -> {
                if (snapshot.sound() && snapshot.number() > order.last()) {
                    throw new JournalDamage(
                            place,
                            order.last() + 1,
                            "it is missing, and so are others up to the snapshot behind event " + snapshot.number());
                }
                (snapshot.sound() ? sound : damaged).add(snapshot.number());
            });
            String broken = depth == Depth.EVERYTHING ? broken() : null;
            if (broken != null) {
                throw new JournalDamage(
                        place, order.last() + 1, "all before are sound, but the database is not: " + broken);
            }
        } catch (JournalDamage found) {
            damage = found;
        }
        return new JournalSoundness(order.last(), order.unsealed(), sound, damaged, damage);
    }

    private void requireAlone(String persistenceId) {
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

    private @Nullable String broken() {
        try {
            return tables.broken(connection);
        } catch (SQLException e) {
            return JournalSchema.oneLine(e);
        }
    }

    /** Hands over sound events until one is not. */
    void walk(String persistenceId, EventOrder order, Consumer<StoredEvent> consumer) {
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

    private RecordedEvent recorded(StoredEvent event) {
        String manifest = String.valueOf(event.manifest());
        byte[] payload = event.payload() == null ? new byte[0] : event.payload();
        try {
            JournalEvent decoded = (JournalEvent) codec.decode(payload, manifest);
            return new RecordedEvent(event.number(), Instant.ofEpochMilli(event.writtenMillis()), manifest, decoded);
        } catch (JournalFormatException | ClassCastException e) {
            if (event.seal() == null) {
                throw new JournalDamage(place, event.number(), String.valueOf(e.getMessage()));
            }
            throw new JournalFormatException(
                    "journal " + place + ", number " + event.number() + ": " + e.getMessage(), e);
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // read once, never compared
    private record StoredSnapshot(long number, long createdMillis, String manifest, byte[] payload, boolean sound) {}

    /**
     * @param lastUnsealed number of the last event without a checksum: snapshots up to it may have none either
     * @param next number of the event behind the last sound one
     */
    private void forEachSnapshot(
            String persistenceId, long lastUnsealed, long next, Consumer<StoredSnapshot> consumer) {
        query(
                SNAPSHOTS,
                next,
                row -> {
                    String manifest = row.getString(4);
                    byte[] payload = row.getBytes(5);
                    byte[] seal = row.getBytes(6);
                    boolean whole = manifest != null
                            && payload != null
                            && row.getInt(3) == EventCodec.SERIALIZER
                            && row.getBoolean(7);
                    Seal.Place at = Seal.Place.ofSnapshot(persistenceId, row.getLong(1), row.getLong(2));
                    boolean sound = whole
                            && (seal == null
                                    ? row.getLong(1) <= lastUnsealed && isReadable(payload, manifest)
                                    : Arrays.equals(
                                            seal,
                                            Seal.ofSnapshot(at, manifest, payload)
                                                    .bytes()));
                    consumer.accept(new StoredSnapshot(
                            row.getLong(1),
                            row.getLong(2),
                            String.valueOf(manifest),
                            payload == null ? new byte[0] : payload,
                            sound));
                },
                persistenceId);
    }

    private boolean isReadable(byte[] payload, String manifest) {
        try {
            codec.decode(payload, manifest);
            return true;
        } catch (JournalFormatException e) {
            return false;
        }
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
