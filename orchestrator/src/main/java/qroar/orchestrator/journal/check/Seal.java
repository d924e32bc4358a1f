package qroar.orchestrator.journal.check;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import qroar.orchestrator.journal.codec.JournalFormatException;

/**
 * The checksum of a stored row: CRC-32C over its bytes, the name they are stored under, and its place, which is whose it
 * is, its number, who wrote it and when. So a flipped bit, an event in the place of another and one that is there twice
 * are found; one that is missing leaves a gap in the numbers. It is kept in the row's columns for metadata, beside an
 * event's JSON, which stays as it was.
 *
 * <p>CRC-32C and not SHA-256: what is to be found is damage, not forgery (whoever can write the journal can also write
 * its checksums); every burst of up to 32 bits is found and of all else all but one in 4 billion; and processors compute
 * it, in some nanoseconds per event, where SHA-256 would take as long as the event's JSON.
 *
 * @param crc CRC-32C as an int
 */
public record Seal(int crc) {
    /** Stored beside each seal: never changed. */
    public static final String MANIFEST = "seal/1";

    private static final Pattern TEXT = Pattern.compile("[0-9a-f]{8}");

    /** Where a row stands. */
    public record Place(String persistenceId, long sequenceNumber, String writer, long writtenMillis) {
        /** A snapshot has no writer of its own. */
        public static Place ofSnapshot(String persistenceId, long sequenceNumber, long writtenMillis) {
            return new Place(persistenceId, sequenceNumber, "", writtenMillis);
        }
    }

    public static Seal ofEvent(Place place, String manifest, byte[] payload) {
        return of("event", place, manifest, payload);
    }

    public static Seal ofSnapshot(Place place, String manifest, byte[] payload) {
        return of("snapshot", place, manifest, payload);
    }

    private static Seal of(String kind, Place place, String manifest, byte[] payload) {
        CRC32C crc = new CRC32C();
        update(crc, kind);
        update(crc, place.persistenceId());
        crc.update(ByteBuffer.allocate(2 * Long.BYTES)
                .putLong(place.sequenceNumber())
                .putLong(place.writtenMillis())
                .flip());
        update(crc, place.writer());
        update(crc, manifest);
        crc.update(payload);
        return new Seal((int) crc.getValue());
    }

    /** With its length, so that no text runs into the next. */
    private static void update(CRC32C crc, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        crc.update(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).flip());
        crc.update(bytes);
    }

    /** Eight hexadecimal digits. */
    public byte[] bytes() {
        return HexFormat.of().toHexDigits(crc).getBytes(StandardCharsets.US_ASCII);
    }

    /** @throws JournalFormatException when it is no seal */
    public static Seal ofBytes(byte[] bytes) {
        String text = new String(bytes, StandardCharsets.ISO_8859_1);
        if (!TEXT.matcher(text).matches()) {
            throw new JournalFormatException("a checksum of " + bytes.length + " bytes is none");
        }
        return new Seal(HexFormat.fromHexDigits(text));
    }
}
