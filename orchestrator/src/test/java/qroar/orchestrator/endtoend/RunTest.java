package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.coordinator.event.RunTally;
import qroar.orchestrator.journal.JournalReader;

/** However a run goes, it finds the same numbers; whoever looks at it sees how it stands. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RunTest {
    private static final int KILLS = 5;
    /** Enough for what a pass takes beside weights that stay in their files, 12.5 MiB, and for no more. */
    private static final String LITTLE = "13M";

    @TempDir
    static Path folder;

    private Product qroar;
    private String experiment;
    private Path runs;
    private Product.Ended ended;
    private Outcome reference;

    @BeforeAll
    void runOnceUndisturbed() {
        qroar = new Product(folder);
        experiment = new SmallExperiment(folder).file();
        runs = folder.resolve("undisturbed");
        ended = qroar.run(arguments(runs, "1"));
        assertThat(ended.code()).as(ended.err()).isZero();
        reference = Outcome.of(ended.out());
    }

    private String[] arguments(Path into, String workers) {
        return new String[] {
            "run", experiment, "--runs", into.toString(), "--workers", workers, "--json", "--no-progress"
        };
    }

    private Product.Ended run(Path into, String workers) {
        return qroar.here(arguments(into, workers));
    }

    private Product.Running start(Path into) {
        return qroar.start(arguments(into, "1"));
    }

    @Test
    void resultsAreAllThatIsPrinted() {
        assertThat(ended.err()).isEmpty();
        assertThat(Outcome.in(runs).result()).isEqualTo(reference.result());
        assertThat(reference.result().at("/run/state").asText()).isEqualTo("finished");
        assertThat(reference.result().get("studies")).hasSize(2);
    }

    @Test
    void whatWasPlannedBoundsWhatWasSpent() {
        Product.Ended planned = qroar.here("plan", experiment, "--rate", "1000", "--json");
        assertThat(planned.code()).as(planned.err()).isZero();
        JsonNode plan = Outcome.json(planned.out());
        assertThat(reference.cost("forwardTokens"))
                .isBetween(
                        plan.at("/forwardTokens/least").asLong(),
                        plan.at("/forwardTokens/most").asLong());
        assertThat(plan.at("/time/leastSeconds").asDouble())
                .isEqualTo(plan.at("/forwardTokens/least").asLong() / 1000.0);
    }

    @Test
    void everyLeaseIsInTheLogAndNoDeadLetter() {
        Path directory = Outcome.directory(runs);
        List<String> leases = new ArrayList<>();
        try (JournalReader journal =
                JournalReader.open(directory.resolve("journal.db"), new RunEventCatalog().catalog())) {
            journal.forEachEvent("run", 0, recorded -> {
                if (recorded.event() instanceof RunEvent.Leasing leased) {
                    leases.add("trial " + leased.trial() + " attempt " + leased.attempt() + " leased to "
                            + leased.worker());
                }
            });
        }
        String log = Outcome.read(directory.resolve("qroar.log"));
        assertThat(leases)
                .hasSizeGreaterThan(10)
                .allSatisfy(lease -> assertThat(log).contains(lease));
        assertThat(log).doesNotContain("dead letters", "were left out");
    }

    @Test
    void aTrialSwitchNeitherReloadsNorQuantizes() {
        assertThat(reference.result().get("trials").size()).isGreaterThan(15);
        assertThat(reference.cost("checkpointLoads"))
                .as("unquantized, 2 bits, 3 bits")
                .isEqualTo(3);
        assertThat(reference.cost("quantizations")).as("2 bits, 3 bits").isEqualTo(2);
    }

    @Test
    void threeWorkersFindTheSameNumbers() {
        Path three = folder.resolve("three");
        Product.Ended other = run(three, "3");
        assertThat(other.code()).as(other.err()).isZero();
        Outcome outcome = Outcome.of(other.out());
        assertThat(outcome.numbers()).isEqualTo(reference.numbers());
        assertThat(outcome.cost("checkpointLoads")).isEqualTo(3);
    }

    @Test
    void aRunWithoutRoomForItsModelsFindsTheSameNumbers() {
        Path little = folder.resolve("little");
        Product.Ended other = qroar.here(
                "run",
                experiment,
                "--runs",
                little.toString(),
                "--workers",
                "1",
                "--memory",
                LITTLE,
                "--json",
                "--no-progress");
        assertThat(other.code()).as(other.err()).isZero();
        assertThat(other.err()).contains("cpu: weights stay in their files", "--placement mapped --order layer");
        assertThat(Outcome.of(other.out()).numbers()).isEqualTo(reference.numbers());
    }

    @Test
    void killedRunsFindTheSameNumbers() throws Exception {
        long seed = Long.getLong("seed", System.nanoTime());
        System.out.println("killed at random moments: -Dseed=" + seed);
        Random random = new Random(seed);
        Path killed = folder.resolve("killed");
        long planned = tally(Outcome.directory(runs)).windows();
        long[] moments = random.longs(KILLS - 1, 1, planned - 10).sorted().toArray();
        Product.Running first = start(killed);
        pause(random.nextInt(1500));
        first.kill();
        for (long moment : moments) {
            long before = windows(killed);
            Product.Running run = start(killed);
            await(() -> windows(killed) >= moment || !run.isAlive());
            pause(random.nextInt(50));
            run.kill();
            assertThat(windows(killed)).as("no window is lost, seed %d", seed).isGreaterThanOrEqualTo(before);
        }
        Product.Ended last = run(killed, "2");
        assertThat(last.code()).as("seed %d: %s", seed, last.err()).isZero();
        assertThat(Outcome.of(last.out()).numbers())
                .as("seed %d, moments %s", seed, Arrays.toString(moments))
                .isEqualTo(reference.numbers());
        requireTable(killed);
    }

    /** Every request of the journal is one line of the table, with as many windows as the journal has of it. */
    private void requireTable(Path of) {
        List<String> lines = Outcome.read(Outcome.directory(of).resolve("trials.csv"))
                .lines()
                .toList();
        Set<String> names = new HashSet<>();
        for (String line : lines.subList(1, lines.size())) {
            String[] cells = line.split(",", -1);
            assertThat(names.add(cells[1] + " " + cells[2])).as(line).isTrue();
            assertThat(cells[4]).as(line).isIn("finished", "stopped", "shared");
        }
        assertThat(names).hasSize(tally(Outcome.directory(of)).requests());
        assertThat(names).hasSize(reference.result().get("trials").size());
    }

    @Test
    void aSignalStopsARunThatCanBeTakenUp() throws Exception {
        Path stopped = folder.resolve("stopped");
        Product.Running run = start(stopped);
        await(() -> windows(stopped) >= 10 || !run.isAlive());
        run.terminate();
        Product.Ended end = run.await();
        assertThat(end.code()).as(end.err()).isEqualTo(3);
        assertThat(end.out()).isEmpty();
        assertThat(end.errLines()).hasSize(1).first().asString().contains("SIGTERM", "qroar resume");
        assertThat(status(stopped).get("state").asText()).isEqualTo("stopped");

        Path directory = Outcome.directory(stopped);
        requireRefusal(directory, folder.resolve("search-01.txt"), "One more sentence.", "search");
        Path resolved = directory.resolve("experiment.yaml");
        requireRefusal(directory, resolved, Outcome.read(resolved).replace("alpha: 0.05", "alpha: 0.06"), "alpha");

        Path engines = directory.resolve("engines.json");
        assertThat(Outcome.json(Outcome.read(engines)).get("engines"))
                .singleElement()
                .extracting(JsonNode::asText)
                .asString()
                .startsWith("PyTorch ");
        Files.writeString(engines, """
                {"format":1,"engines":["PyTorch 2.7.1, SVE256 kernels, another processor"]}""");
        Product.Ended resumed = qroar.here("resume", directory.toString(), "--json", "--no-progress");
        assertThat(resumed.code()).as(resumed.err()).isZero();
        assertThat(resumed.errLines())
                .singleElement()
                .asString()
                .contains("had workers with [PyTorch 2.7.1, SVE256 kernels, another processor] and now has one with");
        assertThat(Outcome.read(directory.resolve("qroar.log"))).contains("SVE256 kernels, another processor");
        assertThat(Outcome.of(resumed.out()).result().at("/run/notes").toString())
                .contains("more than one engine", "SVE256 kernels, another processor");
        assertThat(Outcome.json(Outcome.read(engines)).get("engines")).hasSize(2);
        assertThat(Outcome.of(resumed.out()).numbers()).isEqualTo(reference.numbers());
        assertThat(folder.resolve("runs/cache/trials"))
                .as("caches are where the run is")
                .doesNotExist();
        assertThat(Outcome.of(resumed.out()).cost("checkpointLoads"))
                .as("models of both processes")
                .isGreaterThan(reference.cost("checkpointLoads"));
        assertThat(status(stopped).get("state").asText()).isEqualTo("finished");
        assertThat(status(stopped).get("starts").asInt()).isEqualTo(2);
    }

    private void requireRefusal(Path directory, Path file, String content, String field) throws IOException {
        String before = Files.readString(file);
        assertThat(content).isNotEqualTo(before);
        Files.writeString(file, content.length() < 100 ? before + "\n" + content : content);
        Product.Ended refused = qroar.here("resume", directory.toString(), "--no-progress");
        Files.writeString(file, before);
        assertThat(refused.code()).as(refused.err()).isEqualTo(2);
        assertThat(refused.out()).isEmpty();
        assertThat(refused.errLines()).hasSize(1).first().asString().contains(field);
    }

    @Test
    void aRunBelongsToOneProcess() throws Exception {
        Path shared = folder.resolve("shared");
        String[] lasting = {
            "run",
            new SmallExperiment(Files.createDirectories(folder.resolve("lasting")))
                    .lasting()
                    .file(),
            "--runs",
            shared.toString(),
            "--workers",
            "1",
            "--no-progress"
        };
        Product.Running holder = qroar.start(lasting);
        await(() -> windows(shared) >= 1 || !holder.isAlive());
        Product.Running second = qroar.start(lasting);
        JsonNode live = status(shared);
        Product.Ended refused = second.await();
        boolean still = holder.isAlive();
        holder.kill();
        assertThat(still).as("the holder outlived both looks").isTrue();
        assertThat(live.get("state").asText()).isEqualTo("running");
        assertThat(live.get("process").asText())
                .contains(String.valueOf(holder.process().pid()));
        assertThat(refused.code()).as(refused.err()).isEqualTo(2);
        assertThat(refused.errLines())
                .hasSize(1)
                .first()
                .asString()
                .contains("process " + holder.process().pid());
        assertThat(status(shared).get("state").asText()).isEqualTo("stopped");
    }

    @Test
    void aFinishedRunIsOnlyPrinted() throws Exception {
        Path directory = Outcome.directory(runs);
        long events = events(directory);
        String result = Outcome.read(directory.resolve("result.json"));
        Product.Ended again = run(runs, "2");
        assertThat(again.code()).as(again.err()).isZero();
        assertThat(again.err()).isEmpty();
        assertThat(Outcome.of(again.out()).result()).isEqualTo(reference.result());
        assertThat(events(directory)).isEqualTo(events);
        assertThat(Outcome.read(directory.resolve("result.json"))).isEqualTo(result);
    }

    @Test
    void theBestStudyIsExportedAsAModelOfItsOwn() {
        Path out = folder.resolve("exported");
        JsonNode chosen = reference.result().get("best");
        boolean worth = chosen.get("scales").asText().equals("worth-using");
        Product.Ended unasked =
                qroar.here("export", "small", "--runs", runs.toString(), "--out", out.toString(), "--json");
        if (!worth) {
            assertThat(unasked.code()).isEqualTo(2);
            assertThat(unasked.errLines())
                    .last()
                    .asString()
                    .contains("no scales are worth using", "--unscaled", "--study");
            assertThat(out).doesNotExist();
        }
        Product.Ended exported = worth
                ? unasked
                : qroar.here(
                        "export",
                        "small",
                        "--study",
                        chosen.get("study").asText(),
                        "--runs",
                        runs.toString(),
                        "--out",
                        out.toString(),
                        "--json");
        assertThat(exported.code()).as(exported.err()).isZero();
        List<JsonNode> studies = new ArrayList<>();
        reference.result().get("studies").forEach(studies::add);
        JsonNode best = studies.stream()
                .filter(study -> study.get("id").equals(chosen.get("study")))
                .findFirst()
                .orElseThrow();
        assertThat(Outcome.json(exported.out()).get("study")).isEqualTo(chosen.get("study"));
        assertThat(exported.err().contains("not distinguishable from zero")
                        || exported.err().contains("is a loss"))
                .as("said where the gain may be none")
                .isEqualTo(!worth);
        assertThat(out.resolve("SERVING.md"))
                .content()
                .contains("vllm serve " + out + " --max-model-len ", "sglang.launch_server --model-path " + out);
        JsonNode note = Outcome.json(Outcome.read(out.resolve("qroar-export.json")));
        assertThat(note.get("study")).isEqualTo(best.get("id"));
        assertThat(note.get("scalesAreInTheWeights").asBoolean()).isTrue();
        assertThat(note.get("rope").asText()).isEqualTo("yarn:factor=4,original=64");
        assertThat(note.get("quantizer").asText()).startsWith("rtn:bits=");
        assertThat(note.get("bands")).hasSameSizeAs(best.get("bands"));
        for (int b = 0; b < note.get("bands").size(); b++) {
            assertThat(note.get("bands").get(b).get("scale"))
                    .isEqualTo(best.get("bands").get(b).get("scale"));
        }
        assertThat(note.at("/heldOutGain/lowNats").asDouble())
                .isEqualTo(best.at("/objective/heldOutGain/lowNats").asDouble());
        Product.Ended twice = qroar.here(
                "eval",
                "--model",
                out.toString(),
                "--docs",
                folder.resolve("held-out-00.txt").toString(),
                "--scales",
                out.resolve("qroar-export.json").toString());
        assertThat(twice.code()).as("scales are not applied twice").isEqualTo(2);
        Product.Ended evaluated = qroar.here(
                "eval",
                "--model",
                out.toString(),
                "--docs",
                folder.resolve("held-out-00.txt").toString(),
                folder.resolve("held-out-01.txt").toString(),
                "--length",
                "128,256",
                "--json");
        assertThat(evaluated.code()).as(evaluated.err()).isZero();
        int compared = 0;
        for (JsonNode length : best.get("lengths")) {
            for (JsonNode result : Outcome.json(evaluated.out()).get("results")) {
                if (result.get("length").asInt() == length.get("lengthTokens").asInt()) {
                    assertThat(result.get("perplexity").asDouble())
                            .as("perplexity at %s", result.get("length"))
                            .isCloseTo(length.get("tuned").asDouble(), withinPercentage(0.001));
                    compared++;
                }
            }
        }
        assertThat(compared).isEqualTo(2);
        Product.Ended again =
                qroar.here("export", "small", "--unscaled", "--runs", runs.toString(), "--out", out.toString());
        assertThat(again.code()).isEqualTo(2);
        assertThat(again.errLines()).last().asString().contains("exported");
    }

    @Test
    void theBestModelIsExportedWithoutScalesWhereThatIsAskedFor() {
        Path out = folder.resolve("unscaled");
        Product.Ended exported =
                qroar.here("export", "small", "--unscaled", "--runs", runs.toString(), "--out", out.toString());
        assertThat(exported.code()).as(exported.err()).isZero();
        JsonNode note = Outcome.json(Outcome.read(out.resolve("qroar-export.json")));
        assertThat(note.get("study")).isEqualTo(reference.result().at("/best/study"));
        assertThat(note.get("heldOutGain").isNull()).isTrue();
        assertThat(note.get("bands")).allMatch(band -> band.get("scale").asDouble() == 1);
    }

    @Test
    void equalTrialsOfOtherRunsAreReused() throws Exception {
        Path again = folder.resolve("again");
        Files.createDirectories(again);
        copy(runs.resolve("cache"), again.resolve("cache"));
        Product.Ended cached = run(again, "1");
        assertThat(cached.code()).as(cached.err()).isZero();
        assertThat(Outcome.of(cached.out()).numbers()).isEqualTo(reference.numbers());
        assertThat(status(again).get("reused").asInt()).isGreaterThan(10);
        assertThat(Outcome.of(cached.out()).cost("forwardTokens")).isLessThan(reference.cost("forwardTokens") / 2);
    }

    @Test
    void anExperimentThatSharesBaselinesReusesThem() throws Exception {
        Path other = folder.resolve("other");
        Files.createDirectories(other);
        copy(runs.resolve("cache"), other.resolve("cache"));
        String three = new SmallExperiment(folder)
                .with("name", "three-bands")
                .with("bands", "3")
                .with("quantizer", "\"rtn:bits=3,group=64\"")
                .file();
        Product.Ended ended = qroar.here("run", three, "--runs", other.toString(), "--no-progress");
        assertThat(ended.code()).as(ended.err()).isZero();
        assertThat(status(other).get("reused").asInt()).isPositive();
        JsonNode mine = Outcome.in(other).result().at("/studies/0/lengths/0");
        JsonNode theirs = reference.result().at("/studies/1/lengths/0");
        assertThat(mine.get("baseline")).isEqualTo(theirs.get("baseline"));
        assertThat(mine.get("unquantized")).isEqualTo(theirs.get("unquantized"));

        Path page = folder.resolve("both.html");
        Product.Ended both = qroar.here(
                "report",
                Outcome.directory(runs).toString(),
                Outcome.directory(other).toString(),
                "--out",
                page.toString());
        assertThat(both.code()).as(both.err()).isZero();
        assertThat(both.err()).isEmpty();
        assertThat(Outcome.read(page)).contains("three-bands", "small", "</html>");
        assertThat(Outcome.read(page)).doesNotContain("src=\"http", "href=\"http", "@import");
    }

    @Test
    void theReportOfOneRunIsWrittenAnew() throws Exception {
        Path page = Outcome.directory(runs).resolve("report.html");
        String before = Outcome.read(page);
        Product.Ended one = qroar.here("report", "small", "--runs", runs.toString(), "--json");
        assertThat(one.code()).as(one.err()).isZero();
        assertThat(one.err()).isEmpty();
        assertThat(Outcome.json(one.out()).get("report").asText())
                .isEqualTo(page.toRealPath().toString());
        assertThat(Outcome.read(page)).isEqualTo(before).contains("</html>");
    }

    private JsonNode status(Path of) {
        Product.Ended status = qroar.here("status", Outcome.directory(of).toString(), "--json");
        assertThat(status.code()).as(status.err()).isZero();
        assertThat(status.err()).isEmpty();
        return Outcome.json(status.out());
    }

    /** Windows that are durable; 0 before there is a journal. */
    private static long windows(Path of) {
        if (!Files.isDirectory(of)) {
            return 0;
        }
        try (Stream<Path> entries = Files.list(of)) {
            return entries.filter(path -> Files.exists(path.resolve("journal.db")))
                    .mapToLong(path -> tally(path).windows())
                    .sum();
        } catch (IOException e) {
            return 0;
        }
    }

    private static RunTally tally(Path directory) {
        RunTally tally = new RunTally();
        try (JournalReader journal =
                JournalReader.open(directory.resolve("journal.db"), new RunEventCatalog().catalog())) {
            for (String id : journal.persistenceIds()) {
                journal.forEachEvent(id, 0, recorded -> tally.add((RunEvent) recorded.event()));
            }
        }
        return tally;
    }

    private static long events(Path directory) {
        try (JournalReader journal =
                JournalReader.open(directory.resolve("journal.db"), new RunEventCatalog().catalog())) {
            return journal.persistenceIds().stream()
                    .mapToLong(journal::lastSequenceNumber)
                    .sum();
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }

    /** Another process is what is waited for: there is no probe to ask, only its journal to look at. */
    private static void await(BooleanSupplier condition) {
        long deadline = System.nanoTime() + Duration.ofSeconds(600).toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime()).as("waited too long").isLessThan(deadline);
            pause(20);
        }
    }

    private static void pause(long millis) {
        LockSupport.parkNanos(Duration.ofMillis(millis).toNanos());
    }
}
