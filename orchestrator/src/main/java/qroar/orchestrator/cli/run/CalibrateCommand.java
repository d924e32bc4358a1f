package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.orchestrator.app.bench.RuleSimulation;
import qroar.orchestrator.console.ExitCode;

/** {@code qroar calibrate}: how often the stopping rules are wrong, and what they save. */
@Command(
        name = "calibrate",
        description =
                "Simulates races and prints, as a Markdown table, how often each stopping rule gives up a candidate"
                        + " that is better by min-gain, and what it saves: on synthetic correlated streams, or by resampling"
                        + " the documents of recorded losses (see qroar replay --losses).",
        mixinStandardHelpOptions = true)
public final class CalibrateCommand implements Callable<Integer> {
    @Parameters(paramLabel = "LOSSES", arity = "0..*", description = "recorded losses; none: synthetic streams")
    private List<Path> files = List.of();

    @Option(names = "--alpha", defaultValue = "0.05", description = "level of the rules (default ${DEFAULT-VALUE})")
    private double alpha;

    @Option(
            names = "--min-gain",
            defaultValue = "0.0005",
            description = "gain to keep, nats of ln J (default ${DEFAULT-VALUE})")
    private double minGain;

    @Option(
            names = "--races",
            defaultValue = "2000",
            description = "simulated races per row (default ${DEFAULT-VALUE})")
    private int races;

    @Option(names = "--seed", defaultValue = "7001", description = "of the simulation (default ${DEFAULT-VALUE})")
    private long seed;

    @Override
    public Integer call() {
        System.out.print(new RuleSimulation(alpha, minGain, races, seed).markdown(files));
        return ExitCode.DONE.code();
    }
}
