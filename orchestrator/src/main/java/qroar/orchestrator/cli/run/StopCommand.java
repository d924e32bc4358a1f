package qroar.orchestrator.cli.run;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.status.RunStop;
import qroar.orchestrator.cli.option.RunParameter;
import qroar.orchestrator.console.ExitCode;

/** {@code qroar stop}: asks the process that holds a run to end in order. */
@Command(
        name = "stop",
        description =
                "Ends a run under way on this machine in order: what is measured stays, and the run can be resumed."
                        + " Workers of other processes wait for it.",
        mixinStandardHelpOptions = true)
public final class StopCommand implements Callable<Integer> {
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
        RunStop.Result stopped = RunStop.of(run.runs(), run.name(), waitSeconds);
        if (stopped.end() == RunStop.End.STILL_ENDING) {
            System.err.println("qroar: " + stopped.line());
            return ExitCode.FAILED.code();
        }
        System.out.println(stopped.line());
        return ExitCode.DONE.code();
    }
}
