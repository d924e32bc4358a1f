package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.coordinator.event.RunTally;
import qroar.orchestrator.endtoend.Outcome;

/**
 * The demo over one coordinator and three workers, each a process, of which a random one is killed at random moments; what
 * is killed is started again. Deadlines are the product's. No part of the build: {@code docs/soak.sh} runs it.
 *
 * <p>{@code soak.kills} of workers, {@code soak.restarts} of the coordinator, {@code seed}; {@code soak.experiment} and
 * {@code soak.reference}, a {@code result.json} of it, spare the undisturbed run.
 */
class Soak {
    private static final int WORKERS = 3;
    /** A run has this many windows at least once its first pass is planned. */
    private static final int MARGIN = 40;

    private static final Duration LONG = Duration.ofHours(3);

    private final int kills = Integer.getInteger("soak.kills", 20);
    private final int restarts = Integer.getInteger("soak.restarts", 2);
    private final long seed = Long.getLong("seed", System.nanoTime());
    private final Random random = new Random(seed);
    private final Map<Long, Long> deaths = new HashMap<>();
    private final List<Fleet.Member> everyWorker = new ArrayList<>();

    @TempDir
    private Path folder = Path.of("");

    private Fleet.Member worker(Fleet fleet, String place, Path runs, String file) throws IOException {
        Fleet.Member worker = fleet.faulty(place, runs, file, List.of());
        everyWorker.add(worker);
        return worker;
    }

    private Outcome reference(Fleet fleet, String file) throws Exception {
        String known = System.getProperty("soak.reference");
        if (known != null) {
            return Outcome.of(Files.readString(Path.of(known)));
        }
        Path alone = folder.resolve("alone");
        long begun = System.nanoTime();
        Fleet.Member run = fleet.start("run", file, "--runs", alone.toString(), "--no-progress");
        assertThat(run.process().waitFor(1, TimeUnit.HOURS)).as(run.said()).isTrue();
        assertThat(run.process().exitValue()).as(run.said()).isZero();
        report("undisturbed, one process", seconds(begun) + " s");
        return Outcome.in(alone);
    }

    private static void report(String what, Object figure) {
        System.out.println("| " + what + " | " + figure + " |");
    }

    private static long seconds(long begunNanos) {
        return (System.nanoTime() - begunNanos) / 1_000_000_000;
    }

    @Test
    void endsWithTheNumbersOfOneLeftAlone() throws Exception {
        System.out.println("soak: -Dseed=" + seed);
        String file = System.getProperty(
                "soak.experiment",
                Fleet.sampleDemo().resolveSibling("demo.yaml").toString());
        Path runs = folder.resolve("runs");
        String place = "127.0.0.1:" + Fleet.freePort();
        try (Fleet fleet = new Fleet(folder, List.of())) {
            Outcome reference = reference(fleet, file);
            long planned = windows(reference);
            long[] moments =
                    random.longs(kills + restarts, 1, planned - MARGIN).sorted().toArray();
            boolean[] ofCoordinator = new boolean[moments.length];
            for (int i = 0; i < restarts; i++) {
                ofCoordinator[(i + 1) * moments.length / (restarts + 1)] = true;
            }
            long begun = System.nanoTime();
            String[] coordinate = {"coordinator", file, "--listen", place, "--runs", runs.toString(), "--no-progress"};
            Fleet.Member coordinator = fleet.start(coordinate);
            coordinator.await("listening on");
            Fleet.Member[] workers = new Fleet.Member[WORKERS];
            for (int i = 0; i < WORKERS; i++) {
                workers[i] = worker(fleet, place, runs, file);
            }
            JournalTail journal = new JournalTail(runs);
            List<Long> outages = new ArrayList<>();
            for (int i = 0; i < moments.length; i++) {
                long moment = moments[i];
                Fleet.Member holder = coordinator;
                Fleet.until(
                        LONG,
                        moment + " windows",
                        () -> journal.look().windows() >= moment
                                || !holder.process().isAlive());
                assertThat(holder.process().isAlive())
                        .as("ended before it was disturbed " + moments.length + " times")
                        .isTrue();
                LockSupport.parkNanos(random.nextInt(500) * 1_000_000L);
                if (ofCoordinator[i]) {
                    long killed = System.nanoTime();
                    coordinator.kill();
                    long before = journal.look().windows();
                    coordinator = fleet.start(coordinate);
                    Fleet.until(
                            LONG,
                            "window of a new coordinator",
                            () -> journal.look().windows() > before);
                    outages.add((System.nanoTime() - killed) / 1_000_000);
                } else {
                    int victim = random.nextInt(WORKERS);
                    deaths.put(workers[victim].process().pid(), System.currentTimeMillis());
                    workers[victim].kill();
                    workers[victim] = worker(fleet, place, runs, file);
                }
            }
            assertThat(coordinator.process().waitFor(1, TimeUnit.HOURS))
                    .as(coordinator.said())
                    .isTrue();
            assertThat(coordinator.process().exitValue()).as(coordinator.said()).isZero();
            long wall = seconds(begun);
            for (Fleet.Member worker : workers) {
                assertThat(worker.ended()).as(worker.said()).isZero();
            }
            requireSameNumbers(Outcome.in(runs), reference);
            tell(fleet, journal, wall, outages);
        }
    }

