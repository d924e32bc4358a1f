package qroar.orchestrator.cli.run;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.cli.option.RunParameter;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.journal.RunLock;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;

/** {@code qroar stop}: asks the process that holds a run to end in order. */
@Command(
        name = "stop",
        description =
                "Ends a run under way on this machine in order: what is measured stays, and the run can be resumed."
                        + " Workers of other processes wait for it.",
        mixinStandardHelpOptions = true)
public final class StopCommand implements Callable<Integer> {
    /** The entry point, which knows this class and is not known by it. */
    private static final String MAIN = "qroar.orchestrator.cli.Main";

    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(100);

    @Mixin
    private RunParameter run = new RunParameter();

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "how long to wait for its end (default ${DEFAULT-VALUE})")
    private int waitSeconds;

    @Override
    public Integer call() {
        RunDirectory directory = run.directory();
        RunLock.Holder holder = RunLock.holder(directory.lock());
        if (holder == null) {
            System.out.println("run " + directory.name() + " is not under way");
            return ExitCode.DONE.code();
        }
        processOf(directory, holder).destroy();
        return waitForEnd(directory, holder).code();
    }

    /** A process number may have another meaning on another host, or by now. */
    private static ProcessHandle processOf(RunDirectory directory, RunLock.Holder holder) {
        String held = "run " + directory.name() + " is held by " + holder;
        if (!holder.isOnThisHost()) {
            throw new BadInput(held + "; stop it there");
        }
        ProcessHandle process = ProcessHandle.of(holder.pid())
                .orElseThrow(() -> new BadInput(held + ", which cannot be seen from here; stop it where it runs"));
        if (!commandLine(process).contains(MAIN)) {
            throw new BadInput(held + ", which is not known to be qroar ("
                    + process.info().command().orElse("hidden") + "); it was not touched");
        }
        return process;
    }

    /** Java itself sees only the first 4,096 bytes, which a class path may fill. */
    private static String commandLine(ProcessHandle process) {
        Path whole = Path.of("/proc", Long.toString(process.pid()), "cmdline");
        try {
            return Files.readString(whole, StandardCharsets.ISO_8859_1);
        } catch (IOException notOnThisSystem) {
            return process.info().commandLine().orElse("");
        }
    }

    private ExitCode waitForEnd(RunDirectory directory, RunLock.Holder stopped) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(waitSeconds);
        while (true) {
            RunLock.@Nullable Holder now = RunLock.holder(directory.lock());
            if (now == null || now.pid() != stopped.pid()) {
                System.out.println(
                        "run " + directory.name() + " is stopped; take it up with: qroar resume " + directory.path());
                return ExitCode.DONE;
            }
            if (System.nanoTime() >= deadline) {
                System.err.println("qroar: " + stopped + " was asked to end and has not within " + waitSeconds
                        + " s; a second qroar stop ends it at once");
                return ExitCode.FAILED;
            }
            LockSupport.parkNanos(LOOK_NANOS);
        }
    }
}
