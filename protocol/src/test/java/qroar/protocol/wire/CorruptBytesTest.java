package qroar.protocol.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.esotericsoftware.kryo.kryo5.io.Output;
import java.io.NotSerializableException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.stream.StreamRefResolver;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.trial.WindowLoss;

/** Bytes from a broken disk, a broken network or an enemy: always a {@link CorruptMessage}, never more. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CorruptBytesTest {
    private final ActorTestKit kit = ActorTestKit.create("wire-fuzz");
    private final KryoWireSerializer serializer;

    CorruptBytesTest() throws NotSerializableException {
        serializer =
                (KryoWireSerializer) SerializationExtension.get(kit.system()).serializerFor(WindowLoss.class);
    }

    @AfterAll
    void stop() {
        kit.shutdownTestKit();
    }

    private List<byte[]> frames(Random random) {
        // The same bytes in every run of a seed: references of live actors hold a random uid.
        String nowhere = "pekko://wire-fuzz/deadLetters";
        SampleMessages samples = new SampleMessages(
                random,
                ActorRefResolver.get(kit.system()).resolveActorRef(nowhere),
                ActorRefResolver.get(kit.system()).resolveActorRef(nowhere),
                StreamRefResolver.get(kit.system()).resolveSourceRef(nowhere));
        List<byte[]> frames = new ArrayList<>();
        for (Class<?> type : SampleMessages.classes()) {
            for (int i = 0; i < 5; i++) {
                frames.add(serializer.toBinary(samples.of(type)));
            }
        }
        return frames;
    }

    /** The payload under a checksum that fits it. */
    private static byte[] sealed(byte[] payload) {
        CRC32C crc = new CRC32C();
        crc.update(payload);
        return ByteBuffer.allocate(4 + payload.length)
                .putInt((int) crc.getValue())
                .put(payload)
                .array();
    }

    private void assertCorrupt(String about, byte[] frame) {
        assertThatThrownBy(() -> serializer.fromBinary(frame, KryoWireSerializer.MANIFEST))
                .as(about)
                .isInstanceOf(CorruptMessage.class);
    }

    @Test
    void damagedFramesFailTheirChecksum() {
        long seed = Long.getLong("seed", 99L);
        Random random = new Random(seed);
        List<byte[]> frames = frames(random);
        for (int i = 0; i < 5000; i++) {
            byte[] frame = frames.get(random.nextInt(frames.size())).clone();
            frame[random.nextInt(frame.length)] ^= (byte) (1 << random.nextInt(8));
            assertCorrupt("seed " + seed + " flip " + i, frame);
            assertCorrupt("seed " + seed + " cut " + i, Arrays.copyOf(frame, random.nextInt(frame.length)));
        }
    }

    /** Damage under a valid checksum reaches the decoders; most of it must be noticed, none may do harm. */
    @Test
    void resealedDamageIsReadOrRefused() {
        long seed = Long.getLong("seed", 100L);
        Random random = new Random(seed);
        List<byte[]> frames = frames(random);
        int read = 0;
        int refused = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] frame = frames.get(random.nextInt(frames.size()));
            byte[] payload = damaged(random, Arrays.copyOfRange(frame, 4, frame.length));
            if (payload.length == 0) {
                continue;
            }
            try {
                Object message = serializer.fromBinary(sealed(payload), KryoWireSerializer.MANIFEST);
                assertThat(serializer.toBinary(message)).as("seed " + seed).isNotEmpty();
                read++;
            } catch (CorruptMessage e) {
                assertThat(e).as("seed " + seed).hasMessageMatching("(?s).{10,600}");
                refused++;
            }
        }
        System.out.println("wire fuzz: " + refused + " refused, " + read + " read as another message");
        assertThat(refused).isGreaterThan(5000);
    }

    private static byte[] damaged(Random random, byte[] payload) {
        switch (random.nextInt(4)) {
            case 0:
                return Arrays.copyOf(payload, random.nextInt(payload.length));
            case 1:
                return Arrays.copyOf(payload, payload.length + 1 + random.nextInt(20));
            case 2:
                payload[random.nextInt(payload.length)] ^= (byte) (1 << random.nextInt(8));
                return payload;
            default:
                // The largest variable-length int, as a length somewhere.
                byte[] huge = {-1, -1, -1, -1, 7};
                int at = random.nextInt(payload.length);
                for (int i = 0; i < huge.length && at + i < payload.length; i++) {
                    payload[at + i] = huge[i];
                }
                return payload;
        }
    }

    @Test
    void noiseIsHardlyEverAMessage() {
        long seed = Long.getLong("seed", 5L);
        Random random = new Random(seed);
        int refused = 0;
        for (int i = 0; i < 5000; i++) {
            byte[] payload = new byte[1 + random.nextInt(200)];
            random.nextBytes(payload);
            payload[0] = (byte) random.nextInt(40);
            try {
                serializer.fromBinary(sealed(payload), KryoWireSerializer.MANIFEST);
            } catch (CorruptMessage e) {
                refused++;
            }
        }
        assertThat(refused).as("seed " + seed).isGreaterThan(4900);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2, 3, 9, 15, 26, 30, 33, 500, 1000, Integer.MAX_VALUE, -1})
    void whatIsRegisteredButNoMessageIsRefused(int id) {
        byte[] frame = payload(out -> {
            out.writeVarInt(id, true);
            // Kryo's own String would now ask for two thousand million characters.
            out.writeVarInt(Integer.MAX_VALUE, true);
            out.writeBytes(new byte[40]);
        });
        assertThatThrownBy(() -> serializer.fromBinary(frame, KryoWireSerializer.MANIFEST))
                .isInstanceOf(CorruptMessage.class)
                .hasMessageContaining("is no CoordinatorMessage or WorkerMessage or Measurement");
    }

    @ParameterizedTest
    @ValueSource(ints = {Integer.MAX_VALUE, -1, 16_385, 41, 4_000_000})
    void lengthsAreBoundedBeforeAllocation(int length) {
        byte[] text = payload(out -> {
            out.writeVarInt(22, true);
            out.writeVarInt(length, true);
            out.writeBytes(new byte[40]);
        });
        byte[] histograms = payload(out -> {
            out.writeVarInt(24, true);
            out.writeVarInt(0, true);
            out.writeVarInt(0, true);
            out.writeVarInt(length, true);
            out.writeBytes(new byte[40]);
        });
        for (byte[] frame : List.of(text, histograms)) {
            assertThatThrownBy(() -> serializer.fromBinary(frame, KryoWireSerializer.MANIFEST))
                    .isInstanceOf(CorruptMessage.class)
                    .hasMessageContaining(Integer.toUnsignedString(length) + " ")
                    .hasMessageContaining("40 bytes left");
        }
    }

    @Test
    void framesHaveASmallestAndALargestSize() {
        assertCorrupt("empty", new byte[0]);
        assertCorrupt("checksum only", new byte[4]);
        assertCorrupt("too large", new byte[KryoWireSerializer.MAX_BYTES + 1]);
    }

    private static byte[] payload(Consumer<Output> writer) {
        Output out = new Output(64, 1 << 16);
        writer.accept(out);
        return sealed(out.toBytes());
    }
}
