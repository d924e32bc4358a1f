package qroar.orchestrator.endtoend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that keep nothing to be taken up: a signal ends them without a word, with the shell's exit code for it. */
class SignalsTest {
    private static final int SIGINT_CODE = 130;
    private static final int SIGTERM_CODE = 143;
    private static final long PATIENCE_SECONDS = 300;

    @TempDir
    Path folder;

    @BeforeEach
    void onLinux() {
        assumeTrue(Files.isDirectory(Path.of("/proc/self")), "a process is watched through /proc");
    }

    @Test
    void computingCommandsEndSilentlyAndLeaveNothing() throws Exception {
        String model = SmallExperiment.demo().resolve("model").toString();
        String text = SmallExperiment.demo().resolve("documents/search-00.txt").toString();
        Path task = folder.resolve("task.jsonl");
        StringBuilder questions = new StringBuilder();
        for (int i = 0; i < 4_000; i++) {
            questions
                    .append("{\"id\": \"")
                    .append(i)
                    .append("\", \"question\": \"Which one?\", \"choices\": {\"text\":");
            questions.append(" [\"the sun\", \"the moon\"], \"label\": [\"A\", \"B\"]}, \"answerKey\": \"B\"}\n");
        }
        Files.writeString(task, questions);
        Path out = Files.createDirectory(folder.resolve("out"));
        Product qroar = new Product(folder);
        Product.Running eval = qroar.start(
                "eval", "--model", model, "--docs", text, "--length", "1024", "--protocol", "sliding", "--stride", "1");
        Product.Running tasks = qroar.start("tasks", "--model", model, "arc-easy=" + task);
        Product.Running quantize = qroar.start(
                "quantize",
                "--model",
                model,
                "--quantize",
                "gptq:bits=4,group=32",
                "--calibration",
                text,
                "--calibration-sequences",
                "8",
                "--calibration-length",
                "128",
                "--out",
                out.resolve("model").toString());

        awaitThat(quantize, () -> !names(out).isEmpty());
        quantize.terminate();
        Product.Ended quantized = quantize.await();
        assertThat(quantized.code()).as(quantized.err()).isEqualTo(SIGTERM_CODE);
        assertThat(quantized.errLines())
                .satisfiesExactly(line -> assertThat(line)
                        .startsWith("qroar: calibrating on 8 x 128 = 1024 tokens")
                        .contains("; the model is kept in "));
        assertThat(names(out)).noneMatch(name -> name.startsWith("."));

        for (Product.Running computing : List.of(eval, tasks)) {
            awaitThat(computing, () -> hasLoaded(computing, "libtorch_cpu"));
            long pid = computing.process().pid();
            assertThat(new ProcessBuilder("kill", "-INT", String.valueOf(pid))
                            .start()
                            .waitFor())
                    .isZero();
            Product.Ended ended = computing.await();
            assertThat(ended.code()).as(ended.err()).isEqualTo(SIGINT_CODE);
            // How far it is, is told on a slow machine before the signal comes.
            assertThat(ended.errLines()).allMatch(line -> line.startsWith("qroar: pass "));
            assertThat(ended.out()).isEmpty();
        }
    }

    private static void awaitThat(Product.Running running, BooleanSupplier condition) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!condition.getAsBoolean()) {
            assertThat(running.isAlive()).as(Outcome.read(running.err())).isTrue();
            assertThat(System.nanoTime()).as("waited too long").isLessThan(end);
            TimeUnit.MILLISECONDS.sleep(5);
        }
    }

    private static List<String> names(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean hasLoaded(Product.Running running, String library) {
        try {
            return Files.readString(
                            Path.of("/proc", String.valueOf(running.process().pid()), "maps"))
                    .contains(library);
        } catch (IOException ended) {
            return false;
        }
    }
}
