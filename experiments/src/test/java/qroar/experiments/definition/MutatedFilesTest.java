package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;

/** Random damage to a valid file: it is read, or refused in one line; nothing else may happen. */
class MutatedFilesTest {
    /** {@code -Drounds=} for more of them. */
    private static final int ROUNDS = Integer.getInteger("rounds", 800);

    private static final List<String> FRAGMENTS = List.of(
            "&a ",
            "*a",
            "!!int ",
            "<<: ",
            "---\n",
            "...\n",
            "? ",
            ": ",
            "- ",
            "[",
            "]",
            "{",
            "}",
            "\"",
            "'",
            "|\n",
            ">\n",
            "\t",
            "\n",
            "\r",
            "  ",
            "#",
            ",",
            "010",
            "-",
            "1e999",
            ".nan",
            "~",
            "yes",
            "${",
            "}",
            "${A}",
            "%YAML 9.9\n",
            "\\",
            "\u0000",
            "\uFEFF",
            "\uD83D\uDE00",
            "=",
            "bits=",
            "*",
            "**",
            "../",
            "[a-",
            "99999999999999999999",
            "\u2028");

    @TempDir
    Path folder;

    @Test
    void damagedFilesAreReadOrRefusedInOneLine() {
        long seed = Long.getLong("seed", System.nanoTime());
        SampleFiles files = new SampleFiles(folder);
        Random random = new Random(seed);
        int accepted = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] damaged = damaged(random);
            try {
                ExperimentDefinition definition = ExperimentFile.read(files.write(damaged), Map.of("A", "docs"));
                accepted++;
                // Whatever was accepted can be written and read back.
                assertThat(ExperimentFile.read(files.write(definition.resolved()), Map.of()))
                        .isEqualTo(definition);
            } catch (BadInput refused) {
                assertThat(String.valueOf(refused.getMessage()).lines())
                        .as("seed %d round %d", seed, round)
                        .hasSize(1);
            } catch (RuntimeException | Error e) {
                throw new AssertionError(
                        "seed " + seed + " round " + round + ":\n" + new String(damaged, StandardCharsets.UTF_8), e);
            }
        }
        System.out.println("damaged experiment files: " + ROUNDS + ", still valid " + accepted + ", seed " + seed);
        assertThat(accepted).as("seed %d", seed).isBetween(1, ROUNDS - 1);
    }

    private static byte[] damaged(Random random) {
        byte[] bytes = SampleFiles.VALID.getBytes(StandardCharsets.UTF_8);
        int wounds = 1 + random.nextInt(3);
        for (int i = 0; i < wounds; i++) {
            int at = random.nextInt(bytes.length);
            int length = Math.min(random.nextInt(12), bytes.length - at);
            byte[] inserted = switch (random.nextInt(5)) {
                case 0 -> new byte[0];
                case 1 -> new byte[] {(byte) random.nextInt(256)};
                case 2 -> Arrays.copyOfRange(bytes, at, at + length);
                default -> FRAGMENTS.get(random.nextInt(FRAGMENTS.size())).getBytes(StandardCharsets.UTF_8);
            };
            int removed = random.nextBoolean() ? length : 0;
            byte[] next = new byte[bytes.length - removed + inserted.length];
            System.arraycopy(bytes, 0, next, 0, at);
            System.arraycopy(inserted, 0, next, at, inserted.length);
            System.arraycopy(bytes, at + removed, next, at + inserted.length, bytes.length - at - removed);
            bytes = next.length == 0 ? new byte[] {'x'} : next;
        }
        return bytes;
    }
}
