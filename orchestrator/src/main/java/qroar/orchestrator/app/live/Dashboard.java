package qroar.orchestrator.app.live;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.orchestrator.http.Answer;
import qroar.orchestrator.http.HostGuard;
import qroar.orchestrator.http.LocalServer;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;
import qroar.reports.ProgressFile;
import qroar.reports.ReportWriter;
import qroar.reports.live.LiveRun;
import qroar.reports.page.LivePage;
import qroar.reports.page.Pages;

/**
 * Serves a run under way as a page: {@code /} and what it asks for, the report and the files beside it as they lie in the run's
 * folder, each under one fixed name. Read-only. The run hands its state over and goes on; everything else is done by the threads of
 * whoever looks, at most {@value #STREAMS} of them for as long as they like. A reader too many is told so.
 */
public final class Dashboard implements AutoCloseable {
    static final int STREAMS = 8;

    private static final Logger LOG = LoggerFactory.getLogger(Dashboard.class);
    private static final int OTHERS = 4;
    /** The server cuts off what takes five minutes; a browser comes again by itself. */
    private static final long STREAM_NANOS = TimeUnit.MINUTES.toNanos(4);

    private static final long SIGN_OF_LIFE_MILLIS = 10_000;
    private static final long FAREWELL_MILLIS = 1_000;
    private static final long MAX_FILE_BYTES = 64 << 20;
    private static final String HTML = "text/html; charset=utf-8";

    private final LocalServer server;
    private final HostGuard hosts;
    private final Semaphore streams = new Semaphore(STREAMS);
    private final LatestPage latest = new LatestPage();
    private volatile @Nullable Path folder;

    private Dashboard(LocalServer server) {
        this.server = server;
        this.hosts = HostGuard.of(server.host());
    }

    /**
     * Takes the address and answers at once, of a run that is about to begin.
     *
     * @param place {@code PORT} on loopback, or {@code HOST:PORT}; port 0 for any that is free
     * @throws BadInput when that cannot be listened on
     */
    public static Dashboard open(String place) {
        Dashboard dashboard = new Dashboard(LocalServer.bind("--dashboard", place));
        dashboard.server.serve("qroar-dashboard", STREAMS + OTHERS, dashboard::answer);
        return dashboard;
    }

    public String url() {
        return server.url("/");
    }

    /** @param runFolder whose report is served */
    public void follow(Path runFolder) {
        folder = runFolder;
    }

    /** Takes the run as it is now. */
    public void show(LiveRun run) {
        latest.show(run);
    }

    private void answer(HttpExchange exchange) throws IOException {
        try (exchange) {
            secure(exchange.getResponseHeaders());
            if (!hosts.admits(exchange.getRequestHeaders().getFirst("Host"))) {
                Answer.send(exchange, 421, Answer.PLAIN, "this server answers to its address and its own name only\n");
            } else if (Answer.isRead(exchange, "a run")) {
                answer(exchange, exchange.getRequestURI().getRawPath());
            }
        } catch (RuntimeException e) {
            // Whatever goes wrong here costs the reader one answer, and the run nothing.
            LOG.warn("the live page could not be told: {}", e.toString());
            throw e;
        }
    }

    private static void secure(Headers headers) {
        headers.set("Content-Security-Policy", LivePage.policy());
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("X-Frame-Options", "DENY");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cross-Origin-Resource-Policy", "same-origin");
        headers.set("Cross-Origin-Opener-Policy", "same-origin");
        headers.set("Cache-Control", "no-store");
    }

