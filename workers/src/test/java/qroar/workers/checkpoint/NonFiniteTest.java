package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.protocol.BadInput;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.NonFinite;

class NonFiniteTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @EnumSource(Dtype.class)
    void countsWhatIsNoNumberAmongAllBitPatterns(Dtype dtype) {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        for (int trial = 0; trial < 200; trial++) {
            ByteBuffer bytes =
                    ByteBuffer.allocate(dtype.bytes() * random.nextInt(64)).order(ByteOrder.LITTLE_ENDIAN);
            random.nextBytes(bytes.array());
            for (int i = 0; i < bytes.capacity(); i++) {
                // Exponents of all ones are rare among random bits.
                bytes.put(i, random.nextBoolean() ? (byte) (random.nextBoolean() ? 0x7f : 0xff) : bytes.get(i));
            }
            long expected = 0;
            ByteBuffer plain = bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN);
            while (plain.hasRemaining()) {
                expected += Float.isFinite(dtype.get(plain)) ? 0 : 1;
            }
            assertThat(NonFinite.count(dtype, bytes)).as("seed %d", seed).isEqualTo(expected);
            assertThat(bytes.position()).isZero();
        }
    }

    @Test
    void firstTensorAndCountsAreTold() {
        NonFinite.Count none = new NonFinite.Count("a", 0);
        NonFinite.Count one = new NonFinite.Count("b", 1);
        assertThat(NonFinite.of(List.of(none))).isNull();
        assertThat(NonFinite.of(List.of(none, one))).hasToString("tensor 'b' has 1 weight that is NaN or infinite");
        assertThat(NonFinite.of(List.of(new NonFinite.Count("c", 7), none, one)))
                .hasToString("tensor 'c' has 7 weights that are NaN or infinite, and 1 more tensor some");
    }

    @Test
    void checkpointWithOneIsGivenNoDigestToKeepThingsUnder() throws IOException {
        Path file = new MiniCheckpoint().write(directory).resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat(bytes.length - 4, Float.NEGATIVE_INFINITY);
        Files.write(file, bytes);
        Checkpoint checkpoint = Checkpoint.open(directory);
        assertThat(checkpoint.content().nonFinite()).isEqualTo(new NonFinite("model.norm.weight", 1, 1));
        Path cache = directory.resolve("digests");
        assertThatThrownBy(() -> checkpoint.digest(cache))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(directory + ": tensor 'model.norm.weight' has 1 weight that is NaN or infinite");
        assertThat(cache).doesNotExist();
    }
}
