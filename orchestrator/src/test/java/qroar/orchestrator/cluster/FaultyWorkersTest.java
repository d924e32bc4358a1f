package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.cli.Main;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.endtoend.Outcome;

/** Workers run out of memory, hang, crawl and return nonsense; a run ends with what one healthy process finds. */
@Timeout(1800)
class FaultyWorkersTest {
    /** Half of what a chunk has where there is room. */
    private static final int ROOM_TOKENS = 256;
    /** Of a perplexity, for a loss per token may be off by as much where sums are rounded elsewhere. */
    private static final double ROUNDING = 1e-4;

    private static final Duration LONG = Duration.ofSeconds(600);

    /**
     * Of every process: on a busy machine, or while a heap fills on this one, nobody hears from another for seconds. A worker
     * that is lost for that takes the fault along that its trial was to show.
     */
    private static final List<String> CALM = List.of(
            "-Dqroar.coordinator.silence=15s", "-Dpekko.cluster.failure-detector.acceptable-heartbeat-pause=12s");

    @TempDir
    private Path folder = Path.of("");

    /** Complete candidates of the first pass that are not the best of their band: without them nothing changes. */
    private static List<String> losers() throws Exception {
        List<String> losers = new ArrayList<>();
        for (JsonNode candidate : DemoRun.BRIEF.undisturbed().result().at("/studies/0/candidates")) {
            if (candidate.get("state").asText().equals("finished")
                    && candidate.get("pass").asInt() == 1
                    && !candidate.get("promoted").asBoolean()) {
                losers.add(scales(candidate));
            }
        }
        return losers;
    }

    private static String scales(JsonNode candidate) {
        List<Double> scales = new ArrayList<>();
        candidate.get("scales").forEach(scale -> scales.add(scale.asDouble()));
        return scales.toString();
    }

    /** All that a study found, but for some of its candidates. */
    private static JsonNode without(List<String> scales, Outcome outcome) {
        ObjectNode study = outcome.result().at("/studies/0").deepCopy();
        Iterator<JsonNode> candidates = study.get("candidates").iterator();
        while (candidates.hasNext()) {
            if (scales.contains(scales(candidates.next()))) {
                candidates.remove();
            }
        }
        study.remove("notes");
        return study;
    }

    private static List<String> causes(Path runs) {
        List<String> causes = new ArrayList<>();
        for (RunEvent event : Fleet.events(runs)) {
            if (event instanceof RunEvent.AttemptFailed failed) {
                causes.add(failed.cause());
            }
        }
        return causes;
    }

    @Test
    void everyFaultCostsAtMostItsOwnTrial() throws Exception {
        List<String> losers = losers();
        assertThat(losers).hasSizeGreaterThan(3);
        String[] everywhere = {
            "nan@" + losers.get(0) + "#1",
            "chunk-memory@" + losers.get(1) + "#0=" + ROOM_TOKENS,
            "poison@" + losers.get(2) + "#2"
        };
        String file = DemoRun.BRIEF.file(folder);
        Path runs = folder.resolve("runs");
        String place = "127.0.0.1:" + Fleet.freePort();
        try (Fleet fleet = new Fleet(folder)) {
            Fleet.Member coordinator = fleet.start(
                    Main.class,
                    "coordinator",
                    Stream.concat(Stream.of("-Dqroar.coordinator.window-deadline-floor=3s"), CALM.stream())
                            .toList(),
                    List.of("coordinator", file, "--listen", place, "--runs", runs.toString()));
            coordinator.await("listening on " + place);
            Fleet.Member hanging = fleet.faulty(
                    place, runs, file, CALM, with(everywhere, "device-memory@1#1", "hang-first@2#0", "hang@3#1"));
            Fleet.Member slow = fleet.faulty(place, runs, file, CALM, with(everywhere, "slow@*#0=1000"));
            Fleet.Member bursting = fleet.faulty(place, runs, file, CALM, with(everywhere, "heap@2#1"));

            Fleet.until(LONG, "hang before a window", () -> hungAt(fleet, hanging, "hung-at-once ") > 0);
            long hungAtOnceFor = Fleet.givenUpAfter(hanging, hungAt(fleet, hanging, "hung-at-once "), runs);
            Fleet.until(LONG, "hang", () -> hungAt(fleet, hanging, "hung ") > 0);
            long hungFor = Fleet.givenUpAfter(hanging, hungAt(fleet, hanging, "hung "), runs);
            Fleet.until(
                    LONG, "process without memory", () -> !bursting.process().isAlive());
            fleet.release();
            assertThat(coordinator.ended()).as(coordinator.said()).isEqualTo(1);
            assertThat(coordinator.said())
                    .contains("qroar: the run is finished, but 1 trial failed: 1 of ")
                    .contains("to try them again, move ");
            assertThat(slow.ended()).as(slow.said()).isZero();
            assertThat(hanging.ended()).as(hanging.said()).isZero();
            assertThat(bursting.process().exitValue()).as(bursting.said()).isNotZero();
            requireOneHalvingPerCrampedTrial(fleet, List.of(hanging, slow, bursting));
            System.out.println("faulty workers: a hung measurement was given up after " + hungFor
                    + " ms, one before its first window after "
                    + hungAtOnceFor + " ms; "
                    + causes(runs).size() + " attempts failed");
        }
        assertThat(causes(runs)).anyMatch(cause -> cause.contains("DeviceOutOfMemory: no memory for window "));
        assertThat(causes(runs)).anyMatch(cause -> cause.contains("its worker lives but measured nothing for"));
        assertThat(causes(runs)).anyMatch(cause -> cause.contains("before its first window"));
        assertThat(causes(runs)).anyMatch(cause -> cause.contains("poisoned window "));
        Outcome outcome = Outcome.in(runs);
        List<String> spoiled = List.of(losers.get(0), losers.get(1), losers.get(2));
        assertThat(without(spoiled, outcome)).isEqualTo(without(spoiled, DemoRun.BRIEF.undisturbed()));
        requireEqualButForRounding(
                "candidate " + losers.get(1),
                candidate(losers.get(1), DemoRun.BRIEF.undisturbed()),
                candidate(losers.get(1), outcome));
        requireReported(outcome, losers.get(0), "diverged", "");
        requireReported(outcome, losers.get(2), "failed", "poisoned window ");
        var tally = Fleet.tally(runs);
        assertThat(List.of(tally.failed(), tally.diverged())).isEqualTo(List.of(1, 1));
    }

