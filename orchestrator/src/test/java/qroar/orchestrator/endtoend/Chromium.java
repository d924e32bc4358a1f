package qroar.orchestrator.endtoend;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A headless browser, moved by its own protocol, so that no driver has to be installed. One thread. */
final class Chromium implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long PATIENCE_SECONDS = 120;

    private final Process process;
    private final WebSocket socket;
    private final BlockingQueue<JsonNode> answers;
    private int calls;

    private Chromium(Process process, WebSocket socket, BlockingQueue<JsonNode> answers) {
        this.process = process;
        this.socket = socket;
        this.answers = answers;
    }

    /** Where there is none, the test is not run, and says so. */
    static Chromium start(Path folder) throws IOException, InterruptedException {
        Stream<Path> named = Stream.ofNullable(System.getenv("CHROMIUM")).map(Path::of);
        Stream<Path> found = Arrays.stream(
                        Objects.requireNonNullElse(System.getenv("PATH"), "").split(":"))
                .flatMap(place -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(place, name)));
        Path browser = Stream.concat(named, found)
                .filter(Files::isExecutable)
                .findFirst()
                .orElse(null);
        if (browser == null) {
            System.err.println(
                    "SKIPPED: no Chromium on the path or in CHROMIUM; the live page was not looked at in a browser");
        }
        Assumptions.assumeTrue(browser != null, "no Chromium");
        Path profile = folder.resolve("profile");
        Process process = new ProcessBuilder(
                        Objects.requireNonNull(browser).toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--no-first-run",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        "about:blank")
                .redirectOutput(folder.resolve("chromium.out").toFile())
                .redirectError(folder.resolve("chromium.err").toFile())
                .start();
        Path told = profile.resolve("DevToolsActivePort");
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!Files.exists(told) || Files.readAllLines(told).size() < 2) {
            if (!process.isAlive() || System.nanoTime() - end > 0) {
                throw new AssertionError("no browser: " + Files.readString(folder.resolve("chromium.err")));
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
        String place = "ws://127.0.0.1:" + Files.readAllLines(told).get(0)
                + Files.readAllLines(told).get(1);
        WebSocket socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(URI.create(place), new Listener(answers))
                .join();
        return new Chromium(process, socket, answers);
    }

    private static final class Listener implements WebSocket.Listener {
        private final BlockingQueue<JsonNode> answers;
        private final StringBuilder message = new StringBuilder();

        Listener(BlockingQueue<JsonNode> answers) {
            this.answers = answers;
        }

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            message.append(part);
            if (last) {
                try {
                    answers.add(JSON.readTree(message.toString()));
                } catch (IOException e) {
                    throw new AssertionError(message.toString(), e);
                }
                message.setLength(0);
            }
            from.request(1);
            return java.util.concurrent.CompletableFuture.completedStage(null);
        }
    }

    private JsonNode call(String session, String method, Map<String, ?> parameters) throws InterruptedException {
        ObjectNode call = JSON.createObjectNode();
        int id = ++calls;
        call.put("id", id).put("method", method).set("params", JSON.valueToTree(parameters));
        if (!session.isEmpty()) {
            call.put("sessionId", session);
        }
        socket.sendText(call.toString(), true).join();
        while (true) {
            JsonNode answer = answers.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (answer == null) {
                throw new AssertionError(method + " is not answered");
            }
            if (answer.path("id").asInt() == id) {
                if (answer.has("error")) {
                    throw new AssertionError(method + ": " + answer);
                }
                return answer.get("result");
            }
        }
    }

    /** Whether pages run their scripts. */
    enum Scripts {
        ON,
        OFF
    }

    /** One window. */
    final class Tab {
        private final String session;

        private Tab(String session) {
            this.session = session;
        }

        void go(String url) throws InterruptedException {
            call(session, "Page.navigate", Map.of("url", url));
        }

        void width(int pixels) throws InterruptedException {
            call(
                    session,
                    "Emulation.setDeviceMetricsOverride",
                    Map.of("width", pixels, "height", 800, "deviceScaleFactor", 1, "mobile", false));
        }

        /** What an expression comes to, as text; empty while there is no page. */
        String eval(String expression) throws InterruptedException {
            return call(session, "Runtime.evaluate", Map.of("expression", "String(" + expression + ")"))
                    .path("result")
                    .path("value")
                    .asText();
        }

        /** Waits until an expression is true. */
        void await(String expression) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!eval(expression).equals("true")) {
                if (System.nanoTime() - end > 0) {
                    throw new AssertionError(expression + " in: " + eval("document.body.innerText"));
                }
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
    }

    Tab open(Scripts scripts) throws InterruptedException {
        String target = call("", "Target.createTarget", Map.of("url", "about:blank"))
                .get("targetId")
                .asText();
        String session = call("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .get("sessionId")
                .asText();
        call(session, "Emulation.setScriptExecutionDisabled", Map.of("value", scripts == Scripts.OFF));
        return new Tab(session);
    }

    @Override
    public void close() {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        try {
            process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
