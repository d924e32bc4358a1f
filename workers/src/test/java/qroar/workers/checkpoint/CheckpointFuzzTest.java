package qroar.workers.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

/** Damaged files either still open or are refused in one line; nothing else comes out. Replay with {@code -Dseed=}. */
class CheckpointFuzzTest {
    private static final int ROUNDS = 1500;

    @TempDir
    Path directory;

    @Test
    void damagedHeadersAndConfigsAreOnlyEverRefused() throws IOException {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        MiniCheckpoint checkpoint = new MiniCheckpoint();
        checkpoint.config.putObject("rope_scaling").put("type", "yarn").put("factor", 4.0);
        checkpoint.write(directory);
        byte[] weights = Files.readAllBytes(directory.resolve("model.safetensors"));
        byte[] config = Files.readAllBytes(directory.resolve("config.json"));
        int headerBytes = weights.length - checkpoint.dataBytes;
        int refused = 0;
        for (int round = 0; round < ROUNDS; round++) {
            boolean spoilConfig = round % 3 == 0;
            byte[] spoilt =
                    spoilConfig ? Damage.of(config, config.length, random) : Damage.of(weights, headerBytes, random);
            Damage.replace(directory.resolve(spoilConfig ? "config.json" : "model.safetensors"), spoilt);
            try {
                Checkpoint.open(directory);
            } catch (BadInput e) {
                refused++;
                assertThat(e.getMessage()).as("seed %d, round %d", seed, round).matches("[^\\p{Cntrl}]{1,800}");
            } catch (RuntimeException | Error e) {
                throw new AssertionError("seed " + seed + ", round " + round + " of " + Arrays.toString(spoilt), e);
            }
            Damage.replace(
                    directory.resolve(spoilConfig ? "config.json" : "model.safetensors"),
                    spoilConfig ? config : weights);
        }
        System.out.println("checkpoint fuzz: " + ROUNDS + " damaged files, " + refused + " refused, seed " + seed);
        assertThat(refused).as("seed %d", seed).isGreaterThan(ROUNDS / 2);
    }
}
