package qroar.orchestrator.journal;

import java.nio.file.Path;
import java.sql.Connection;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.check.EventOrder;
import qroar.orchestrator.journal.check.JournalDamage;
import qroar.orchestrator.journal.check.JournalSoundness;
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
    private final String place;
    private final JournalRows rows;
    private final EventCodec codec;

    private JournalReader(String place, JournalRows rows, EventCodec codec) {
        this.place = place;
        this.rows = rows;
        this.codec = codec;
    }

    /** Over a connection that becomes the reader's own. */
    static JournalReader of(String place, Connection connection, EventCatalog catalog, JournalTables tables) {
        return new JournalReader(place, new JournalRows(place, connection, tables), new EventCodec(catalog));
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
        return rows.persistenceIds();
    }

    /** Number of the last event, 0 where there is none. */
    public long lastSequenceNumber(String persistenceId) {
        return rows.lastSequenceNumber(persistenceId);
    }

    /**
     * Hands over all events after the given number, in order.
     *
     * @throws JournalDamage at the first that is not sound, when those before were handed over
     */
    public void forEachEvent(String persistenceId, long afterSequenceNumber, Consumer<RecordedEvent> consumer) {
        EventOrder order = rows.order(persistenceId, afterSequenceNumber);
        rows.forEachEvent(persistenceId, order, event -> {
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
        rows.forEachSnapshot(persistenceId, 1, snapshot -> {
            if (found.isEmpty() && isSound(snapshot, Long.MAX_VALUE)) {
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
        EventOrder order = rows.order(persistenceId, 0);
        List<Long> sound = new ArrayList<>();
        List<Long> damaged = new ArrayList<>();
        JournalDamage damage = null;
        try {
            rows.requireAlone(persistenceId);
            rows.forEachEvent(persistenceId, order, event -> {
                if (event.seal() == null || depth == Depth.EVERYTHING) {
                    recorded(event);
                }
            });
            rows.forEachSnapshot(persistenceId, order.last() + 1, snapshot -> {
                boolean whole = isSound(snapshot, order.unsealed());
                if (whole && snapshot.number() > order.last()) {
                    throw new JournalDamage(
                            place,
                            order.last() + 1,
                            "it is missing, and so are others up to the snapshot behind event " + snapshot.number());
                }
                (whole ? sound : damaged).add(snapshot.number());
            });
            String broken = depth == Depth.EVERYTHING ? rows.broken() : null;
            if (broken != null) {
                throw new JournalDamage(
                        place, order.last() + 1, "all before are sound, but the database is not: " + broken);
            }
        } catch (JournalDamage found) {
            damage = found;
        }
        return new JournalSoundness(order.last(), order.unsealed(), sound, damaged, damage);
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

    /** @param lastUnsealed number of the last event without a checksum: snapshots up to it may have none either */
    private boolean isSound(JournalRows.StoredSnapshot snapshot, long lastUnsealed) {
        return switch (snapshot.seal()) {
            case KEPT -> true;
            case BROKEN -> false;
            case NONE -> snapshot.number() <= lastUnsealed && isReadable(snapshot.payload(), snapshot.manifest());
        };
    }

    private boolean isReadable(byte[] payload, String manifest) {
        try {
            codec.decode(payload, manifest);
            return true;
        } catch (JournalFormatException e) {
            return false;
        }
    }

    @Override
    public void close() {
        rows.close();
    }
}
