package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.cli.Main;
import qroar.orchestrator.coordinator.RunEvent;
import qroar.orchestrator.endtoend.Outcome;

/** Workers run out of memory, hang, crawl and return nonsense; a run ends with what one healthy process finds. */
@Timeout(600)
class FaultyWorkersTest {
    private static final Duration LONG = Duration.ofSeconds(180);

    @TempDir
    private Path folder = Path.of("");

    /** Complete candidates of the first pass that are not the best of their band: without them nothing changes. */
    private static List<String> losers() throws Exception {
        List<String> losers = new ArrayList<>();
        for (JsonNode candidate : DemoRun.undisturbed().result().at("/studies/0/candidates")) {
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

    private static boolean happened(Path runs, String cause) {
        return causes(runs).stream().anyMatch(each -> each.contains(cause));
    }

    @Test
    void everyFaultCostsAtMostItsOwnTrial() throws Exception {
        List<String> losers = losers();
        assertThat(losers).hasSizeGreaterThan(3);
        String[] everywhere = {"nan@" + losers.get(0) + "#1", "poison@" + losers.get(2) + "#2"};
        String file = DemoRun.file(folder);
        Path runs = folder.resolve("runs");
        String place = "127.0.0.1:" + Fleet.freePort();
        try (Fleet fleet = new Fleet(folder)) {
            Fleet.Member coordinator = fleet.start(
                    Main.class,
                    "coordinator",
                    List.of("-Dqroar.coordinator.window-deadline-floor=3s"),
                    List.of("coordinator", file, "--listen", place, "--runs", runs.toString()));
            coordinator.await("listening on " + place);
            Fleet.Member hanging =
                    fleet.faulty(place, runs, file, List.of(), with(everywhere, "device-memory@1#2", "hang@3#1"));
            Fleet.Member slow = fleet.faulty(place, runs, file, List.of(), with(everywhere, "slow@*#0=1000"));
            Fleet.Member bursting = fleet.faulty(place, runs, file, List.of(), with(everywhere, "heap@2#1"));

            Fleet.until(LONG, "hang", () -> hungAt(fleet, hanging) > 0);
            RunEvent.TrialLeased hung = Objects.requireNonNull(Fleet.leaseOf(hanging, runs));
            long hungFor = Fleet.givenUpAfter(hung, hungAt(fleet, hanging), runs);
            Fleet.until(
                    LONG, "process without memory", () -> !bursting.process().isAlive());
            fleet.release();
            assertThat(coordinator.ended()).as(coordinator.said()).isZero();
            assertThat(slow.ended()).as(slow.said()).isZero();
            assertThat(hanging.ended()).as(hanging.said()).isZero();
            assertThat(bursting.process().exitValue()).as(bursting.said()).isNotZero();
            System.out.println("faulty workers: a hung measurement was given up after " + hungFor + " ms; "
                    + causes(runs).size() + " attempts failed");
        }
        assertThat(happened(runs, "DeviceOutOfMemory: no memory for window 2")).isTrue();
        assertThat(happened(runs, "its worker lives but measured nothing for")).isTrue();
        assertThat(happened(runs, "poisoned window 2")).isTrue();
        Outcome outcome = Outcome.in(runs);
        List<String> spoiled = List.of(losers.get(0), losers.get(2));
        assertThat(without(spoiled, outcome)).isEqualTo(without(spoiled, DemoRun.undisturbed()));
        requireReported(outcome, losers.get(0), "diverged", "");
        requireReported(outcome, losers.get(2), "failed", "poisoned window 2");
        var tally = Fleet.tally(runs);
        assertThat(List.of(tally.failed(), tally.diverged())).isEqualTo(List.of(1, 1));
    }

    private static String[] with(String[] faults, String... more) {
        List<String> all = new ArrayList<>(List.of(faults));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    private static long hungAt(Fleet fleet, Fleet.Member worker) {
        try {
            return fleet.computed(worker).stream()
                    .filter(line -> line.startsWith("hung "))
                    .mapToLong(line -> Long.parseLong(line.substring("hung ".length())))
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
