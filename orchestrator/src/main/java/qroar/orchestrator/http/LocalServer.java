package qroar.orchestrator.http;

import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * A server of this process. Whoever reaches its address may read; so it is loopback unless a person names another. Connections,
 * threads and the time of a request and of its answer are bounded: a flood of readers takes no more of the process than these.
 */
public final class LocalServer implements AutoCloseable {
    private static final int MAX_PORT = 65_535;

    /**
     * Bounds of the JDK's server, read when its first one is made; what a person has set stays. An answer of five minutes is one
     * that nobody takes; a stream of events ends before it.
     */
    private static final Map<String, String> BOUNDS = Map.of(
            "jdk.httpserver.maxConnections", "64",
            "sun.net.httpserver.maxIdleConnections", "32",
            "sun.net.httpserver.maxReqTime", "20",
            "sun.net.httpserver.maxRspTime", "300");

    private final HttpServer server;
    private final String host;
    private @Nullable ExecutorService executor;

    private LocalServer(HttpServer server, String host) {
        this.server = server;
        this.host = host;
    }

    /**
     * Takes the address; nothing is answered before {@link #serve}.
     *
     * @param option by which a person named the place, for refusals
     * @param place {@code PORT} on loopback, or {@code HOST:PORT}; port 0 for any that is free
     * @throws BadInput when that cannot be listened on
     */
    public static LocalServer bind(String option, String place) {
        BOUNDS.forEach((name, value) -> {
            if (System.getProperty(name) == null) {
                System.setProperty(name, value);
            }
        });
        int colon = place.lastIndexOf(':');
        String named = colon < 0 ? "" : place.substring(0, colon);
        try {
            return new LocalServer(HttpServer.create(address(option, place), 0), named);
        } catch (IOException e) {
            throw new BadInput(option + " " + place + " cannot be listened on: " + e.getMessage(), e);
        }
    }

    private static InetSocketAddress address(String option, String place) {
        int colon = place.lastIndexOf(':');
        String host = colon < 0 ? "" : place.substring(0, colon);
        String port = place.substring(colon + 1);
        if (!port.matches("[0-9]{1,5}") || Integer.parseInt(port) > MAX_PORT || colon == 0) {
            throw new BadInput(option + " " + place + " must be PORT or HOST:PORT, for instance 9464");
        }
        try {
            return new InetSocketAddress(
                    host.isEmpty() ? InetAddress.getLoopbackAddress() : InetAddress.getByName(host),
                    Integer.parseInt(port));
        } catch (UnknownHostException e) {
            throw new BadInput(option + " " + place + ": host " + host + " is unknown here", e);
        }
    }

    /** Begins to answer, on so many threads of its own, which keep no process alive. */
    public void serve(String threadName, int threads, HttpHandler handler) {
        AtomicInteger number = new AtomicInteger();
        ExecutorService own = Executors.newFixedThreadPool(threads, task -> {
            Thread thread = new Thread(task, threadName + "-" + number.incrementAndGet());
            thread.setDaemon(true);
            thread.setPriority(Thread.MIN_PRIORITY);
            return thread;
        });
        executor = own;
        server.setExecutor(own);
        server.createContext("/", handler);
        server.start();
    }

    /** The host that a person named; empty where nobody did. */
    public String host() {
        return host;
    }

    /** Where it listens, with the port that was found. */
    public String url(String path) {
        InetSocketAddress address = server.getAddress();
        String at = address.getAddress().getHostAddress();
        return "http://" + (at.contains(":") ? "[" + at + "]" : at) + ":" + address.getPort() + path;
    }

    @Override
    public void close() {
        server.stop(0);
        if (executor != null) {
            executor.shutdownNow();
        }
    }
}
