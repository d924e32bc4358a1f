package qroar.orchestrator.app.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.orchestrator.http.HostGuard;
import qroar.protocol.BadInput;
import qroar.reports.live.LiveRun;

class DashboardTest {
    private static final int PATIENCE_MILLIS = 60_000;

    @TempDir
    private Path folder = Path.of("");

    private final Dashboard dashboard = Dashboard.open("0");

    @AfterEach
    void close() {
        dashboard.close();
    }

    private static LiveRun run(String stage) {
        return LiveRuns.of("01-a<b>&\"c", stage, 0.0123, 187.0);
    }

    private int port() {
        return URI.create(dashboard.url()).getPort();
    }

    private String local() {
        return "127.0.0.1:" + port();
    }

    private Socket connect() throws IOException {
        Socket socket = new Socket("127.0.0.1", port());
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    /** An answer as it is on the wire: head and, where the server closes, body. */
    private String ask(String requestLine, String... headers) throws IOException {
        try (Socket socket = connect()) {
            StringBuilder request = new StringBuilder(requestLine).append("\r\n");
            for (String header : headers) {
                request.append(header).append("\r\n");
            }
            request.append("Connection: close\r\n\r\n");
            socket.getOutputStream().write(request.toString().getBytes(StandardCharsets.US_ASCII));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private String get(String path) throws IOException {
        return ask("GET " + path + " HTTP/1.1", "Host: " + local());
    }

    private static int code(String answer) {
        return Integer.parseInt(answer.split(" ", 3)[1]);
    }

    @Test
    void thePageIsServedWithWhatItAsksForAndTheFilesOfTheRun() throws IOException {
        assertThat(get("/"))
                .as("before the run begins")
                .startsWith("HTTP/1.1 503 ")
                .contains("\r\nRefresh: 2\r\n", "A run is about to begin</h1>");
        dashboard.show(run("pass 1 band 2 of 0..3"));
        String page = get("/");
        assertThat(code(page)).isEqualTo(200);
        assertThat(page)
                .contains(
                        "pass 1 band 2 of 0..3",
                        "01-a&lt;b&gt;&amp;\"c",
                        "<noscript><meta http-equiv=\"refresh\" content=\"5\"/></noscript>")
                .doesNotContain("<b>", " style=", "<style", " onclick");
        assertThat(page.toLowerCase(java.util.Locale.ROOT))
                .contains(
                        "content-security-policy: default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'")
                .contains("frame-ancestors 'none'", "x-content-type-options: nosniff", "cache-control: no-store")
                .doesNotContain("unsafe-inline", "unsafe-eval");
        assertThat(get("/style.css")).contains("--paper:", "progress.whole");
        assertThat(get("/live.js")).contains("EventSource");
        assertThat(code(get("/report"))).as("before it is written").isEqualTo(404);

        dashboard.follow(folder);
        Files.writeString(folder.resolve("report.html"), "the report");
        Files.writeString(folder.resolve("trials.csv"), "number");
        assertThat(get("/report")).endsWith("the report").doesNotContain("\r\nRefresh:");
        assertThat(get("/report?every=30")).endsWith("the report").contains("\r\nRefresh: 30\r\n");
        assertThat(get("/trials.csv")).endsWith("number").contains("text/csv");
        assertThat(ask("HEAD / HTTP/1.1", "Host: " + local())).endsWith("\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../secret",
                "/..%2fsecret",
                "/%2e%2e/secret",
                "/report/../../secret",
                "/report/",
                "//report",
                "/./report",
                "/secret",
                "/journal.db",
                "/run.json",
                "/report%00.html",
                "/style.css/x",
                "/events/..",
                "/%72eport"
            })
    void nothingElseCanBeRead(String path) throws IOException {
        Path run = Files.createDirectory(folder.resolve("run"));
        Files.writeString(folder.resolve("secret"), "hidden");
        Files.writeString(run.resolve("secret"), "hidden");
        Files.writeString(run.resolve("journal.db"), "hidden");
        Files.writeString(run.resolve("run.json"), "hidden");
        Files.writeString(run.resolve("report.html"), "hidden");
        dashboard.follow(run);
        dashboard.show(run("held-out"));
        String answer = get(path);
        assertThat(code(answer)).isIn(400, 404);
        assertThat(answer).doesNotContain("hidden");
    }

    @Test
    void nothingCanBeChanged() throws IOException {
        dashboard.show(run("held-out"));
        for (String method : List.of("POST", "PUT", "DELETE", "OPTIONS", "PATCH", "BREW")) {
            String answer = ask(method + " / HTTP/1.1", "Host: " + local(), "Content-Length: 0");
            assertThat(code(answer)).as(method).isEqualTo(405);
            assertThat(answer).contains("Allow: GET, HEAD");
        }
    }

    @Test
    void aNameThatSomebodyElseMayOwnIsNotAnswered() throws IOException {
        dashboard.show(run("held-out"));
        for (String host : List.of(
                "evil.example",
                "evil.example:" + port(),
                "127.0.0.1.evil.example",
                "localhost.evil.example:" + port(),
                "localhost@evil.example",
                "[::1].evil.example",
                "",
                "127.0.0.1:99999x")) {
            String answer = ask("GET / HTTP/1.1", "Host: " + host);
            assertThat(code(answer)).as(host).isIn(400, 421);
            assertThat(answer).doesNotContain("01-a");
        }
        assertThat(code(ask("GET / HTTP/1.0"))).as("without a host").isEqualTo(421);
        for (String host : List.of("localhost", "LocalHost:1", "127.0.0.1:9", "[::1]:" + port(), "192.168.1.7")) {
            assertThat(code(ask("GET / HTTP/1.1", "Host: " + host))).as(host).isEqualTo(200);
        }
        assertThat(HostGuard.of("box.lab").admits("BOX.lab:8123")).isTrue();
        assertThat(HostGuard.of("box.lab").admits("other.lab:8123")).isFalse();
        assertThat(HostGuard.of("").admits(null)).isFalse();
    }

    /** Reads a stream of events until a line has a text. */
    private static List<String> readUntil(BufferedReader stream, String text) throws IOException {
        List<String> lines = new ArrayList<>();
        while (true) {
            String line = stream.readLine();
            assertThat(line).as("the stream goes on: %s", lines).isNotNull();
            lines.add(line);
            if (line.contains(text)) {
                return lines;
            }
        }
    }

    private BufferedReader follow(Socket socket) throws IOException {
        socket.getOutputStream()
                .write(("GET /events HTTP/1.1\r\nHost: " + local() + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
    }

    @Test
    void whoFollowsIsToldOfEveryChangeAndOfTheEnd() throws IOException {
        dashboard.show(run("diagnostics"));
        try (Socket socket = connect();
                BufferedReader stream = follow(socket)) {
            assertThat(readUntil(stream, "diagnostics")).anyMatch(line -> line.contains("text/event-stream"));
            dashboard.show(run("pass 1 band 0 of 0..3"));
            assertThat(readUntil(stream, "pass 1 band 0 of 0..3")).contains("event: run");
            dashboard.show(run("held-out").ended(qroar.reports.model.RunState.FINISHED));
            dashboard.close();
            assertThat(readUntil(stream, "event: end")).isNotEmpty();
            readUntil(stream, "The run is finished");
        }
    }

    @Test
    void readersThatDoNotReadAndReadersTooManyCostTheRunNothing() throws IOException {
        // Far more than the buffers of a connection hold.
        LiveRun large = LiveRuns.sweep(100);
        dashboard.show(large);
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < Dashboard.STREAMS; i++) {
                Socket socket = connect();
                sockets.add(socket);
                readUntil(follow(socket), "event: run");
            }
            assertThat(get("/events")).as("one more").contains("503", "Retry-after");
            // Nobody reads on. What the run hands over is taken at once, however often.
            for (int i = 0; i < 3_000; i++) {
                dashboard.show(large);
            }
            assertThat(code(get("/"))).as("others are answered").isEqualTo(200);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
        dashboard.show(run("held-out"));
        assertThat(get("/")).contains("held-out");
    }

    @Test
    void connectionsTooManyAreClosedUnheard() throws IOException {
        dashboard.show(run("held-out"));
        List<Socket> sockets = new ArrayList<>();
        try {
            for (int i = 0; i < 120; i++) {
                sockets.add(connect());
            }
            int ended = 0;
            for (Socket socket : sockets.subList(100, 120)) {
                try {
                    ended += socket.getInputStream().read() < 0 ? 1 : 0;
                } catch (SocketException reset) {
                    ended++;
                }
            }
            assertThat(ended).isEqualTo(20);
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    @Test
    void aPlaceThatIsTakenOrNoneIsToldInALine() {
        assertThatThrownBy(() -> Dashboard.open(local()))
                .isInstanceOf(BadInput.class)
                .hasMessageStartingWith("--dashboard " + local() + " cannot be listened on: ");
        for (String bad : List.of("", "x", "65536", ":80", "-1", "host:", "999999999999")) {
            assertThatThrownBy(() -> Dashboard.open(bad))
                    .isInstanceOf(BadInput.class)
                    .hasMessage("--dashboard " + bad + " must be PORT or HOST:PORT, for instance 9464");
        }
    }
}
