package qroar.workers.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/** Seeded damage to a file. */
public final class Damage {
    private Damage() {}

    /** Puts bytes into a new file: file systems flush one that is overwritten, which would be most of a fuzz's time. */
    public static void replace(Path file, byte[] bytes) throws IOException {
        Files.deleteIfExists(file);
        Files.write(file, bytes);
    }

    /** Flips bits, cuts, repeats or overwrites something within the first {@code within} bytes. */
    public static byte[] of(byte[] intact, int within, Random random) {
        byte[] bytes = intact.clone();
        int at = random.nextInt(within);
        return switch (random.nextInt(5)) {
            case 0 -> Arrays.copyOf(bytes, at);
            case 1 -> {
                int from = random.nextInt(within);
                int length = Math.min(random.nextInt(40), within - Math.max(at, from));
                System.arraycopy(intact, from, bytes, at, length);
                yield bytes;
            }
            case 2 -> {
                bytes[at] = (byte) "0123456789-.eE\"{}[],:tfnN\\".charAt(random.nextInt(25));
                yield bytes;
            }
            default -> {
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    bytes[random.nextInt(within)] ^= (byte) (1 << random.nextInt(8));
                }
                yield bytes;
            }
        };
    }
}
