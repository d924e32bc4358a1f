package qroar.orchestrator.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.protocol.BadInput;

/**
 * Serves {@code GET /metrics}. Whoever reaches the address may read, and nobody can change anything; so it is loopback
 * unless a person names another. One request at a time: a slow reader makes others wait, never the run.
 */
public final class MetricsServer implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MetricsServer.class);
    private static final String PATH = "/metrics";
    private static final int MAX_PORT = 65_535;

    private final HttpServer server;
    private final ExecutorService executor;

    private MetricsServer(HttpServer server, ExecutorService executor) {
        this.server = server;
        this.executor = executor;
    }

    /**
     * @param place {@code PORT} on loopback, or {@code HOST:PORT}; port 0 for any that is free
     * @throws BadInput when that cannot be listened on
     */
    public static MetricsServer start(String place, Supplier<List<MetricFamily>> metrics) {
        InetSocketAddress address = address(place);
        HttpServer server;
        try {
            server = HttpServer.create(address, 0);
        } catch (IOException e) {
            throw new BadInput("--metrics " + place + " cannot be listened on: " + e.getMessage(), e);
        }
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task, "qroar-metrics");
            thread.setDaemon(true);
            return thread;
        });
        server.setExecutor(executor);
        server.createContext("/", exchange -> answer(exchange, metrics));
        server.start();
        return new MetricsServer(server, executor);
    }

    private static InetSocketAddress address(String place) {
        int colon = place.lastIndexOf(':');
        String host = colon < 0 ? "" : place.substring(0, colon);
        String port = place.substring(colon + 1);
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > MAX_PORT || colon == 0) {
            throw new BadInput("--metrics " + place + " must be PORT or HOST:PORT, for instance 9464");
        }
        try {
            return new InetSocketAddress(
                    host.isEmpty() ? InetAddress.getLoopbackAddress() : InetAddress.getByName(host),
                    Integer.parseInt(port));
        } catch (UnknownHostException e) {
            throw new BadInput("--metrics " + place + ": host " + host + " is unknown here", e);
        }
    }

    private static void answer(HttpExchange exchange, Supplier<List<MetricFamily>> metrics) throws IOException {
        try (exchange) {
            String method = exchange.getRequestMethod();
            if (!exchange.getRequestURI().getPath().equals(PATH)) {
                send(exchange, 404, "text/plain; charset=utf-8", "metrics are at " + PATH + "\n");
            } else if (!method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                send(exchange, 405, "text/plain; charset=utf-8", "metrics can only be read\n");
            } else {
                send(exchange, 200, MetricsText.CONTENT_TYPE, MetricsText.of(metrics.get()));
            }
        } catch (RuntimeException e) {
            // Whatever goes wrong here costs the reader one answer, and the run nothing.
            LOG.warn("metrics could not be told: {}", e.toString());
            throw e;
        }
    }

    private static void send(HttpExchange exchange, int code, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", type);
        boolean head = exchange.getRequestMethod().equals("HEAD");
        exchange.sendResponseHeaders(code, head ? -1 : body.length);
        if (!head) {
            exchange.getResponseBody().write(body);
        }
    }

    /** Where it listens, with the port that was found. */
    public String url() {
        InetSocketAddress address = server.getAddress();
        String host = address.getAddress().getHostAddress();
        return "http://" + (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort() + PATH;
    }

    @Override
    public void close() {
        server.stop(0);
        executor.shutdownNow();
    }
}
