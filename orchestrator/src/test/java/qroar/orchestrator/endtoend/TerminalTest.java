package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.rundirectory.RunDirectory;

/**
 * What a person at a terminal does to a run: Ctrl-C with the progress bar on, and closing the terminal. The run has a real
 * pseudo-terminal, which {@code script} of util-linux opens.
 */
class TerminalTest {
    private static final char INTERRUPT = 3;
    private static final long PATIENCE_SECONDS = 300;

    @TempDir
    Path folder;

    @BeforeEach
    void findScript() {
        boolean isThere = Files.isExecutable(Path.of("/usr/bin/script"))
                && System.getProperty("os.name").equals("Linux");
        if (!isThere) {
            System.out.println("tests on a terminal: not run, there is no /usr/bin/script of util-linux");
        }
        assumeTrue(isThere, "script of util-linux opens the terminal");
    }

    /** A process on a terminal of its own, whose screen is kept in a file. */
    private record OnTerminal(Process process, Path screen) {
        String text() {
            try {
                return Files.exists(screen) ? Files.readString(screen, StandardCharsets.ISO_8859_1) : "";
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }

        void type(char key) throws IOException {
            process.getOutputStream().write(key);
            process.getOutputStream().flush();
        }

        int await() throws InterruptedException {
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (!ended) {
                process.destroyForcibly();
            }
            assertThat(ended).as(text()).isTrue();
            return process.exitValue();
        }

        void awaitThat(BooleanSupplier condition) throws InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
            while (!condition.getAsBoolean() && System.nanoTime() - end < 0) {
                assertThat(process.isAlive()).as(text()).isTrue();
                TimeUnit.MILLISECONDS.sleep(20);
            }
            assertThat(condition.getAsBoolean()).as(text()).isTrue();
        }
    }

    private OnTerminal start(List<String> command) throws IOException {
        Path screen = folder.resolve("screen");
        String line = Stream.concat(DefaultSignals.restored().stream(), command.stream())
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        Process process = new ProcessBuilder("/usr/bin/script", "-qefc", "exec " + line, "/dev/null")
                .directory(folder.toFile())
                .redirectErrorStream(true)
                .redirectOutput(screen.toFile())
                .start();
        return new OnTerminal(process, screen);
    }

    private OnTerminal run() throws IOException {
        SmallExperiment experiment = new SmallExperiment(folder).with("bands", "[1, 2, 3, 4]");
        List<String> command = new ArrayList<>(new Product(folder).launcher());
        command.addAll(List.of("run", experiment.file(), "--runs", "runs"));
        return start(command);
    }

    private RunDirectory directory() {
        List<RunDirectory> runs = RunDirectory.list(folder.resolve("runs"));
        assertThat(runs).hasSize(1);
        return runs.get(0);
    }

    private void requireStoppedInOrder(OnTerminal run, String signal) throws Exception {
        assertThat(run.await()).as(run.text()).isEqualTo(3);
        assertThat(Files.readString(directory().result())).contains("\"state\" : \"stopped\"");
        assertThat(Files.readString(directory().report())).contains("Stopped before it was complete");
        assertThat(Files.readString(directory().log())).contains(signal);
        Product.Ended resumed =
                new Product(folder).run("resume", directory().path().toString(), "--no-progress");
        assertThat(resumed.code()).as(resumed.err()).isZero();
    }

    @Test
    void interruptWithTheProgressBarOnStopsInOrder() throws Exception {
        OnTerminal run = run();
        run.awaitThat(() -> run.text().contains("windows ") && run.text().contains("studies"));
        run.type(INTERRUPT);
        requireStoppedInOrder(run, "SIGINT");
        assertThat(run.text()).contains("qroar: stopped by SIGINT; take it up with: qroar resume");
    }

    @Test
    void aClosedTerminalStopsInOrder() throws Exception {
        OnTerminal run = run();
        run.awaitThat(() -> run.text().contains("windows ") && run.text().contains("studies"));
        long pid = run.process()
                .children()
                .findFirst()
                .orElseThrow(() -> new AssertionError(run.text()))
                .pid();
        assertThat(new ProcessBuilder("sh", "-c", "kill -HUP " + pid).start().waitFor())
                .isZero();
        requireStoppedInOrder(run, "SIGHUP");
    }

    @Test
    void aSecondInterruptEndsAtOnce() throws Exception {
        OnTerminal deaf = start(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-cp",
                System.getProperty("java.class.path"),
                "qroar.orchestrator.app.worker.DeafToSignals"));
        deaf.awaitThat(() -> deaf.text().contains("ready"));
        deaf.type(INTERRUPT);
        deaf.awaitThat(() -> deaf.text().contains("heard SIGINT"));
        assertThat(deaf.process().isAlive()).isTrue();
        deaf.type(INTERRUPT);
        assertThat(deaf.await()).isEqualTo(3);
    }
}
