package qroar.orchestrator.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.endtoend.Outcome;
import qroar.orchestrator.rundirectory.RunDirectory;

/** Workers whose files lie elsewhere, or are others; a run that is stopped from outside and started again. */
@Timeout(1800)
class OtherMachinesTest {
    private static final Pattern METRICS = Pattern.compile("metrics at (http://\\S+)");

    @TempDir
    private Path folder = Path.of("");

    /** The demo's model and documents as another machine has them: other paths, other names. */
    private Path otherMachine(String name) throws IOException {
        Path machine = folder.resolve(name);
        Files.createDirectories(machine.resolve("checkpoint"));
        Files.createDirectories(machine.resolve("texts"));
        try (Stream<Path> files = Files.list(Fleet.sampleDemo().resolve("model"))) {
            for (Path file : files.toList()) {
                Files.copy(file, machine.resolve("checkpoint").resolve(String.valueOf(file.getFileName())));
            }
        }
        int number = 0;
        for (String document : new String[] {"search-00", "search-01", "held-out-00"}) {
            Files.copy(
                    Fleet.sampleDemo().resolve("documents/" + document + ".txt"),
                    machine.resolve("texts/" + number + ".txt"));
            number++;
        }
        return machine;
    }

    private static void changeOneWeight(Path checkpoint) throws IOException {
        try (Stream<Path> files = Files.list(checkpoint)) {
            Path weights = files.filter(file -> file.toString().endsWith(".safetensors"))
                    .findFirst()
                    .orElseThrow();
            try (RandomAccessFile file = new RandomAccessFile(weights.toFile(), "rw")) {
                file.seek(file.length() - 1);
                int last = file.read();
                file.seek(file.length() - 1);
                file.write(last ^ 1);
            }
        }
    }

    private static String[] join(String place, Path machine, Path tls, String... more) {
        List<String> arguments = new ArrayList<>(List.of(
                "worker",
                "--join",
                place,
                "--certs",
                tls.toString(),
                "--runs",
                machine.resolve("runs").toString(),
                "--model",
                machine.resolve("checkpoint").toString(),
                "--documents",
                machine.resolve("texts").toString()));
        arguments.addAll(List.of(more));
        return arguments.toArray(String[]::new);
    }

    @Test
    void workersServeWhatTheyHaveAndAStoppedRunIsTakenUp() throws Exception {
        String file = DemoRun.LASTING.file(folder);
        Path runs = folder.resolve("runs");
        String place = "127.0.0.1:" + Fleet.freePort();
        Path able = otherMachine("able");
        Path unable = otherMachine("unable");
        changeOneWeight(unable.resolve("checkpoint"));
        String[] coordinate = {"coordinator", file, "--listen", place, "--runs", runs.toString()};
        try (Fleet fleet = new Fleet(folder)) {
            Fleet.Member coordinator = fleet.start(coordinate);
            coordinator.await("listening on " + place);
            RunDirectory run = RunDirectory.list(runs).get(0);
            Path tls = run.path().resolve("tls");
            fleet.with("ATEN_CPU_CAPABILITY", "default");
            Fleet.Member lacking = fleet.start(join(place, unable, tls, "--metrics", "0"));
            fleet.with("ATEN_CPU_CAPABILITY", "best");
            Fleet.until(
                    Duration.ofSeconds(600), "refusal", () -> !declined(runs).isEmpty());
            Fleet.Member brief = fleet.start(join(place, able, tls, "--wait", "8s", "--metrics", "0"));
            Fleet.until(
                    Duration.ofSeconds(600), "window", () -> Fleet.tally(runs).windows() > 0);
            requireFigures(lacking, brief);
            requireMixIsTold(coordinator);
            brief.signal("STOP");

            Fleet.Member stop = fleet.start("stop", run.name(), "--runs", runs.toString());
            assertThat(stop.ended()).as(stop.said()).isZero();
            assertThat(stop.said()).contains("is stopped; take it up with: qroar resume");
            assertThat(coordinator.ended()).as(coordinator.said()).isEqualTo(3);
            assertThat(coordinator.said()).contains("stopped by SIGTERM; take it up with: qroar resume");
            brief.signal("CONT");
            assertThat(brief.ended()).as(brief.said()).isEqualTo(3);
            assertThat(brief.said()).contains("no coordinator at " + place + " within 8 s");
            assertThat(lacking.process().isAlive()).as(lacking.said()).isTrue();

            Fleet.Member successor = fleet.start(coordinate);
            successor.await("listening on " + place);
            Fleet.Member second = fleet.start(join(place, able, tls));
            assertThat(successor.ended()).as(successor.said()).isZero();
            assertThat(second.ended()).as(second.said()).isZero();
            assertThat(lacking.ended()).as(lacking.said()).isZero();
            requireUnused(lacking, runs);
        }
        assertThat(Outcome.in(runs).numbers()).isEqualTo(DemoRun.LASTING.numbers());
        assertThat(Fleet.tally(runs).failed()).isZero();
    }

