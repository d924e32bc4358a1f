package qroar.orchestrator.cluster;

import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;

/**
 * Follows the frames of one connection of Artery TCP: a header (the magic bytes {@code PEKK} and the number of a stream), then
 * frames, each after its length in four bytes, least significant first. Confined to whoever reads the connection.
 */
final class FrameBounds {
    private static final int HEADER_BYTES = 5;
    private static final int LENGTH_BYTES = 4;

    private final int maxBytes;
    private int headerLeft = HEADER_BYTES;
    private int lengthSeen;
    private int length;
    private int frameLeft;

    /** @param maxBytes of a frame, its length not counted */
    FrameBounds(int maxBytes) {
        this.maxBytes = maxBytes;
    }

    /**
     * Reads on in a connection.
     *
     * @param bytes what came, all of which is consumed
     * @throws SSLException when a frame longer than allowed is announced; nothing of it need have come
     */
    void accept(ByteBuffer bytes) throws SSLException {
        headerLeft -= skip(bytes, headerLeft);
        while (bytes.hasRemaining()) {
            if (frameLeft > 0) {
                frameLeft -= skip(bytes, frameLeft);
            } else {
                length |= (bytes.get() & 0xff) << 8 * lengthSeen;
                lengthSeen++;
                if (lengthSeen == LENGTH_BYTES) {
                    begin();
                }
            }
        }
    }

    private void begin() throws SSLException {
        if (length < 0 || length > maxBytes) {
            throw new SSLException(
                    "a frame of " + Integer.toUnsignedLong(length) + " bytes; at most " + maxBytes + " are possible");
        }
        frameLeft = length;
        length = 0;
        lengthSeen = 0;
    }

    private static int skip(ByteBuffer bytes, int wanted) {
        int skipped = Math.min(wanted, bytes.remaining());
        bytes.position(bytes.position() + skipped);
        return skipped;
    }
}
