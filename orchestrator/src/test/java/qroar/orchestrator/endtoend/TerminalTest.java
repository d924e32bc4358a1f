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
import qroar.orchestrator.FreePort;
import qroar.orchestrator.rundirectory.RunDirectory;

/**
 * What a person at a terminal does to a run, its coordinator, a worker and the export of what it found: Ctrl-C with the
 * progress bar on, and closing the terminal. Each has a real pseudo-terminal, which {@code script} of util-linux opens.
 */
class TerminalTest {
    private static final char INTERRUPT = 3;
    private static final long PATIENCE_SECONDS = 300;

    private static final int SIGHUP_CODE = 129;

    @TempDir
    Path folder;

    private int terminals;

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

        /** What a closed terminal does, to the process that runs on it. */
        void hangUp() throws IOException, InterruptedException {
            long pid = process.children()
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(text()))
                    .pid();
            assertThat(new ProcessBuilder("sh", "-c", "kill -HUP " + pid)
                            .start()
                            .waitFor())
                    .isZero();
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
        terminals++;
        Path screen = folder.resolve("screen-" + terminals);
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

    private OnTerminal qroar(String... arguments) throws IOException {
        List<String> command = new ArrayList<>(new Product(folder).launcher());
        command.addAll(List.of(arguments));
        return start(command);
    }

    private RunDirectory directory() {
        List<RunDirectory> runs = RunDirectory.list(folder.resolve("runs"));
        assertThat(runs).hasSize(1);
        return runs.get(0);
    }

    /** What the only run has logged; nothing while there is none. */
    private String log() {
        return RunDirectory.list(folder.resolve("runs")).stream()
                .filter(run -> Files.exists(run.log()))
                .map(run -> Outcome.read(run.log()))
                .collect(Collectors.joining());
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void requireStoppedInOrder(OnTerminal run, String signal) throws Exception {
        assertThat(run.await()).as(run.text()).isEqualTo(3);
        assertThat(Files.readString(directory().result())).contains("\"state\" : \"stopped\"");
        assertThat(Files.readString(directory().report())).contains("Stopped before it was complete");
        assertThat(Files.readString(directory().log())).contains(signal);
        assertThat(run.text().lines())
                .as("on a line of its own")
                .anyMatch(line -> line.startsWith("qroar: stopped by " + signal + "; take it up with: qroar resume"));
        Product.Ended resumed =
                new Product(folder).here("resume", directory().path().toString(), "--no-progress");
        assertThat(resumed.code()).as(resumed.err()).isZero();
    }

    @Test
    void interruptWithTheProgressBarOnStopsInOrder() throws Exception {
        SmallExperiment experiment = new SmallExperiment(folder).with("bands", "[1, 2, 3, 4]");
        OnTerminal run = qroar("run", experiment.file(), "--runs", "runs");
        run.awaitThat(() -> run.text().contains(" % [") && run.text().contains("-yarn4-"));
        run.type(INTERRUPT);
        requireStoppedInOrder(run, "SIGINT");
    }

    @Test
    void aWorkerAndItsCoordinatorStopInOrderAndAnExportLeavesNothing() throws Exception {
        String experiment = new SmallExperiment(folder)
                .with("quantizer", "\"gptq:bits=4,group=32\"")
                .with(
                        "documents",
                        "{calibration: [search-00.txt], search: [search-00.txt, search-01.txt],"
                                + " held-out: [held-out-00.txt, held-out-01.txt]}")
                .with("calibration", "{sequences: 3, length: 128}")
                .with("bands", "4")
                .file();
        String place = "127.0.0.1:" + FreePort.next();
        OnTerminal coordinator = qroar("coordinator", experiment, "--listen", place, "--runs", "runs");
        OnTerminal worker =
                qroar("worker", "--join", place, "--runs", "runs", "--experiment", experiment, "--device", "cpu");
        coordinator.awaitThat(() -> log().contains(" leased to "));
        worker.type(INTERRUPT);
        assertThat(worker.await()).as(worker.text()).isEqualTo(3);
        assertThat(worker.text().lines()).endsWith("^Cqroar: stopped by SIGINT");
        coordinator.awaitThat(() -> log().contains(" is gone"));
        OnTerminal watch = qroar("watch", directory().path().toString());
        watch.awaitThat(() -> watch.text().contains(": running") && watch.text().contains("\u001b["));
        coordinator.hangUp();
        assertThat(watch.await()).as(watch.text()).isEqualTo(3);
        assertThat(watch.text()).contains(": stopped, ", "take it up with: qroar resume");
        requireStoppedInOrder(coordinator, "SIGHUP");
        assertThat(log()).as("an attempt that was counted").doesNotContain(" failed: ");

        Path out = Files.createDirectory(folder.resolve("out"));
        Path models = folder.resolve("runs/cache/models");
        Files.move(models, folder.resolve("models-of-the-run"));
        OnTerminal export = qroar(
                "export",
                directory().path().toString(),
                "--unscaled",
                "--runs",
                "runs",
                "--out",
                out.resolve("m").toString());
        // It calibrates the model again.
        export.awaitThat(() -> Files.exists(models) && !names(models).isEmpty());
        export.hangUp();
        assertThat(export.await()).as(export.text()).isEqualTo(SIGHUP_CODE);
        assertThat(export.text().lines())
                .as("what it says of the model aside")
                .allMatch(line -> line.startsWith("qroar: note: "));
        assertThat(out).isEmptyDirectory();
        assertThat(names(models))
                .as("what the next calibration goes on with aside")
                .noneMatch(name -> name.startsWith(".") && !name.endsWith(".partial-layers"));
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
