package qroar.orchestrator.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import qroar.orchestrator.metrics.MetricFamily.Sample;
import qroar.orchestrator.metrics.MetricFamily.Type;
import qroar.protocol.BadInput;

class MetricsTextTest {
    @Test
    void eachFamilyHasItsHelpAndTypeAndEscapesWhatTheFormatAsksFor() {
        Map<String, String> labels = new LinkedHashMap<>();
        labels.put("run", "a \"quoted\" \\ name\nwith a second line");
        labels.put("phase", "running");
        String text = MetricsText.of(List.of(
                new MetricFamily("qroar_run", Type.GAUGE, "A \"run\" \\ and\nmore.", List.of(new Sample(labels, 1))),
                MetricFamily.counter("qroar_windows_total", "Windows.", 12_345_678_901L),
                new MetricFamily("qroar_nothing", Type.GAUGE, "Left out.", List.of())));
        assertThat(text).isEqualTo("""
                # HELP qroar_run A "run" \\\\ and\\nmore.
                # TYPE qroar_run gauge
                qroar_run{run="a \\"quoted\\" \\\\ name\\nwith a second line",phase="running"} 1
                # HELP qroar_windows_total Windows.
                # TYPE qroar_windows_total counter
                qroar_windows_total 12345678901
                """);
    }

    @Test
    void numbersThatAreNoneHaveTheirOwnWords() {
        assertThat(List.of(Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, 0.25, -0.0, 1e300))
                .extracting(MetricsText::number)
                .containsExactly("NaN", "+Inf", "-Inf", "0.25", "0", "1.0E300");
    }

    @Test
    void namesThatAMonitorWouldRefuseAreRefusedHere() {
        assertThatThrownBy(() -> MetricFamily.counter("qroar_windows", "", 1)).hasMessageContaining("_total");
        assertThatThrownBy(() -> MetricFamily.gauge("qroar_windows_total", "", 1))
                .hasMessageContaining("_total");
        assertThatThrownBy(() -> MetricFamily.gauge("qroar windows", "", 1)).hasMessageContaining("qroar windows");
        assertThatThrownBy(() -> new Sample(Map.of("no-label", "x"), 1)).hasMessageContaining("no-label");
    }

    @Test
    void theServerTellsWhatHoldsAtTheMomentOfAsking() throws Exception {
        AtomicInteger asked = new AtomicInteger();
        HttpClient client = HttpClient.newHttpClient();
        try (MetricsServer server = MetricsServer.start(
                "0", () -> List.of(MetricFamily.gauge("asked", "Times.", asked.incrementAndGet())))) {
            assertThat(server.url()).startsWith("http://127.0.0.1:").endsWith("/metrics");
            HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.url()));
            HttpResponse<String> first = client.send(request.build(), HttpResponse.BodyHandlers.ofString());
            assertThat(first.statusCode()).isEqualTo(200);
            assertThat(first.headers().firstValue("Content-Type")).hasValue(MetricsText.CONTENT_TYPE);
            assertThat(client.send(request.build(), HttpResponse.BodyHandlers.ofString())
                            .body())
                    .endsWith("asked 2\n");
            HttpRequest post =
                    request.POST(HttpRequest.BodyPublishers.ofString("x")).build();
            assertThat(client.send(post, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(405);
            HttpRequest other =
                    HttpRequest.newBuilder(URI.create(server.url() + "/../run")).build();
            assertThat(client.send(other, HttpResponse.BodyHandlers.ofString()).statusCode())
                    .isEqualTo(404);
            String taken = server.url().replaceAll(".*:(\\d+)/metrics", "$1");
            assertThatThrownBy(() -> MetricsServer.start(taken, List::of))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining(taken);
        }
        for (String bad : List.of("", ":9464", "localhost", "localhost:99999", "no.such.host.invalid:1")) {
            assertThatThrownBy(() -> MetricsServer.start(bad, List::of))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("--metrics " + bad);
        }
    }

    @Test
    void aProcessKnowsItsMemoryAndTime() {
        List<MetricFamily> families = ProcessMetrics.now();
        assertThat(families)
                .filteredOn(family -> family.name().equals("process_cpu_seconds_total"))
                .singleElement()
                .satisfies(family -> assertThat(family.samples().get(0).value()).isPositive());
        assertThat(MetricsText.of(families)).contains("qroar_heap_used_bytes");
    }
}
