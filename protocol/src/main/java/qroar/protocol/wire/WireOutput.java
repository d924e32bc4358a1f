package qroar.protocol.wire;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.Registration;
import com.esotericsoftware.kryo.kryo5.io.Output;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.function.BiConsumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.SourceRef;

/** Writes what {@link WireInput} reads, under the same limits: what cannot be read back is refused here already. */
final class WireOutput extends Output {
    private static final int START_BYTES = 512;

    private final Kryo kryo;
    private final PeerReferences peers;

    WireOutput(Kryo kryo, PeerReferences peers) {
        super(START_BYTES, WireLimits.FRAME_BYTES);
        this.kryo = kryo;
        this.peers = peers;
    }

    /** Registered number of the value's class, then the value. */
    void tagged(Object value) {
        Registration registration = kryo.getRegistration(value.getClass());
        writeVarInt(registration.getId(), true);
        kryo.writeObject(this, value, registration.getSerializer());
    }

    void count(int count, int limit, String what) {
        if (count > limit) {
            throw new IllegalArgumentException(count + " " + what + "; a message holds at most " + limit);
        }
        writeVarInt(count, true);
    }

    void text(String text) {
        text(text, WireLimits.TEXT_BYTES);
    }

    /** A scaling or quantization in canonical text. */
    void spec(String text) {
        text(text, WireLimits.SPEC_BYTES);
    }

    private void text(String text, int limit) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        count(utf8.length, limit, "bytes of text");
        writeBytes(utf8);
    }

    <T> void list(List<T> values, int limit, BiConsumer<WireOutput, T> writer) {
        count(values.size(), limit, "elements");
        for (T value : values) {
            writer.accept(this, value);
        }
    }

    void doubles(double[] values) {
        count(values.length, WireLimits.NUMBERS, "numbers");
        for (double value : values) {
            writeDouble(value);
        }
    }

    void choice(Enum<?> value) {
        writeByte(value.ordinal());
    }

    void actor(ActorRef<?> actor) {
        text(peers.text(actor));
    }

    void source(SourceRef<?> source) {
        text(peers.text(source));
    }
}
