package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Full and read-only disks, torn and damaged files: one clear line or a recovery, and never another number. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StorageFaultsTest {
    /** Of 512 bytes: more than the native libraries that a process unpacks, less than the journal's log. */
    private static final int FILE_BLOCKS = 3_000;

    /** Fills a small disk, tries again, makes it read-only, makes room; each step leaves its outputs in the folder. */
    private static final String ON_A_SMALL_DISK = """
            set -u
            folder=$1; experiment=$2; shift 2
            mkdir -p "$folder/disk" && mount -t tmpfs -o size=1m none "$folder/disk" || exit 77
            step() { name=$1; shift; "$@" >"$folder/$name.out" 2>"$folder/$name.err"; echo $? >"$folder/$name.code"; }
            step full "$@" run "$experiment" --runs "$folder/disk/runs" --workers 1 --no-progress
            run=$(echo "$folder"/disk/runs/small-*)
            step again "$@" resume "$run" --runs "$folder/disk/runs" --workers 1 --no-progress
            mount -o remount,ro "$folder/disk" || exit 78
            step read-only "$@" resume "$run" --runs "$folder/disk/runs" --workers 1 --no-progress
            step status "$@" status "$run" --json
            mount -o remount,rw,size=32m "$folder/disk" || exit 79
            step room "$@" resume "$run" --runs "$folder/disk/runs" --workers 1 --no-progress --json
            """;

    /** A disk for a few files, and one for a journal but no model, to which room is given. */
    private static final String ON_SMALL_DISKS = """
            set -u
            folder=$1; experiment=$2; calibrated=$3; shift 3
            mkdir "$folder/few" "$folder/little"
            mount -t tmpfs -o size=64m,nr_inodes=14 none "$folder/few" || exit 77
            mount -t tmpfs -o size=2m none "$folder/little" || exit 77
            step() { name=$1; shift; "$@" >"$folder/$name.out" 2>"$folder/$name.err"; echo $? >"$folder/$name.code"; }
            step inodes "$@" run "$experiment" --runs "$folder/few/runs" --workers 1 --no-progress
            step no-room "$@" run "$calibrated" --runs "$folder/little/runs" --workers 1 --no-progress
            mount -o remount,size=64m "$folder/little" || exit 79
            step room "$@" run "$calibrated" --runs "$folder/little/runs" --workers 1 --no-progress --json
            """;

    @TempDir
    static Path folder;

    private Product qroar;
    private String experiment;
    private Path undisturbed;
    private Map<String, JsonNode> numbers = Map.of();
    private Map<String, JsonNode> calibrated = Map.of();

    @BeforeAll
    void runOnceUndisturbed() {
        qroar = new Product(folder);
        experiment = new SmallExperiment(folder)
                .with("quantizer", "\"rtn:bits=2,group=32\"")
                .with("search", "{strategy: coordinate, max-passes: 1}")
                .file();
        undisturbed = folder.resolve("undisturbed");
        Product.Ended ended = qroar.here(arguments(undisturbed));
        assertThat(ended.code()).as(ended.err()).isZero();
        numbers = Outcome.of(ended.out()).numbers();
    }

    private String[] arguments(Path runs) {
        return new String[] {"run", experiment, "--runs", runs.toString(), "--workers", "1", "--json", "--no-progress"};
    }

    private String said(String step) {
        return Outcome.read(folder.resolve(step + ".err"));
    }

    private int code(String step) {
        return Integer.parseInt(Outcome.read(folder.resolve(step + ".code")).strip());
    }

    @Test
    void aFullDiskAndAReadOnlyOneAreToldInALineAndTheRunGoesOnWhenThereIsRoom() throws Exception {
        assumeTrue(mayMount(), "this user may not mount a disk of its own");
        List<String> wrapper =
                List.of("unshare", "-rm", "sh", "-c", ON_A_SMALL_DISK, "sh", folder.toString(), experiment);
        Product.Ended script = qroar.startUnder(wrapper).await();
        assertThat(script.code()).as(script.err()).isZero();

        assertThat(code("full")).as(said("full")).isEqualTo(3);
        assertThat(said("full").lines().filter(line -> line.contains("qroar resume")))
                .as(said("full"))
                .hasSize(1);
        assertThat(said("full")).containsAnyOf("bytes left", "No space left").doesNotContain("unexpected", "\tat ");
        assertThat(code("again")).as(said("again")).isEqualTo(3);
        assertThat(said("again")).contains("No space left", "qroar resume").doesNotContain("unexpected", "\tat ");
        assertThat(code("read-only")).as(said("read-only")).isEqualTo(2);
        assertThat(said("read-only").lines()).hasSize(1).first().asString().contains("run.lock", "Read-only");
        assertThat(code("status")).as(said("status")).isZero();
        assertThat(code("room")).as(said("room")).isZero();
        assertThat(Outcome.of(Outcome.read(folder.resolve("room.out"))).numbers())
                .isEqualTo(numbers);
    }

    /** Neither is the fault of a trial or a study, and room is all that is missing. */
    @Test
    void aDiskWithoutInodesOrWithoutRoomForAQuantizedModelIsToldInALine() throws Exception {
        assumeTrue(mayMount(), "this user may not mount a disk of its own");
        Path place = Files.createDirectory(folder.resolve("small-disks"));
        Map<String, JsonNode> expected = calibratedNumbers();
        List<String> wrapper = List.of(
                "unshare", "-rm", "sh", "-c", ON_SMALL_DISKS, "sh", place.toString(), experiment, calibrated(place));
        Product.Ended script = qroar.startUnder(wrapper).await();
        assertThat(script.code()).as(script.err()).isZero();

        for (String step : List.of("small-disks/inodes", "small-disks/no-room")) {
            assertThat(code(step)).as(said(step)).isEqualTo(3);
            assertThat(said(step).lines())
                    .as(said(step))
                    .singleElement()
                    .asString()
                    .contains("No space left on device", "take the run up with: qroar resume");
        }
        assertThat(code("small-disks/room")).as(said("small-disks/room")).isZero();
        assertThat(Outcome.of(Outcome.read(place.resolve("room.out"))).numbers())
                .isEqualTo(expected);
    }

    /** Of a run that nothing disturbs; made by the first test that asks. */
    private Map<String, JsonNode> calibratedNumbers() throws IOException {
        if (calibrated.isEmpty()) {
            Path free = Files.createDirectory(folder.resolve("calibrated-free"));
            Product.Ended ended =
                    qroar.here("run", calibrated(free), "--runs", free.toString(), "--json", "--no-progress");
            assertThat(ended.code()).as(ended.err()).isZero();
            calibrated = Outcome.of(ended.out()).numbers();
        }
        return calibrated;
    }

    private static String calibrated(Path in) {
        return new SmallExperiment(in)
                .with("quantizer", "\"awq:bits=4,group=32\"")
                .with("search", "{strategy: none}")
                .with("calibration", "{sequences: 2, length: 256}")
                .file();
    }

    @Test
    void tooFewFileHandlesAreToldBeforeAnythingIsBegun() {
        Path runs = folder.resolve("few-handles");
        for (int handles : new int[] {16, 48, 96}) {
            Product.Ended ended = qroar.startUnder(
                            List.of("sh", "-c", "ulimit -n " + handles + "; exec \"$@\"", "sh"), arguments(runs))
                    .await();
            assertThat(ended.code()).as(ended.err()).isEqualTo(1);
            assertThat(ended.out()).isEmpty();
            assertThat(ended.errLines())
                    .singleElement()
                    .asString()
                    .startsWith("qroar: only " + handles + " files may be open at once");
        }
        assertThat(runs).doesNotExist();
    }

    @Test
    void aTemporaryFolderThatIsNotThereIsNamedAndOneThatVanishesUnderWayDoesNoHarm() throws IOException {
        Path missing = folder.resolve("no-such-folder");
        Path runs = folder.resolve("no-temporary-folder");
        Product.Ended ended =
                new Product(folder).with("-Djava.io.tmpdir=" + missing).run(arguments(runs));
        assertThat(ended.code()).as(ended.err()).isEqualTo(3);
        assertThat(ended.errLines())
                .singleElement()
                .asString()
                .contains("temporary folder " + missing, "TMPDIR", "qroar resume");

        Path vanishing = Files.createDirectory(folder.resolve("vanishing"));
        Product.Running running =
                new Product(folder).with("-Djava.io.tmpdir=" + vanishing).start(arguments(runs));
        awaitWindows(running, runs);
        delete(vanishing);
        Product.Ended resumed = running.await();
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(Outcome.of(resumed.out()).numbers()).isEqualTo(numbers);
    }

    private boolean mayMount() throws IOException, InterruptedException {
        try {
            Process process = new ProcessBuilder(
                            "unshare", "-rm", "sh", "-c", "mount -t tmpfs -o size=1m none \"$0\"", folder.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                    .start();
            return process.waitFor(300, TimeUnit.SECONDS) && process.exitValue() == 0;
        } catch (IOException noSuchProgram) {
            return false;
        }
    }

    @Test
    void aFileThatMayNotGrowIsTreatedLikeAFullDisk() {
        Path runs = folder.resolve("limited");
        Product.Ended limited = qroar.startUnder(
                        List.of("sh", "-c", "ulimit -f " + FILE_BLOCKS + "; exec \"$@\"", "sh"), arguments(runs))
                .await();
        assertThat(limited.code()).as(limited.err()).isEqualTo(3);
        assertThat(limited.errLines()).singleElement().asString().contains("File too large", "qroar resume");
        Product.Ended free = qroar.here(arguments(runs));
        assertThat(free.code()).as(free.err()).isZero();
        assertThat(Outcome.of(free.out()).numbers()).isEqualTo(numbers);
    }

    /** No study is to blame for it, and none may end without its figures because of it. */
    @Test
    void aQuantizedModelThatCannotBeKeptStopsTheRunAndFailsNoTrial() throws IOException {
        String calibrated = calibrated(Files.createDirectory(folder.resolve("calibrated")));
        Map<String, JsonNode> expected = calibratedNumbers();
        Path runs = folder.resolve("calibrated-faulty");
        Path inTheWay =
                Files.createFile(Files.createDirectories(runs.resolve("cache")).resolve("models"));
        String[] again = {"run", calibrated, "--runs", runs.toString(), "--json", "--no-progress"};
        Product.Ended faulty = qroar.here(again);
        assertThat(faulty.code()).as(faulty.err()).isEqualTo(3);
        assertThat(faulty.out()).isEmpty();
        assertThat(faulty.errLines().stream().filter(line -> line.contains("take the run up with: qroar resume")))
                .singleElement()
                .asString()
                .contains(inTheWay.toString(), "FileAlreadyExists");
        assertThat(faulty.err()).doesNotContain("unexpected", "\tat ");
        JsonNode status =
                Outcome.json(qroar.here("status", Outcome.directory(runs).toString(), "--json")
                        .out());
        assertThat(status.get("failed").asInt()).isZero();
        assertThat(status.get("attemptsFailed").asInt()).isZero();

        Files.delete(inTheWay);
        Product.Ended mended = qroar.here(again);
        assertThat(mended.code()).as(mended.err()).isZero();
        assertThat(Outcome.of(mended.out()).numbers()).isEqualTo(expected);
    }

    @Test
    void aRunWhoseFolderIsDeletedOrMovedUnderWayStopsAndLeavesNothingInItsPlace() throws IOException {
        Path deleted = folder.resolve("deleted");
        Product.Running running = startAndAwaitWindows(deleted);
        Path directory = Outcome.directory(deleted);
        delete(directory);
        requireStopped(running.await(), directory);

        Path moved = folder.resolve("moved");
        Product.Running other = startAndAwaitWindows(moved);
        Path before = Outcome.directory(moved);
        Path after = moved.resolve("elsewhere");
        Files.move(before, after);
        requireStopped(other.await(), before);
        Product.Ended resumed = qroar.here("resume", after.toString(), "--json", "--no-progress");
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(Outcome.of(resumed.out()).numbers()).isEqualTo(numbers);
    }

    private static void requireStopped(Product.Ended ended, Path directory) {
        assertThat(ended.code()).as(ended.err()).isEqualTo(3);
        assertThat(ended.out()).isEmpty();
        assertThat(ended.err()).contains(directory.toString()).doesNotContain("unexpected", "\tat ");
        assertThat(directory).doesNotExist();
    }

    private Product.Running startAndAwaitWindows(Path runs) throws IOException {
        Product.Running running = qroar.start(arguments(runs));
        awaitWindows(running, runs);
        return running;
    }

    private static void awaitWindows(Product.Running running, Path runs) throws IOException {
        long deadline = System.nanoTime() + Duration.ofSeconds(600).toNanos();
        while (running.isAlive() && logBytes(runs) < 150_000) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
        assertThat(running.isAlive()).isTrue();
    }

    /** As {@code rm -r} would, once more where files come and go meanwhile. */
    private static void delete(Path directory) {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (Files.exists(directory)) {
            assertThat(System.nanoTime()).as("%s does not go", directory).isLessThan(deadline);
            try (Stream<Path> files = Files.walk(directory)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.deleteIfExists(file);
                }
            } catch (IOException | UncheckedIOException comesAndGoes) {
                Thread.onSpinWait();
            }
        }
    }

    @Test
    void tornTailsAndDamagedEntriesCostOnlyTheirOwnWindows() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        Random random = new Random(seed);
        Path killed = killedRun();
        Path torn = copyOf(killed, "torn");
        Path log = Outcome.directory(torn).resolve("journal.db-wal");
        try (RandomAccessFile file = new RandomAccessFile(log.toFile(), "rw")) {
            file.setLength(file.length() - 1 - random.nextInt(4_000));
        }
        Path scribbled = copyOf(killed, "scribbled");
        byte[] garbage = new byte[5_000];
        random.nextBytes(garbage);
        try (RandomAccessFile file = new RandomAccessFile(
                Outcome.directory(scribbled).resolve("journal.db-wal").toFile(), "rw")) {
            file.seek(file.length() - garbage.length);
            file.write(garbage);
        }
        damageCache(scribbled, random);
        for (Path damaged : List.of(torn, scribbled)) {
            Product.Ended ended = qroar.here(arguments(damaged));
            assertThat(ended.code()).as("seed %d: %s", seed, ended.err()).isZero();
            assertThat(Outcome.of(ended.out()).numbers()).as("seed %d", seed).isEqualTo(numbers);
        }
        requireRefusalOfHalfAJournal(copyOf(killed, "half"));
    }

    private void requireRefusalOfHalfAJournal(Path half) throws IOException {
        Path directory = Outcome.directory(half);
        Files.delete(directory.resolve("journal.db-wal"));
        Path journal = directory.resolve("journal.db");
        byte[] whole = Files.readAllBytes(journal);
        Files.write(journal, Arrays.copyOf(whole, whole.length / 2), StandardOpenOption.TRUNCATE_EXISTING);
        Product.Ended refused = qroar.here(arguments(half));
        assertThat(refused.code()).as(refused.err()).isEqualTo(1);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.errLines())
                .hasSize(1)
                .first()
                .asString()
                .contains("journal.db is damaged at event ", "malformed", "--cut-damaged-journal");
    }

    /** A loss that was stored is another: nothing is computed from it, and what came before is not lost. */
    @Test
    void aDamagedEventIsNamedAndTheRunTakenUpFromTheOneBefore() throws Exception {
        Path runs = copyOf(killedRun(), "flipped");
        Path directory = Outcome.directory(runs);
        long event = flipALoss(directory.resolve("journal.db"));
        String[] resume = {"resume", directory.toString(), "--workers", "1", "--json", "--no-progress"};
        Product.Ended refused = qroar.here(resume);
        assertThat(refused.code()).as(refused.err()).isEqualTo(1);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.errLines())
                .singleElement()
                .asString()
                .contains(
                        directory.resolve("journal.db") + " is damaged at event " + event
                                + ": its checksum does not agree",
                        "'qroar resume RUN --cut-damaged-journal' takes the run up from event " + (event - 1));

        Product.Ended checked = qroar.here("status", directory.toString(), "--check", "--json");
        assertThat(checked.code()).isEqualTo(1);
        assertThat(Outcome.json(checked.out()).get("soundEvents").asLong()).isEqualTo(event - 1);

        String[] cut = Arrays.copyOf(resume, resume.length + 1);
        cut[resume.length] = "--cut-damaged-journal";
        Product.Ended ended = qroar.here(cut);
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(ended.err()).contains("damaged at event " + event, "journal-damaged-1.db");
        assertThat(directory.resolve("journal-damaged-1.db")).isNotEmptyFile();
        assertThat(Outcome.of(ended.out()).numbers()).isEqualTo(numbers);
        assertThat(qroar.here("status", directory.toString(), "--check").code()).isZero();
    }

    private static long flipALoss(Path journal) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + journal);
                Statement statement = connection.createStatement()) {
            long event;
            String payload;
            try (ResultSet rows = statement.executeQuery(
                    "select sequence_number, cast(event_payload as text)"
                            + " from event_journal where event_ser_manifest like 'windows-measured/%' order by 1 limit 1 offset 4")) {
                event = rows.getLong(1);
                payload = rows.getString(2);
            }
            // The first digit of the first loss: another mantissa, and JSON as valid as before.
            int at = payload.indexOf("\"nllNats\":\"") + "\"nllNats\":\"".length();
            char other = payload.charAt(at) == 'A' ? 'B' : 'A';
            statement.execute("update event_journal set event_payload = cast('" + payload.substring(0, at) + other
                    + payload.substring(at + 1) + "' as blob) where sequence_number = " + event);
            return event;
        }
    }

    /** Every entry: half of it, or with one flipped bit. */
    private static void damageCache(Path runs, Random random) throws IOException {
        try (Stream<Path> files = Files.walk(runs.resolve("cache/trials"))) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                byte[] content = Files.readAllBytes(file);
                if (content.length == 0) {
                    continue;
                }
                if (random.nextBoolean()) {
                    Files.write(file, Arrays.copyOf(content, content.length / 2));
                } else {
                    content[random.nextInt(content.length)] ^= 4;
                    Files.write(file, content);
                }
            }
        }
    }

    /** A run that was killed on its way, with its cache, and with a journal whose log was not folded in. */
    private Path killedRun() throws IOException {
        Path runs = folder.resolve("killed");
        if (Files.exists(runs)) {
            return runs;
        }
        Product.Running running = qroar.start(arguments(runs));
        long deadline = System.nanoTime() + Duration.ofSeconds(600).toNanos();
        while (running.isAlive() && logBytes(runs) < 300_000) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            LockSupport.parkNanos(Duration.ofMillis(10).toNanos());
        }
        running.kill();
        assertThat(logBytes(runs)).isPositive();
        return runs;
    }

    private static long logBytes(Path runs) throws IOException {
        if (!Files.isDirectory(runs)) {
            return 0;
        }
        try (Stream<Path> entries = Files.list(runs)) {
            return entries.map(path -> path.resolve("journal.db-wal").toFile().length())
                    .mapToLong(Long::longValue)
                    .sum();
        }
    }

    private static Path copyOf(Path runs, String name) throws IOException {
        Path copy = runs.resolveSibling(name);
        try (Stream<Path> files = Files.walk(runs)) {
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(runs.relativize(file).toString()));
            }
        }
        return copy;
    }
}
