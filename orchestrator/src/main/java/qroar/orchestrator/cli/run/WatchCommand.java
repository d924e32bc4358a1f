package qroar.orchestrator.cli.run;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.orchestrator.app.status.RunWatch;
import qroar.orchestrator.cli.option.RunParameter;
import qroar.orchestrator.console.ExitCode;

/** {@code qroar watch}: follows a run, of this process or another, until it ends. */
@Command(
        name = "watch",
        description = {
            "Follows a run of another process in this terminal until it ends: trials under way with their losses and the"
                    + " intervals of their gains, studies, queue, what was stopped. Reads what the run writes to its"
                    + " folder; the run is not disturbed.",
            "Ends as the run does: with 0 when it is finished, with 1 when trials of it failed, with 3 when it is"
                    + " stopped and can be resumed."
        },
        mixinStandardHelpOptions = true)
public final class WatchCommand implements Callable<Integer> {
    @Mixin
    private RunParameter run = new RunParameter();

    @Option(names = "--once", description = "say how the run stands now, and end")
    private boolean once;

    @Override
    public Integer call() {
        if (once) {
            RunWatch.once(run.runs(), run.name()).forEach(System.out::println);
            return ExitCode.DONE.code();
        }
        return RunWatch.follow(run.runs(), run.name(), System.out).code();
    }
}
