package qroar.protocol.wire;

import com.esotericsoftware.kryo.kryo5.Kryo;
import com.esotericsoftware.kryo.kryo5.KryoException;
import com.esotericsoftware.kryo.kryo5.Registration;
import com.esotericsoftware.kryo.kryo5.io.Input;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.stream.SourceRef;

/** Reads with every length bounded, by its limit and by the bytes that are left, before anything is allocated. */
final class WireInput extends Input {
    private final Kryo kryo;
    private final PeerReferences peers;

    WireInput(Kryo kryo, PeerReferences peers, byte[] bytes, int offset) {
        super(bytes, offset, bytes.length - offset);
        this.kryo = kryo;
        this.peers = peers;
    }

    int bytesLeft() {
        return limit - position;
    }

    /**
     * A value of a registered class that is one of these types; class names are never looked at. Checked before a field is
     * read: Kryo's default registrations know no limits.
     */
    Object taggedOneOf(List<? extends Class<?>> types) {
        int id = readVarInt(true);
        Registration registration = kryo.getRegistration(id);
        if (registration == null || types.stream().noneMatch(t -> t.isAssignableFrom(registration.getType()))) {
            String wanted = types.stream().map(Class::getSimpleName).collect(Collectors.joining(" or "));
            throw new KryoException("class number " + Integer.toUnsignedString(id) + " is no " + wanted);
        }
        return kryo.readObject(this, registration.getType(), registration.getSerializer());
    }

    /**
     * A number of elements.
     *
     * @param bytesEach fewest bytes that an element takes
     */
    int count(int limit, int bytesEach, String what) {
        int count = readVarInt(true);
        if (count < 0 || count > limit || (long) count * bytesEach > bytesLeft()) {
            throw new KryoException(Integer.toUnsignedString(count) + " " + what + " with " + bytesLeft()
                    + " bytes left; at most " + limit);
        }
        return count;
    }

    String text() {
        return text(WireLimits.TEXT_BYTES);
    }

    /** A scaling or quantization in canonical text, not yet read. */
    String spec() {
        return text(WireLimits.SPEC_BYTES);
    }

    private String text(int limit) {
        int length = count(limit, 1, "bytes of text");
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(readBytes(length)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new KryoException("text that is not UTF-8", e);
        }
    }

    <T> List<T> list(int limit, int bytesEach, Function<WireInput, T> reader) {
        int count = count(limit, bytesEach, "elements");
        List<T> values = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            values.add(reader.apply(this));
        }
        return values;
    }

    double[] doubles() {
        double[] values = new double[count(WireLimits.NUMBERS, Double.BYTES, "numbers")];
        for (int i = 0; i < values.length; i++) {
            values[i] = readDouble();
        }
        return values;
    }

    /** Stricter than Kryo's, which takes every byte but 1 as false. */
    @Override
    public boolean readBoolean() {
        byte value = readByte();
        if (value != 0 && value != 1) {
            throw new KryoException("truth value " + value + " is neither 0 nor 1");
        }
        return value == 1;
    }

    <E extends Enum<E>> E choice(Class<E> type) {
        int ordinal = readByte();
        E[] values = type.getEnumConstants();
        if (ordinal < 0 || ordinal >= values.length) {
            throw new KryoException(type.getSimpleName() + " number " + ordinal + " is unknown");
        }
        return values[ordinal];
    }

    <T> ActorRef<T> actor() {
        return peers.actor(text());
    }

    <T> SourceRef<T> source() {
        return peers.source(text());
    }
}
