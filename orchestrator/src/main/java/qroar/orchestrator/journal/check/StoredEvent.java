package qroar.orchestrator.journal.check;

import java.sql.ResultSet;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/** One row of the events' table. What was damaged may be anything, so nothing of it is believed before it was checked. */
@SuppressWarnings("ArrayRecordComponent") // read once, never compared
public record StoredEvent(
        long number,
        @Nullable String writer,
        long writtenMillis,
        boolean live,
        int serializer,
        @Nullable String manifest,
        byte @Nullable [] payload,
        byte @Nullable [] seal,
        boolean sealReadable) {
    /** The plugin replays what is not deleted, by this very comparison, and up to the greatest whole number. */
    private static final String COLUMNS = "sequence_number, writer, write_timestamp,"
            + " (deleted = false and cast(sequence_number as bigint) = sequence_number), event_ser_id,"
            + " event_ser_manifest, event_payload, meta_payload,"
            // The plugin reads the checksum by this mark before it hands over the event.
            + " (meta_payload is null or (meta_ser_id = event_ser_id and meta_ser_manifest = '" + Seal.MANIFEST + "'))";

    /** Parameters: whose, and after which number. */
    public static final String QUERY = "select " + COLUMNS + " from event_journal"
            + " where persistence_id = ? and sequence_number > ? order by sequence_number";

    public static StoredEvent of(ResultSet row) throws SQLException {
        return new StoredEvent(
                row.getLong(1),
                row.getString(2),
                row.getLong(3),
                row.getBoolean(4),
                row.getInt(5),
                row.getString(6),
                row.getBytes(7),
                row.getBytes(8),
                row.getBoolean(9));
    }
}
