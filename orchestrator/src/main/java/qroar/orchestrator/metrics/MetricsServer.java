package qroar.orchestrator.metrics;

import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.http.Answer;
import qroar.orchestrator.http.LocalServer;

/** Serves {@code GET /metrics}. One request at a time: a slow reader makes others wait, never the run. */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
    private static final String PATH = "/metrics";

    private final LocalServer server;

    private MetricsServer(LocalServer server) {
        this.server = server;
    }

    /**
     * @param place {@code PORT} on loopback, or {@code HOST:PORT}; port 0 for any that is free
     * @throws qroar.protocol.BadInput when that cannot be listened on
     */
    public static MetricsServer start(String place, Supplier<List<MetricFamily>> metrics) {
        LocalServer server = LocalServer.bind("--metrics", place);
        server.serve("qroar-metrics", 1, exchange -> answer(exchange, metrics));
        return new MetricsServer(server);
    }

    private static void answer(HttpExchange exchange, Supplier<List<MetricFamily>> metrics) throws IOException {
        try (exchange) {
            if (!exchange.getRequestURI().getPath().equals(PATH)) {
                Answer.send(exchange, 404, Answer.PLAIN, "metrics are at " + PATH + "\n");
            } else if (Answer.isRead(exchange, "metrics")) {
                Answer.send(exchange, 200, MetricsText.CONTENT_TYPE, MetricsText.of(metrics.get()));
            }
        } catch (RuntimeException e) {
            // Whatever goes wrong here costs the reader one answer, and the run nothing.
            LOG.warn("metrics could not be told: {}", e.toString());
            throw e;
        }
    }

    /** Where it listens, with the port that was found. */
    public String url() {
        return server.url(PATH);
    }

    @Override
    public void close() {
        server.close();
    }
}
