package qroar.orchestrator.journal.check;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import qroar.orchestrator.journal.codec.EventCodec;

/**
 * Follows one run's stored events in their order and finds the first that is not what was written at its place. A journal
 * that was begun before there were checksums may begin with events without; behind one that has a checksum all have.
 */
public final class EventOrder {
    private final String persistenceId;
    private long last;
    private long unsealed;
    private boolean mayBeUnsealed;

    /**
     * @param after number of the event before the first that will be seen
     * @param begunUnsealed whether the run was begun before there were checksums
     */
    public EventOrder(String persistenceId, long after, boolean begunUnsealed) {
        this.persistenceId = persistenceId;
        this.last = after;
        this.mayBeUnsealed = begunUnsealed;
    }

    /** What is wrong with the next event, or null. One that is wrong does not count as seen. */
    public @Nullable String wrong(StoredEvent event) {
        if (event.number() != last + 1) {
            return event.number() > last + 1 ? missing(event.number()) : "its number is " + event.number();
        }
        String writer = event.writer();
        String manifest = event.manifest();
        byte[] payload = event.payload();
        if (writer == null || manifest == null || payload == null) {
            return "it has no content";
        }
        if (!event.live()) {
            return "it is marked as deleted, or its number is no whole one";
        }
        if (event.serializer() != EventCodec.SERIALIZER) {
            return "it is marked as written by another program";
        }
        if (!event.sealReadable()) {
            return "its checksum is marked as written by another program";
        }
        byte[] seal = event.seal();
        if (seal == null) {
            if (!mayBeUnsealed) {
                return "it has lost its checksum";
            }
            unsealed++;
        } else {
            Seal.Place place = new Seal.Place(persistenceId, event.number(), writer, event.writtenMillis());
            if (!Arrays.equals(seal, Seal.ofEvent(place, manifest, payload).bytes())) {
                return "its checksum does not agree";
            }
            mayBeUnsealed = false;
        }
        last = event.number();
        return null;
    }

    private String missing(long next) {
        return next == last + 2 ? "it is missing" : "it and the " + (next - last - 2) + " behind it are missing";
    }

    /** Number of the last sound event. */
    public long last() {
        return last;
    }

    /** Sound events without a checksum. */
    public long unsealed() {
        return unsealed;
    }
}