    /** Those of shared trials were measured once, for another trial. */
    private static long windows(Outcome outcome) {
        long windows = 0;
        for (JsonNode trial : outcome.result().get("trials")) {
            if (!trial.get("state").asText().equals("shared")) {
                windows += trial.get("windowsMeasured").asLong();
            }
        }
        return windows;
    }

    private static void requireSameNumbers(Outcome disturbed, Outcome reference) {
        assertThat(disturbed.numbers()).isEqualTo(reference.numbers());
        report("numbers compared, all equal", disturbed.numbers().size() + " studies and trials");
    }

    private void tell(Fleet fleet, JournalTail journal, long wallSeconds, List<Long> outages) throws IOException {
        RunTally tally = journal.look();
        SoakLedger ledger = new SoakLedger(journal.events());
        for (Fleet.Member worker : everyWorker) {
            fleet.computed(worker).forEach(ledger::computed);
        }
        List<Long> detections = ledger.detections(deaths);
        report("disturbed, coordinator and " + WORKERS + " workers", wallSeconds + " s");
        report("kill -9 of workers, of the coordinator", kills + ", " + restarts);
        report("windows durable, evaluated", tally.windows() + ", " + ledger.windows());
        report("evaluated again", ledger.again() + ", of which " + ledger.prefix() + " in prefixes read again");
        report("leases, taken up again", ledger.opened() + ", " + ledger.takenUpAgain());
        report("attempts failed", tally.attemptsFailed() + " " + ledger.causes());
        report("attempts that ended uncounted", ledger.silences());
        if (!detections.isEmpty()) {
            report(
                    "from a kill to the end of its lease, ms (least, median, most)",
                    detections.get(0) + ", " + detections.get(detections.size() / 2) + ", "
                            + detections.get(detections.size() - 1) + " of " + detections.size());
        }
        report("from the coordinator's death to the next durable window, ms", outages);
        int document = tally.isFinished() ? longestDocument() : 0;
        int shortened = ledger.takenUpAgain().values().stream()
                .mapToInt(Integer::intValue)
                .sum();
        assertThat(ledger.again())
                .as("at most one document for each lease that was cut short")
                .isLessThanOrEqualTo((long) document * shortened);
        assertThat(tally.failed()).isZero();
    }

    /** Windows of 256 tokens up to the demo's greatest length. */
    private static int longestDocument() {
        return Integer.getInteger("soak.documentWindows", 2048 / 256);
    }
}
