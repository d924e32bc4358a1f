package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.FreePort;

/** The live page of a run on the demo's model in a real browser, with and without scripts. */
@Tag("browser")
class LivePageTest {
    private static final String FOLLOWS =
            "document.querySelector('.connection')?.textContent.startsWith('Follows the run')";

    @TempDir
    Path folder;

    @Test
    void thePageFollowsTheRunByItselfAndToldOfItsEndAndReloadsWithoutScripts() throws Exception {
        try (Chromium browser = Chromium.start(folder)) {
            int port = FreePort.next();
            String url = "http://127.0.0.1:" + port + "/";
            // Fourteen times as much as the page is looked at for, however slow the browser is: it is ended below.
            String experiment = new SmallExperiment(folder)
                    .lasting()
                    .with("bands", "[2, 3, 4, 5, 6, 7, 8]")
                    .with("grid", "[5, 9]")
                    .file();
            Product.Running run = new Product(folder)
                    .start("run", experiment, "--runs", "runs", "--no-progress", "--dashboard", String.valueOf(port));
            try {
                while (!Files.readString(run.err()).contains("live page at " + url)) {
                    assertThat(run.isAlive()).as(Files.readString(run.err())).isTrue();
                    java.util.concurrent.TimeUnit.MILLISECONDS.sleep(20);
                }
                Chromium.Tab page = browser.open(Chromium.Scripts.ON);
                Chromium.Tab plain = browser.open(Chromium.Scripts.OFF);
                page.width(390);
                page.go(url);
                plain.go(url);
                page.await(FOLLOWS);
                page.eval("window.loadedOnce = true");
                String before = page.eval("document.querySelector('#studies').innerText");
                page.await("document.querySelector('#studies').innerText !== " + quoted(before)
                        + " && document.querySelectorAll('#workers tbody tr').length > 0"
                        + " && document.querySelectorAll('#under-way progress').length > 0");
                assertThat(page.eval("window.loadedOnce"))
                        .as("not loaded again")
                        .isEqualTo("true");
                assertThat(page.eval("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))
                        .as("no wider than its window")
                        .isEqualTo("true");
                assertThat(page.eval("getComputedStyle(document.querySelector('progress')).height"))
                        .as("its style sheet is admitted")
                        .isEqualTo("12px");

                plain.await("document.querySelector('#standing') !== null");
                String first = plain.eval("performance.timeOrigin");
                String shown = plain.eval("document.querySelector('#standing').textContent");
                plain.await("document.querySelector('#standing') !== null && performance.timeOrigin != " + first
                        + " && document.querySelector('#standing').textContent !== " + quoted(shown));
                assertThat(plain.eval("document.body.innerText")).contains("Reloads by itself every five seconds.");

                run.terminate();
                assertThat(run.await().code()).as(Files.readString(run.err())).isEqualTo(3);
                page.await("document.body.innerText.includes('The run is stopped.')"
                        + " && document.body.innerText.includes('The process of this run has ended')");
            } finally {
                run.kill();
            }
        }
    }

    private static String quoted(String text) throws com.fasterxml.jackson.core.JsonProcessingException {
        return new com.fasterxml.jackson.databind.ObjectMapper().writeValueAsString(text);
    }
}
