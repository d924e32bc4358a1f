package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.experiments.stopping.RecordedLosses;
import qroar.experiments.stopping.StoppingCalibration;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.orchestrator.console.ExitCode;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;

/** {@code qroar calibrate}: how often the stopping rules are wrong, and what they save. */
@Command(
        name = "calibrate",
        description =
                "Simulates races and prints, as a Markdown table, how often each stopping rule gives up a candidate"
                        + " that is better by min-gain, and what it saves: on synthetic correlated streams, or by resampling"
                        + " the documents of recorded losses (see qroar replay --losses).",
        mixinStandardHelpOptions = true)
public final class CalibrateCommand implements Callable<Integer> {
    /** Two losses for each of a million windows. */
    private static final long MAX_BYTES = 64 << 20;

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
        if (!(alpha > 0 && alpha <= 0.5) || races < 1 || races > 1_000_000) {
            throw new BadInput("--alpha " + alpha + " must lie above 0 and at most at 0.5, --races " + races
                    + " between 1 and 1000000");
        }
        List<StoppingCalibration.Row> rows =
                files.isEmpty() ? StoppingCalibration.syntheticTable(alpha, races, seed) : recorded();
        System.out.print(StoppingCalibration.markdown(rows, seed));
        return ExitCode.DONE.code();
    }

    private List<StoppingCalibration.Row> recorded() {
        List<StoppingCalibration.Row> rows = new ArrayList<>();
        for (Path file : files) {
            RecordedLosses losses = RecordedLosses.read(file.toString(), text(file));
            for (StoppingRule.Rule rule : StoppingRule.Rule.values()) {
                rows.add(StoppingCalibration.ofRecorded(
                        String.valueOf(file.getFileName()),
                        losses.toPairs(),
                        minGain,
                        new StoppingSettings(rule, alpha),
                        races,
                        seed));
            }
        }
        return rows;
    }

    private static String text(Path file) {
        return InputFile.text(file, MAX_BYTES);
    }
}