    /** Every x86-64 processor of today has better kernels than the plain ones; others may have only these. */
    private static void requireMixIsTold(Fleet.Member coordinator) throws Exception {
        if (System.getProperty("os.arch").equals("amd64")) {
            coordinator.await("and now has one with [PyTorch");
            assertThat(coordinator.said()).contains("NO AVX kernels");
        }
    }

    /** What each worker's own page says of it, by now. */
    private static void requireFigures(Fleet.Member lacking, Fleet.Member able) throws Exception {
        assertThat(page(lacking))
                .containsPattern("qroar_worker_leases_ended_total\\{device=\"cpu\",ending=\"declined\"} [1-9]")
                .contains("qroar_worker_windows_total{device=\"cpu\"} 0\n");
        assertThat(page(able))
                .containsPattern("qroar_worker_leases_total\\{device=\"cpu\"} [1-9]")
                .containsPattern("qroar_worker_windows_total\\{device=\"cpu\"} [1-9]")
                .contains("qroar_worker_joined 1\n")
                .containsPattern("qroar_models_loaded_total [1-9]")
                .containsPattern("qroar_device_model_bytes\\{device=\"cpu\"} [1-9]")
                .containsPattern("process_cpu_seconds_total [0-9]");
    }

    private static String page(Fleet.Member worker) throws Exception {
        Matcher said = METRICS.matcher(worker.said());
        assertThat(said.find()).as(worker.said()).isTrue();
        HttpRequest request = HttpRequest.newBuilder(URI.create(said.group(1))).build();
        return HttpClient.newHttpClient()
                .send(request, HttpResponse.BodyHandlers.ofString())
                .body();
    }

    /** Given back for what the worker lacks; a suspended one is given up on other grounds. */
    private static List<RunEvent.AttemptDeclined> declined(Path runs) {
        List<RunEvent.AttemptDeclined> declined = new ArrayList<>();
        for (RunEvent event : Fleet.events(runs)) {
            if (event instanceof RunEvent.AttemptDeclined e && !e.reason().contains("no sign of life")) {
                declined.add(e);
            }
        }
        return declined;
    }

    /** Asked once for each set of documents in each of its two memberships, and never counted against a trial. */
    private static void requireUnused(Fleet.Member lacking, Path runs) {
        String process = "-pid" + lacking.process().pid() + "-";
        long leases = Fleet.events(runs).stream()
                .filter(event -> event instanceof RunEvent.Leasing leased
                        && leased.worker().contains(process))
                .count();
        assertThat(declined(runs)).hasSize((int) leases).hasSizeLessThanOrEqualTo(2 * 3);
        assertThat(declined(runs))
                .allSatisfy(each -> assertThat(each.reason()).contains("has no checkpoint with digest"));
        assertThat(lacking.said())
                .contains("declined on", "has no checkpoint with digest")
                .doesNotContain("\tat ");
    }
}
