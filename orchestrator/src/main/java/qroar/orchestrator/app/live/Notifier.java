package qroar.orchestrator.app.live;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;

/**
 * Runs a person's command when something happens in a run, one at a time and on a thread of its own. A command that fails, or
 * takes longer than its time and is then ended, costs a line of warning; a run neither waits for one nor fails by it, but for a
 * bounded while at its own end, so that its end is told.
 */
public final class Notifier implements AutoCloseable {
    private static final int MOST_WAITING = 64;
    private static final int MOST_OUTPUT = 4_096;
    private static final int MOST_QUOTED = 200;

    private final @Nullable String command;
    private final Path runDirectory;
    private final Duration patience;
    private final Consumer<String> warn;
    private final ThreadPoolExecutor executor;

    /**
     * @param command for the system's shell; null for none
     * @param runDirectory the run's
     * @param patience time of one command; at the end of a run all that are left have twice that
     * @param warn takes a line, from any thread
     * @throws BadInput where the command is blank
     */
    public Notifier(@Nullable String command, Path runDirectory, Duration patience, Consumer<String> warn) {
        requireCommand(command);
        this.command = command;
        this.runDirectory = runDirectory;
        this.patience = patience;
        this.warn = warn;
        this.executor =
                new ThreadPoolExecutor(1, 1, 0, TimeUnit.SECONDS, new ArrayBlockingQueue<>(MOST_WAITING), task -> {
                    Thread thread = new Thread(task, "qroar-notify");
                    thread.setDaemon(true);
                    return thread;
                });
        executor.setRejectedExecutionHandler(
                (task, full) -> warn.accept("--notify: a notice is left out, " + MOST_WAITING + " wait already"));
    }

    /** @throws BadInput where there is one and it is blank */
    public static void requireCommand(@Nullable String command) {
        if (command != null && (command.isBlank() || command.indexOf('\0') >= 0)) {
            throw new BadInput(
                    "--notify must be a command of the shell, for instance 'notify-send \"$QROAR_MESSAGE\"'");
        }
    }

    /** Has the command run, soon. */
    public void tell(Notice notice) {
        String shell = command;
        if (shell != null && !executor.isShutdown()) {
            executor.execute(() -> run(shell, notice));
        }
    }

    private void run(String shell, Notice notice) {
        String fault;
        try {
            fault = fault(shell, notice);
        } catch (IOException e) {
            fault = e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            fault = "the run ended before it did";
        }
        if (fault != null) {
            warn.accept("--notify failed at " + notice.event().word() + ": " + OneLine.of(fault));
        }
    }

    private @Nullable String fault(String shell, Notice notice) throws IOException, InterruptedException {
        boolean windows = System.getProperty("os.name").toLowerCase(Locale.ROOT).startsWith("windows");
        ProcessBuilder builder = new ProcessBuilder(windows ? List.of("cmd", "/c", shell) : List.of("sh", "-c", shell))
                .redirectErrorStream(true);
        builder.environment().putAll(notice.environment(runDirectory));
        Process process = builder.start();
        try {
            process.getOutputStream().close();
            Output output = new Output(process.getInputStream());
            output.start();
            if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                return "it was ended after " + patience.toSeconds() + " s";
            }
            // What it left in the background may hold its output for long.
            output.join(200);
            String last = output.lastLine();
            return process.exitValue() == 0
                    ? null
                    : "exit code " + process.exitValue() + (last.isEmpty() ? "" : ": " + last);
        } finally {
            if (process.isAlive()) {
                process.descendants().forEach(ProcessHandle::destroyForcibly);
                process.destroyForcibly();
            }
        }
    }

    /** Takes whatever a command says, so that it never waits, and keeps the beginning. */
    private static final class Output extends Thread {
        private final InputStream from;
        private final StringBuilder text = new StringBuilder();

        Output(InputStream from) {
            super("qroar-notify-output");
            setDaemon(true);
            this.from = from;
        }

        @Override
        public void run() {
            byte[] bytes = new byte[1024];
            try (from) {
                for (int read = from.read(bytes); read >= 0; read = from.read(bytes)) {
                    keep(new String(bytes, 0, read, StandardCharsets.UTF_8));
                }
            } catch (IOException ended) {
                keep("");
            }
        }

        private synchronized void keep(String more) {
            if (text.length() < MOST_OUTPUT) {
                text.append(more);
            }
        }

        synchronized String lastLine() {
            String last = text.toString().strip().lines().reduce("", (before, line) -> line);
            return last.length() <= MOST_QUOTED ? last : last.substring(0, MOST_QUOTED) + "...";
        }
    }

    /** Waits a bounded while for what is not told yet. */
    @Override
    public void close() {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(2 * patience.toMillis(), TimeUnit.MILLISECONDS)) {
                executor.shutdownNow();
                // The command that is under way is ended by its thread.
                executor.awaitTermination(1, TimeUnit.SECONDS);
            }
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
        }
    }
}
