package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run on a machine that others use and watch, looked at from outside while it works. */
class SharedBoxTest {
    private static final Pattern URL = Pattern.compile("metrics at (http://\\S+)");
    private static final Duration PATIENCE = Duration.ofSeconds(600);

    @TempDir
    Path folder;

    @Test
    void aRunTellsItsFiguresLowersItsPriorityAndLogsInFields() throws Exception {
        Product qroar = new Product(folder).with("-Dqroar.log.format=json");
        Product.Running run = qroar.start(
                "run",
                new SmallExperiment(folder).lasting().file(),
                "--runs",
                "runs",
                "--workers",
                "1",
                "--nice",
                "7",
                "--metrics",
                "0",
                "--no-progress");
        String text;
        try {
            URI url = URI.create(sayingOf(run));
            text = scrapeUntilWindows(run, url);
            if (Files.isDirectory(Path.of("/proc/self/task"))) {
                assertThat(niceness(run.process().pid())).isEqualTo(7);
            }
        } finally {
            if (run.isAlive()) {
                run.terminate();
            }
        }
        Product.Ended ended = run.await();
        assertThat(ended.code()).as(ended.err()).isIn(0, 3);

        requireWellFormed(text);
        assertThat(value(text, "qroar_windows_measured_total")).isPositive();
        assertThat(value(text, "qroar_tokens_scored_total")).isPositive();
        assertThat(value(text, "qroar_forward_tokens_total")).isPositive();
        assertThat(value(text, "qroar_models_loaded_total")).isPositive();
        assertThat(value(text, "qroar_workers{device=\"cpu\"}")).isEqualTo(1);
        assertThat(value(text, "qroar_trial_cache_lookups_total{answer=\"miss\"}"))
                .isPositive();
        assertThat(value(text, "qroar_queue_length")).isNotNegative();
        assertThat(value(text, "qroar_trials{outcome=\"open\"}")).isPositive();
        assertThat(value(text, "process_cpu_seconds_total")).isPositive();
        assertThat(text).contains("qroar_run{run=\"small-", ",phase=\"running\"} 1\n");

        List<String> log =
                Files.readAllLines(Outcome.directory(folder.resolve("runs")).resolve("qroar.log"));
        assertThat(log).isNotEmpty();
        List<JsonNode> leases = log.stream()
                .map(Outcome::json)
                .filter(event -> event.get("message").asText().contains("leased to"))
                .toList();
        assertThat(leases).isNotEmpty().allSatisfy(event -> {
            assertThat(event.get("run").asText()).startsWith("small-");
            assertThat(event.get("study").asText()).isNotEmpty();
            assertThat(event.get("trial").asText()).matches("\\d+");
            assertThat(event.get("worker").asText()).contains("cpu");
        });
    }

    /** The address, once the process has said it. */
    private static String sayingOf(Product.Running run) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            Matcher said = URL.matcher(Outcome.read(run.err()));
            if (said.find()) {
                return said.group(1);
            }
            assertThat(run.isAlive()).as(Outcome.read(run.err())).isTrue();
            pause();
        }
        throw new AssertionError("no address within " + PATIENCE + ": " + Outcome.read(run.err()));
    }

    private static String scrapeUntilWindows(Product.Running run, URI url) throws Exception {
        HttpClient client = HttpClient.newHttpClient();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            HttpResponse<String> answer = client.send(
                    HttpRequest.newBuilder(url).timeout(PATIENCE).build(), HttpResponse.BodyHandlers.ofString());
            assertThat(answer.statusCode()).isEqualTo(200);
            if (answer.body().contains("qroar_windows_measured_total ")
                    && value(answer.body(), "qroar_windows_measured_total") > 0
                    && value(answer.body(), "qroar_workers{device=\"cpu\"}") > 0) {
                return answer.body();
            }
            assertThat(run.isAlive())
                    .as("it ended before its first window was seen")
                    .isTrue();
            pause();
        }
        throw new AssertionError("no window within " + PATIENCE);
    }

    private static void requireWellFormed(String text) {
        assertThat(text).endsWith("\n");
        String family = "";
        for (String line : text.lines().toList()) {
            if (line.startsWith("# HELP ")) {
                family = line.split(" ")[2];
            } else if (line.startsWith("# TYPE ")) {
                assertThat(line).matches("# TYPE " + family + " (counter|gauge)");
            } else {
                assertThat(line)
                        .matches(Pattern.quote(family)
                                + "(\\{[a-z_]+=\"([^\"\\\\\\n]|\\\\.)*\"(,[a-z_]+=\"([^\"\\\\\\n]|\\\\.)*\")*})? \\S+");
            }
        }
    }

    private static double value(String text, String sample) {
        return text.lines()
                .filter(line -> line.startsWith(sample + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(sample.length() + 1)))
                .findFirst()
                .orElseThrow(() -> new AssertionError("no " + sample + " in " + text));
    }

    /** The lowest of all its threads. */
    private static int niceness(long pid) throws Exception {
        int lowest = 19;
        try (var threads = Files.newDirectoryStream(Path.of("/proc/" + pid + "/task"))) {
            for (Path thread : threads) {
                String stat;
                try {
                    stat = Files.readString(thread.resolve("stat"));
                } catch (NoSuchFileException ended) {
                    continue;
                }
                // After the name in brackets: state is field 3, nice is field 19.
                String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
                lowest = Math.min(lowest, Integer.parseInt(fields[16]));
            }
        }
        return lowest;
    }

    private static void pause() {
        LockSupport.parkNanos(20_000_000);
    }
}
