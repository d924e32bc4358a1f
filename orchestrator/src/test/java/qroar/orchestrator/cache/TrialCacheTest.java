package qroar.orchestrator.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.BadInput;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.TrialCost;
import qroar.protocol.trial.TrialKey;

class TrialCacheTest {
    private static final long LARGE = 1L << 30;

    @TempDir
    Path folder;

    static TrialKey key(long number) {
        byte[] bytes = new byte[32];
        new Random(number).nextBytes(bytes);
        return new TrialKey(HexFormat.of().formatHex(bytes));
    }

    /** A trial that can be told from every other number's. */
    static CachedTrial trial(long number, int windows) {
        Random random = new Random(number);
        double[] nll = random.doubles(windows).toArray();
        LogHistogram histogram = LogHistogram.ofMagnitudes(nll);
        return new CachedTrial(
                nll,
                List.of(new LayerActivations(
                        0, 1, List.of(histogram), List.of(LogHistogram.empty()), List.of(), List.of(histogram))),
                number % 2 == 0
                        ? List.of()
                        : List.of(new ScaleGradient(0, List.of(-0.0, random.nextGaussian()), List.of(Double.NaN, 1.0))),
                new TrialCost(number, 7));
    }

    private Path fileOf(TrialKey key) {
        return folder.resolve(key.hex().substring(0, 2)).resolve(key.hex().substring(2) + ".trial");
    }

