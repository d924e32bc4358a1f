package qroar.orchestrator.cli.bench;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code qroar bench}: what the product promises, measured. */
@Command(
        name = "bench",
        description = "Measures what qroar promises, on this machine.",
        mixinStandardHelpOptions = true,
        subcommands = {BenchSearchCommand.class, BenchOrchestrationCommand.class, BenchForwardCommand.class})
public final class BenchCommand implements Runnable {
    @Spec
    @SuppressWarnings("NullAway.Init")
    private CommandSpec spec;

    @Override
    public void run() {
        throw new CommandLine.ParameterException(
                spec.commandLine(),
                "which benchmark: " + String.join(", ", spec.subcommands().keySet()) + "?");
    }
}