    private void answer(HttpExchange exchange, String path) throws IOException {
        switch (path) {
            case "/" -> page(exchange);
            case "/events" -> stream(exchange);
            case "/style.css" -> Answer.send(exchange, 200, "text/css; charset=utf-8", LivePage.css());
            case "/live.js" -> Answer.send(exchange, 200, "text/javascript; charset=utf-8", LivePage.js());
            case "/report" -> report(exchange);
            case "/trials.csv" -> file(exchange, ReportWriter.TRIALS, "text/csv; charset=utf-8");
            case "/result.json" -> file(exchange, ReportWriter.RESULT, "application/json");
            case "/progress.json" -> file(exchange, ProgressFile.NAME, "application/json");
            // Browsers ask for it by themselves.
            case "/favicon.ico" -> Answer.send(exchange, 204, "image/x-icon", "");
            default -> Answer.send(exchange, 404, Answer.PLAIN, "there is nothing here; the run is at /\n");
        }
    }

    private void page(HttpExchange exchange) throws IOException {
        LatestPage.Shown shown = latest.get();
        if (shown == null) {
            exchange.getResponseHeaders().set("Retry-After", "2");
            exchange.getResponseHeaders().set("Refresh", "2");
            Answer.send(exchange, 503, HTML, Pages.beforeRun());
        } else {
            Answer.send(exchange, 200, HTML, shown.html());
        }
    }

    private void report(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Security-Policy", LivePage.reportPolicy());
        if ("every=30".equals(exchange.getRequestURI().getRawQuery())) {
            headers.set("Refresh", "30");
        }
        file(exchange, ReportWriter.REPORT, HTML);
    }

    private void file(HttpExchange exchange, String name, String type) throws IOException {
        Path run = folder;
        Path file = run == null ? null : run.resolve(name);
        if (file == null || !Files.isRegularFile(file)) {
            exchange.getResponseHeaders().set("Retry-After", "5");
            Answer.send(exchange, 404, Answer.PLAIN, name + " is not written yet\n");
            return;
        }
        try {
            Answer.send(exchange, 200, type, InputFile.bytes(file, MAX_FILE_BYTES));
        } catch (BadInput e) {
            Answer.send(exchange, 503, Answer.PLAIN, name + " cannot be read now\n");
        }
    }

    private void stream(HttpExchange exchange) throws IOException {
        if (exchange.getRequestMethod().equals("HEAD") || !streams.tryAcquire()) {
            exchange.getResponseHeaders().set("Retry-After", "10");
            Answer.send(exchange, 503, Answer.PLAIN, STREAMS + " pages follow this run already; reload this one\n");
            return;
        }
        try {
            exchange.getResponseHeaders().set("Content-Type", "text/event-stream; charset=utf-8");
            exchange.sendResponseHeaders(200, 0);
            tell(exchange.getResponseBody());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException gone) {
            // The browser was closed, as they are.
            LOG.debug("a page does not follow the run any more: {}", gone.toString());
        } finally {
            streams.release();
        }
    }

    private void tell(OutputStream out) throws IOException, InterruptedException {
        long end = System.nanoTime() + STREAM_NANOS;
        out.write("retry: 2000\n\n".getBytes(StandardCharsets.UTF_8));
        long told = 0;
        while (System.nanoTime() - end < 0) {
            LatestPage.Shown shown = latest.after(told, SIGN_OF_LIFE_MILLIS);
            if (shown == null) {
                out.write(": here\n\n".getBytes(StandardCharsets.UTF_8));
            } else {
                told = shown.number();
                out.write(event(shown));
            }
            out.flush();
            if (shown != null && shown.last()) {
                return;
            }
        }
    }

    private static byte[] event(LatestPage.Shown shown) {
        StringBuilder event = new StringBuilder();
        event.append("event: ").append(shown.last() ? "end" : "run").append('\n');
        new String(shown.html(), StandardCharsets.UTF_8)
                .lines()
                .forEach(line -> event.append("data: ").append(line).append('\n'));
        return event.append('\n').toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Tells those who follow how the run was left, and ends. */
    @Override
    public void close() {
        latest.end();
        try {
            if (streams.tryAcquire(STREAMS, FAREWELL_MILLIS, TimeUnit.MILLISECONDS)) {
                streams.release(STREAMS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            server.close();
        }
    }
}