    private long bytesOnDisk() throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(f -> f.toString().endsWith(".trial"))
                    .mapToLong(f -> f.toFile().length())
                    .sum();
        }
    }

    @Test
    void resultsComeBackExactlyAlsoInAnotherProcessLater() {
        CachedTrial odd = new CachedTrial(
                new double[] {Double.NaN, Double.POSITIVE_INFINITY, -0.0, Double.MIN_VALUE, 0.1},
                List.of(),
                new TrialCost(0, 0));
        CachedTrial empty = new CachedTrial(new double[0], List.of(), new TrialCost(1, 2));
        ReferenceComparison.Stretch stretch = new ReferenceComparison.Stretch(
                2, 0.75, 0.5, LogHistogram.ofMagnitudes(new double[] {0.5, 0.25}), 1, -0.125, Double.NaN, 1, 1.5);
        CachedTrial compared = new CachedTrial(
                new double[] {1, 2},
                List.of(),
                List.of(),
                List.of(new ReferenceComparison(1, List.of(stretch, ReferenceComparison.Stretch.NONE))),
                new TrialCost(1, 2));
        TrialCache cache = TrialCache.open(folder, LARGE);
        cache.store(key(1), trial(1, 300));
        cache.store(key(2), odd);
        cache.store(key(3), empty);
        cache.store(key(5), compared);
        assertThat(cache.find(key(4))).isNull();
        TrialCache later = TrialCache.open(folder, LARGE);
        assertThat(later.find(key(1))).isEqualTo(trial(1, 300));
        assertThat(later.find(key(2))).isEqualTo(odd);
        assertThat(later.find(key(3))).isEqualTo(empty);
        assertThat(later.find(key(5))).isEqualTo(compared);
        assertThat(cache.counters()).isEqualTo(new TrialCache.Counters(0, 1, 0, 4, 0, 0));
        assertThat(later.counters()).isEqualTo(new TrialCache.Counters(4, 0, 0, 0, 0, 0));
    }

    @Test
    void everyFlippedBitAndEveryTruncationIsFoundOut() {
        TrialKey key = key(5);
        byte[] intact = TrialEntry.encode(key, trial(5, 8));
        for (int bit = 0; bit < intact.length * 8; bit++) {
            byte[] flipped = intact.clone();
            flipped[bit / 8] ^= (byte) (1 << (bit % 8));
            assertThatThrownBy(() -> TrialEntry.decode(key, flipped)).isInstanceOf(IllegalArgumentException.class);
        }
        for (int length = 0; length < intact.length; length++) {
            byte[] torn = Arrays.copyOf(intact, length);
            assertThatThrownBy(() -> TrialEntry.decode(key, torn)).isInstanceOf(IllegalArgumentException.class);
        }
        byte[] longer = Arrays.copyOf(intact, intact.length + 1);
        assertThatThrownBy(() -> TrialEntry.decode(key, longer)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> TrialEntry.decode(key(6), intact)).hasMessageContaining("another key");
    }

    @Test
    void damagedAndForeignEntriesAreMovedAsideAndMeasuredAgain() throws Exception {
        TrialCache cache = TrialCache.open(folder, LARGE);
        cache.store(key(1), trial(1, 10));
        cache.store(key(2), trial(2, 10));
        byte[] damaged = Files.readAllBytes(fileOf(key(1)));
        damaged[damaged.length / 2] ^= 1;
        Files.write(fileOf(key(1)), damaged);
        Files.copy(
                fileOf(key(2)),
                fileOf(key(2)).resolveSibling(key(2).hex().substring(2).replace('0', '1') + ".trial"));
        TrialKey foreign = new TrialKey(
                key(2).hex().substring(0, 2) + key(2).hex().substring(2).replace('0', '1'));
        assertThat(cache.find(key(1))).isNull();
        assertThat(cache.find(foreign)).isNull();
        assertThat(fileOf(key(1))).doesNotExist();
        assertThat(folder.resolve("damaged").resolve(key(1).hex())).hasBinaryContent(damaged);
        assertThat(cache.counters().damaged()).isEqualTo(2);
        cache.store(key(1), trial(1, 10));
        assertThat(cache.find(key(1))).isEqualTo(trial(1, 10));
    }

    @Test
    void damagedEntriesAreKeptForAPersonButNotWithoutBound() throws Exception {
        TrialCache cache = TrialCache.open(folder, LARGE);
        for (int i = 0; i < 40; i++) {
            Path file = fileOf(key(i));
            Files.createDirectories(file.getParent());
            Files.writeString(file, "rubbish");
            assertThat(cache.find(key(i))).isNull();
            assertThat(file).doesNotExist();
        }
        try (Stream<Path> kept = Files.list(folder.resolve("damaged"))) {
            assertThat(kept).hasSize(16);
        }
    }

    @Test
    void leastRecentlyUsedGoFirstAndTheBoundHolds() throws Exception {
        long entryBytes = TrialEntry.encode(key(0), trial(0, 100)).length;
        TrialCache cache = TrialCache.open(folder, 10 * entryBytes + entryBytes / 2);
        for (int i = 0; i < 10; i++) {
            cache.store(key(i), trial(i, 100));
            Files.setLastModifiedTime(
                    fileOf(key(i)), FileTime.from(Instant.now().minusSeconds(1000 - i)));
        }
        assertThat(cache.find(key(0))).isNotNull();
        for (int i = 10; i < 14; i++) {
            cache.store(key(i), trial(i, 100));
            assertThat(bytesOnDisk()).isLessThanOrEqualTo(10 * entryBytes + entryBytes / 2);
        }
        assertThat(cache.find(key(0))).as("used lately").isNotNull();
        assertThat(cache.find(key(13))).isNotNull();
        assertThat(cache.find(key(1))).isNull();
        assertThat(cache.counters().evicted()).isPositive();
        TrialCache smaller = TrialCache.open(folder, 3 * entryBytes);
        assertThat(bytesOnDisk()).isLessThanOrEqualTo(3 * entryBytes);
        smaller.store(key(50), trial(50, 100_000));
        assertThat(smaller.counters().notStored()).isEqualTo(1);
    }

    @Test
    void threadsShareACacheWithoutEverSeeingAWrongNumber() throws Exception {
        TrialCache one = TrialCache.open(folder, 60_000);
        TrialCache two = TrialCache.open(folder, 60_000);
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try {
            List<Future<?>> done = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                Random random = new Random(t);
                TrialCache cache = t % 2 == 0 ? one : two;
                done.add(threads.submit(() -> storeAndFind(cache, random, 150)));
            }
            for (Future<?> future : done) {
                future.get(60, TimeUnit.SECONDS);
            }
        } finally {
            threads.shutdownNow();
        }
        assertThat(one.counters().damaged() + two.counters().damaged()).isZero();
        assertThat(one.counters().notStored() + two.counters().notStored()).isZero();
        assertThat(one.counters().hits()).isPositive();
    }

    static void storeAndFind(TrialCache cache, Random random, int rounds) {
        for (int i = 0; i < rounds; i++) {
            int number = random.nextInt(40);
            CachedTrial found = cache.find(key(number));
            if (found == null) {
                cache.store(key(number), trial(number, 200));
            } else if (!found.equals(trial(number, 200))) {
                throw new AssertionError("trial " + number + " came back as another");
            }
        }
    }

    /** What a second process does in {@link #processesShareACache()}. */
    static final class OtherProcess {
        private OtherProcess() {}

        public static void main(String[] args) {
            TrialCache cache = TrialCache.open(Path.of(args[0]), 60_000);
            storeAndFind(cache, new Random(99), 300);
            if (cache.counters().damaged() > 0 || cache.counters().notStored() > 0) {
                throw new AssertionError(cache.counters().toString());
            }
        }
    }

    @Test
    void processesShareACache() throws Exception {
        Process other = new ProcessBuilder(
                        ProcessHandle.current().info().command().orElse("java"),
                        "-cp",
                        System.getProperty("java.class.path"),
                        OtherProcess.class.getName(),
                        folder.toString())
                .inheritIO()
                .start();
        TrialCache cache = TrialCache.open(folder, 60_000);
        Random random = new Random(7);
        do {
            storeAndFind(cache, random, 20);
        } while (other.isAlive());
        assertThat(other.waitFor()).isZero();
        assertThat(cache.counters().damaged()).isZero();
        assertThat(cache.counters().notStored()).isZero();
    }

    @Test
    void aFolderThatCannotBeUsedIsRefusedAndOneThatVanishesCostsOnlyTheResult() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "");
        assertThatThrownBy(() -> TrialCache.open(file.resolve("cache"), LARGE))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("cache");
        assertThatThrownBy(() -> TrialCache.open(folder, 0)).isInstanceOf(BadInput.class);
        TrialCache cache = TrialCache.open(folder.resolve("sub"), LARGE);
        Files.writeString(folder.resolve("sub").resolve(key(1).hex().substring(0, 2)), "a file where a shelf belongs");
        cache.store(key(1), trial(1, 3));
        assertThat(cache.find(key(1))).isNull();
        assertThat(cache.counters().notStored()).isEqualTo(1);
    }
}