    private static String[] with(String[] faults, String... more) {
        List<String> all = new ArrayList<>(List.of(faults));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /**
     * The device's lack of memory is told once, and the smaller chunks are kept to the end of the trial. A reading that hung
     * and goes on when it is released may find the device as a later trial of its process left it.
     */
    private static void requireOneHalvingPerCrampedTrial(Fleet fleet, List<Fleet.Member> workers) throws IOException {
        int most = 0;
        int halved = 0;
        for (Fleet.Member worker : workers) {
            most += (int) fleet.computed(worker).stream()
                    .filter(line -> line.equals("cramped") || line.startsWith("hung"))
                    .count();
            halved += worker.times("going on in chunks of " + ROOM_TOKENS);
            assertThat(worker.times("going on in chunks of " + ROOM_TOKENS / 2)).isZero();
        }
        assertThat(halved).isBetween(1, most);
    }

    private static JsonNode candidate(String scales, Outcome outcome) {
        for (JsonNode candidate : outcome.result().at("/studies/0/candidates")) {
            if (scales(candidate).equals(scales)) {
                return candidate;
            }
        }
        throw new AssertionError("no candidate " + scales);
    }

    private static void requireEqualButForRounding(String where, JsonNode expected, JsonNode actual) {
        if (expected.isFloatingPointNumber()) {
            assertThat(actual.asDouble())
                    .as(where)
                    .isCloseTo(expected.asDouble(), within(ROUNDING * Math.max(1, Math.abs(expected.asDouble()))));
        } else if (expected.isContainerNode()) {
            assertThat(actual).as(where).hasSameSizeAs(expected);
            Iterator<String> names = expected.fieldNames();
            while (names.hasNext()) {
                String name = names.next();
                requireEqualButForRounding(where + "/" + name, expected.get(name), actual.path(name));
            }
            for (int i = 0; expected.isArray() && i < expected.size(); i++) {
                requireEqualButForRounding(where + "/" + i, expected.get(i), actual.path(i));
            }
        } else {
            assertThat(actual).as(where).isEqualTo(expected);
        }
    }

    private static long hungAt(Fleet fleet, Fleet.Member worker, String word) {
        try {
            return fleet.computed(worker).stream()
                    .filter(line -> line.startsWith(word))
                    .mapToLong(line -> Long.parseLong(line.substring(word.length())))
                    .findFirst()
                    .orElse(0);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private static void requireReported(Outcome outcome, String scales, String state, String cause)
            throws TimeoutException {
        for (JsonNode candidate : outcome.result().at("/studies/0/candidates")) {
            if (scales(candidate).equals(scales)) {
                assertThat(candidate.get("state").asText())
                        .as(candidate.toString())
                        .isEqualTo(state);
            }
        }
        assertThat(outcome.result().toString()).contains(cause);
    }
}
