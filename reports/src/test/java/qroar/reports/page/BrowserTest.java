package qroar.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.reports.SampleLive;
import qroar.reports.SampleReport;

/**
 * Pages in a real browser, wide and narrow, light and dark: no page is wider than its window, every text has a contrast of
 * 4.5 and a readable size, the script runs under the page's own policy. Needs Chromium (named in {@code CHROMIUM}, or found
 * on the path) and says so where there is none; docs/page-checks looks closer.
 */
@Tag("browser")
class BrowserTest {
    @TempDir
    Path folder;

    private static Path chromium() {
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
            System.err.println("SKIPPED: no Chromium on the path or in CHROMIUM; no page was looked at in a browser");
        }
        Assumptions.assumeTrue(browser != null, "no Chromium");
        return Objects.requireNonNull(browser);
    }

    @Test
    void everyPageIsReadableWideAndNarrowLightAndDark() throws Exception {
        Path browser = chromium();
        Map<String, byte[]> pages = Map.of(
                "report.html", Pages.report(SampleReport.demo()),
                "sweep.html", Pages.report(SampleReport.sweep(4, 2)),
                "live.html", Pages.live(SampleLive.running()),
                "live-sweep.html", Pages.live(SampleLive.sweep(3).stopped()),
                "comparison.html", Pages.comparison(List.of(SampleReport.demo(), SampleReport.sweep(3, 2))));
        String script;
        try (var in = Objects.requireNonNull(BrowserTest.class.getResourceAsStream("browser-check.js"))) {
            script = new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
        Files.writeString(folder.resolve("style.css"), LivePage.css());
        Files.writeString(folder.resolve("live.js"), LivePage.js());
        StringBuilder frames = new StringBuilder();
        for (Map.Entry<String, byte[]> page : pages.entrySet()) {
            Files.write(folder.resolve(page.getKey()), page.getValue());
            for (int width : new int[] {1440, 390}) {
                frames.append("<iframe src='").append(page.getKey());
                frames.append("' width='").append(width).append("' height='800' frameborder='0'></iframe>");
            }
        }
        Path around = Files.writeString(
                folder.resolve("around.html"),
                "<!doctype html><meta name='color-scheme' content='light dark'><pre id='result'></pre>" + frames
                        + "<script>" + script + "</script>");
        for (int scheme : new int[] {0, 1}) {
            List<String> seen = look(browser, around, scheme);
            assertThat(seen).filteredOn(line -> line.startsWith("FAULT")).isEmpty();
            assertThat(seen)
                    .filteredOn(line -> line.contains("dark " + (scheme == 0)))
                    .hasSize(2 * pages.size());
            assertThat(seen)
                    .as("the script runs")
                    .filteredOn(line -> line.matches(".* [1-9]\\d* buttons.*"))
                    .hasSizeGreaterThanOrEqualTo(6);
        }
    }

    /** @param scheme 0 for dark, 1 for light */
    private List<String> look(Path browser, Path page, int scheme) throws IOException, InterruptedException {
        Path dump = folder.resolve("dump-" + scheme + ".html");
        Process process = new ProcessBuilder(
                        browser.toString(),
                        "--headless",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--user-data-dir=" + folder.resolve("profile-" + scheme),
                        "--allow-file-access-from-files",
                        "--blink-settings=preferredColorScheme=" + scheme,
                        "--virtual-time-budget=20000",
                        "--dump-dom",
                        page.toUri().toString())
                .redirectOutput(dump.toFile())
                .redirectError(folder.resolve("stderr").toFile())
                .start();
        assertThat(process.waitFor(5, TimeUnit.MINUTES)).as("the browser ends").isTrue();
        String dom = Files.readString(dump);
        int from = dom.indexOf("BEGIN\n");
        int to = dom.indexOf("\nEND", from);
        assertThat(from >= 0 && to > from).as(dom).isTrue();
        return new ArrayList<>(dom.substring(from + 6, to).lines().toList());
    }
}
