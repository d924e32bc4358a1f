package qroar.protocol.wire;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.io.KryoBufferOverflowException;
import com.esotericsoftware.kryo.kryo5.util.Pool;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.serialization.SerializerWithStringManifest;
import qroar.protocol.message.CoordinatorMessage;
import qroar.protocol.message.WorkerMessage;
import qroar.protocol.trial.Measurement;

/**
 * Wire form of {@link CoordinatorMessage}, {@link WorkerMessage} and {@link Measurement}; bound to them by this module's
 * {@code reference.conf}. See the package for the frame. Thread-safe: a Kryo serves one message at a time and goes back
 * to the pool.
 */
public final class KryoWireSerializer extends SerializerWithStringManifest {
    /** Raised when frames of the previous build can no longer be read. */
    static final String MANIFEST = "qroar-wire/2";
    /** Largest frame; a remote transport must be configured to carry it. */
    public static final int MAX_BYTES = WireLimits.FRAME_BYTES;

    private static final List<Class<?>> MESSAGES =
            List.of(CoordinatorMessage.class, WorkerMessage.class, Measurement.class);

    private static final int IDENTIFIER = 77_114;
    private static final int CHECKSUM_BYTES = 4;
    /** Idle Kryos kept; more threads than this just build another one (34 microseconds). */
    private static final int POOLED = 16;

    private final PeerReferences peers;
    private final Pool<Kryo> kryos = new Pool<>(true, false, POOLED) {
        @Override
        protected Kryo create() {
            return WireRegistry.kryo();
        }
    };

    public KryoWireSerializer(ExtendedActorSystem system) {
        this.peers = new PeerReferences(system);
    }

    @Override
    public int identifier() {
        return IDENTIFIER;
    }

    @Override
    public String manifest(Object message) {
        return MANIFEST;
    }

    /** @throws IllegalArgumentException for what is no message of the protocol, or one beyond a limit */
    @Override
    public byte[] toBinary(Object message) {
        if (MESSAGES.stream().noneMatch(type -> type.isInstance(message))) {
            throw new IllegalArgumentException(message.getClass().getName() + " is no message of the protocol");
        }
        Kryo kryo = kryos.obtain();
        try (WireOutput out = new WireOutput(kryo, peers)) {
            out.writeInt(0);
            out.tagged(message);
            byte[] frame = out.toBytes();
            int checksum = checksum(frame);
            for (int i = 0; i < CHECKSUM_BYTES; i++) {
                frame[i] = (byte) (checksum >>> (24 - 8 * i));
            }
            return frame;
        } catch (KryoBufferOverflowException e) {
            throw new IllegalArgumentException(
                    message.getClass().getSimpleName() + " takes more than " + MAX_BYTES + " bytes", e);
        } finally {
            kryos.free(kryo);
        }
    }

    /** @throws CorruptMessage for everything that {@link #toBinary} cannot have written */
    @Override
    public Object fromBinary(byte[] bytes, String manifest) throws CorruptMessage {
        if (!manifest.equals(MANIFEST)) {
            throw new CorruptMessage("wire format '" + brief(manifest) + "'; this build reads " + MANIFEST);
        }
        if (bytes.length <= CHECKSUM_BYTES || bytes.length > MAX_BYTES) {
            throw new CorruptMessage("a frame of " + bytes.length + " bytes; from " + (CHECKSUM_BYTES + 1) + " to "
                    + MAX_BYTES + " are possible");
        }
        int stored = 0;
        for (int i = 0; i < CHECKSUM_BYTES; i++) {
            stored = stored << 8 | (bytes[i] & 0xff);
        }
        if (stored != checksum(bytes)) {
            throw new CorruptMessage("a frame of " + bytes.length + " bytes does not match its checksum");
        }
        return decode(bytes);
    }

    private Object decode(byte[] bytes) throws CorruptMessage {
        Kryo kryo = kryos.obtain();
        try (WireInput in = new WireInput(kryo, peers, bytes, CHECKSUM_BYTES)) {
            Object message = in.taggedOneOf(MESSAGES);
            if (in.bytesLeft() > 0) {
                throw new CorruptMessage(in.bytesLeft() + " bytes after the end of a "
                        + message.getClass().getSimpleName());
            }
            return message;
        } catch (RuntimeException e) {
            // Kryo's own errors, and refusals of the records' constructors.
            throw new CorruptMessage("a frame of " + bytes.length + " bytes cannot be read: " + e.getMessage(), e);
        } finally {
            kryos.free(kryo);
        }
    }

    private static int checksum(byte[] frame) {
        CRC32C crc = new CRC32C();
        crc.update(frame, CHECKSUM_BYTES, frame.length - CHECKSUM_BYTES);
        return (int) crc.getValue();
    }

    private static String brief(String manifest) {
        String shown = manifest.length() <= 40 ? manifest : manifest.substring(0, 40) + "...";
        return shown.replaceAll("\\p{Cntrl}", "?");
    }
}
