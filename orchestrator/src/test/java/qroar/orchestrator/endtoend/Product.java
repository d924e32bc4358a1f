package qroar.orchestrator.endtoend;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import qroar.orchestrator.ChildClasses;
import qroar.orchestrator.cli.CommandRun;

/** Starts the command line, with the class path of the product and none of the tests', in a folder. */
final class Product {
    private static final long PATIENCE_SECONDS = 1_200;

    private final Path folder;
    private final List<String> jvmOptions = new ArrayList<>();
    private int calls;

    Product(Path folder) {
        this.folder = folder;
    }

    /** Starts all further processes with one more option of the JVM. */
    Product with(String jvmOption) {
        jvmOptions.add(jvmOption);
        return this;
    }

    /** How a process ended and what it said. */
    record Ended(int code, String out, String err) {
        List<String> errLines() {
            return err.lines().toList();
        }
    }

    /** Runs to the end. */
    Ended run(String... arguments) {
        return start(arguments).await();
    }

    /**
     * Runs to the end in the JVM of the tests, whose folder is another: names of files have to be absolute. It costs half of
     * what a process does, and is for whatever does not depend on being one: a look, a page, the figures to compare with, a
     * run taken up from what a process left. What a process does to others, and they to it, is shown by {@link #run}.
     */
    Ended here(String... arguments) {
        CommandRun run = CommandRun.of((Object[]) arguments);
        return new Ended(run.code(), run.out(), run.err());
    }

    Running start(String... arguments) {
        return startUnder(DefaultSignals.restored(), arguments);
    }

    /** What starts the command line, without its arguments. */
    List<String> launcher() {
        List<String> command = new ArrayList<>(List.of(
                ProcessHandle.current().info().command().orElse("java"),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-Xshare:auto",
                "-Xmx1g",
                "-Dai.djl.offline=true",
                "-DRUST_FLAVOR=cpu"));
        command.addAll(jvmOptions);
        command.addAll(ChildClasses.ofTheProduct());
        command.add("qroar.orchestrator.cli.Main");
        return command;
    }

    /** @param wrapper a command that runs the one whose words follow its own */
    synchronized Running startUnder(List<String> wrapper, String... arguments) {
        List<String> command = new ArrayList<>(wrapper);
        command.addAll(launcher());
        command.addAll(List.of(arguments));
        calls++;
        Path out = folder.resolve("call-" + calls + ".out");
        Path err = folder.resolve("call-" + calls + ".err");
        ProcessBuilder builder = new ProcessBuilder(command)
                .directory(folder.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().put("OMP_WAIT_POLICY", "PASSIVE");
        try {
            return new Running(builder.start(), out, err);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A process under way; its output goes to files, so that nobody has to drain it. */
    record Running(Process process, Path out, Path err) {
        Ended await() {
            try {
                if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                    process.destroyForcibly();
                    throw new AssertionError(
                            "still running after " + PATIENCE_SECONDS + " s: " + Files.readString(err));
                }
                return new Ended(process.exitValue(), Files.readString(out), Files.readString(err));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new AssertionError("interrupted", e);
            }
        }

        /** kill -9. */
        void kill() {
            process.destroyForcibly();
            await();
        }

        /** SIGTERM. */
        void terminate() {
            process.destroy();
        }

        boolean isAlive() {
            return process.isAlive();
        }
    }
}
