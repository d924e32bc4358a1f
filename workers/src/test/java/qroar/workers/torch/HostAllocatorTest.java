package qroar.workers.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class HostAllocatorTest {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final int BLOCKS = 400;
    private static final float[] BLOCK = new float[200_000];

    private static long anonymousKibibytes() throws IOException {
        return Files.readAllLines(STATUS).stream()
                .filter(line -> line.startsWith("RssAnon:"))
                .mapToLong(line -> Long.parseLong(line.split("\\s+")[1]))
                .findFirst()
                .orElseThrow();
    }

    private static TorchValue block() {
        return TorchRuntime.decoder().floats(BLOCK, new long[] {BLOCK.length}, TorchDevice.CPU);
    }

    @Test
    void whatWasFreedInFrontOfALivingBlockGoesBack() throws IOException {
        boolean possible = HostAllocator.canRelease() && Files.exists(STATUS);
        if (!possible) {
            System.out.println("this C library keeps freed memory by rules of its own: not looked at");
        }
        assumeTrue(possible);
        // Once such a block was freed, glibc takes the next ones from an arena.
        block().close();
        List<TorchValue> blocks = new ArrayList<>();
        for (int i = 0; i < BLOCKS; i++) {
            blocks.add(block());
        }
        long full = anonymousKibibytes();
        try (TorchValue last = blocks.remove(blocks.size() - 1)) {
            blocks.forEach(TorchValue::close);
            TorchDevice.CPU.releaseUnused();
            long mostOfThem = BLOCKS * BLOCK.length * 4L / 1024 * 3 / 4;
            assertThat(full - anonymousKibibytes()).isGreaterThan(mostOfThem);
            assertThat(last.floats()).hasSize(BLOCK.length);
        }
    }
}
