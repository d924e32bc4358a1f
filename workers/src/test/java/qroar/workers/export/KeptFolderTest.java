package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptFolderTest {
    private static final int BYTES = 1000;
    private static final String OLD = "a".repeat(64);
    private static final String NEW = "b".repeat(64);
    private static final String HALF = "c".repeat(64);

    @TempDir
    private Path path = Path.of("");

    private Path whole(KeptFolder folder, String key, long usedMillis) throws IOException {
        Path entry = folder.entry(key);
        half(entry);
        KeptFolder.finish(KeptFolder.growing(entry), entry, "note of " + key.charAt(0) + "\nand more\n");
        Files.setLastModifiedTime(entry.resolve("qroar-quantized.txt"), FileTime.fromMillis(usedMillis));
        return entry;
    }

    private static void half(Path entry) throws IOException {
        Files.createDirectories(KeptFolder.growing(entry));
        Files.write(KeptFolder.growing(entry).resolve("layer"), new byte[BYTES]);
    }

    @Test
    void anEntryCountsFromWhenItHasItsNameAndWhatGrowsTakesDiskToo() throws IOException {
        KeptFolder folder = new KeptFolder(path.resolve("models"), Long.MAX_VALUE);
        assertThat(folder.bytes()).isZero();
        folder.make();
        half(folder.entry(HALF));
        assertThat(KeptFolder.isThere(folder.entry(HALF))).isFalse();
        assertThat(folder.bytes()).isEqualTo(BYTES);
        Path entry = whole(folder, OLD, 1_000_000);
        assertThat(KeptFolder.isThere(entry)).isTrue();
        assertThat(KeptFolder.note(entry)).containsExactly("note of a", "and more");
        assertThat(KeptFolder.growing(entry)).doesNotExist();
        assertThat(folder.bytes()).isGreaterThanOrEqualTo(2 * BYTES);
    }

    @Test
    void whatWasUsedLeastRecentlyGoesFirstAndOnlyAsMuchAsIsNeeded() throws IOException {
        KeptFolder folder = new KeptFolder(path, 3 * BYTES);
        Path used = whole(folder, OLD, 1_000_000);
        Path left = whole(folder, NEW, 2_000_000);
        KeptFolder.used(used);
        folder.evict(0);
        assertThat(used).exists();
        assertThat(left).exists();
        folder.evict(3 * BYTES / 2);
        assertThat(left).doesNotExist();
        assertThat(used).exists();
        folder.evict(3 * BYTES);
        assertThat(used).doesNotExist();
    }

    @Test
    void whatIsHalfMadeGoesBeforeWhatWasUsedAndWithItsEntry() throws IOException {
        KeptFolder folder = new KeptFolder(path, 3 * BYTES / 2);
        Path entry = whole(folder, NEW, 2_000_000);
        half(folder.entry(HALF));
        folder.evict(0);
        assertThat(KeptFolder.growing(folder.entry(HALF))).doesNotExist();
        assertThat(entry).exists();

        half(entry);
        folder.deleteBut(entry, KeptFolder.growing(entry));
        assertThat(entry).doesNotExist();
        assertThat(KeptFolder.growing(entry)).exists();
        folder.delete(entry);
        assertThat(folder.bytes()).isZero();
    }

    @Test
    void anEntryThatSomebodyHoldsStays() throws IOException {
        KeptFolder folder = new KeptFolder(path, 0);
        Path entry = whole(folder, OLD, 1_000_000);
        EntryLock lock = folder.lock(OLD);
        lock.read(() -> {}, () -> true);
        folder.evict(0);
        assertThat(entry).exists();
        lock.release();
        folder.evict(0);
        assertThat(entry).doesNotExist();
    }

    /** Two processes that find the same leftovers both clear them away. */
    @Test
    void whatAnotherDeletesMeanwhileIsDeleted() throws Exception {
        for (int i = 0; i < 20; i++) {
            Path folder = Files.createDirectories(path.resolve("left-" + i));
            for (int file = 0; file < 50; file++) {
                Files.createFile(folder.resolve("layer-" + file));
            }
            CyclicBarrier together = new CyclicBarrier(2);
            List<CompletableFuture<Void>> both = Stream.of(0, 1)
                    .map(process -> CompletableFuture.runAsync(() -> {
                        try {
                            together.await();
                            FolderFiles.delete(folder);
                        } catch (IOException | InterruptedException | BrokenBarrierException e) {
                            throw new IllegalStateException(e);
                        }
                    }))
                    .toList();
            for (CompletableFuture<Void> each : both) {
                each.get();
            }
            assertThat(folder).doesNotExist();
        }
        FolderFiles.delete(path.resolve("left-0"));
    }
}
