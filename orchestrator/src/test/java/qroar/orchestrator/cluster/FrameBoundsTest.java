package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FrameBoundsTest {
    private static final int MAX = 300;

    private static ByteBuffer connection(int... lengths) {
        ByteBuffer bytes = ByteBuffer.allocate(10_000).order(ByteOrder.LITTLE_ENDIAN);
        bytes.put(new byte[] {'P', 'E', 'K', 'K', 2});
        for (int length : lengths) {
            // Contents that would be far too long as a length.
            bytes.putInt(length).put(filled(length));
        }
        return bytes.flip();
    }

    private static byte[] filled(int length) {
        byte[] contents = new byte[length];
        java.util.Arrays.fill(contents, (byte) 0x7f);
        return contents;
    }

    /** In pieces of whatever length, as records of TLS are. */
    private static void deliver(FrameBounds bounds, ByteBuffer bytes, Random random) throws SSLException {
        while (bytes.hasRemaining()) {
            int piece = Math.min(bytes.remaining(), random.nextInt(20));
            bounds.accept(bytes.slice(bytes.position(), piece));
            bytes.position(bytes.position() + piece);
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void framesUpToTheLargestPassHoweverTheyAreCut(long seed) throws SSLException {
        FrameBounds bounds = new FrameBounds(MAX);
        ByteBuffer bytes = connection(0, 1, MAX, 7, 0, MAX, 255, 256);
        deliver(bounds, bytes, new Random(seed));
        assertThat(bytes.remaining()).isZero();
        ByteBuffer tooLong =
                ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(MAX + 1);
        assertThatThrownBy(() -> deliver(bounds, tooLong.flip(), new Random(seed)))
                .isInstanceOf(SSLException.class)
                .hasMessage("a frame of 301 bytes; at most 300 are possible");
    }

    @Test
    void announcementIsEnough() {
        ByteBuffer negative =
                ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN).putInt(5, -1);
        assertThatThrownBy(() -> new FrameBounds(MAX).accept(negative)).hasMessageContaining("4294967295");
    }
}
