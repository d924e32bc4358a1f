package qroar.orchestrator.app.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import qroar.experiments.stopping.RecordedLosses;
import qroar.experiments.stopping.StoppingCalibration;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.protocol.BadInput;
import qroar.protocol.input.InputFile;

/**
 * Races simulated under every stopping rule: how often a winner is given up, and what is saved.
 *
 * @param alpha level of the rules
 * @param minGain gain to keep, nats of ln J
 * @param races simulated per row
 * @param seed of the simulation
 */
public record RuleSimulation(double alpha, double minGain, int races, long seed) {
    /** Two losses for each of a million windows. */
    private static final long MAX_BYTES = 64 << 20;

    /** @throws BadInput naming the options */
    public RuleSimulation {
        if (!(alpha > 0 && alpha <= 0.5) || races < 1 || races > 1_000_000) {
            throw new BadInput("--alpha " + alpha + " must lie above 0 and at most at 0.5, --races " + races
                    + " between 1 and 1000000");
        }
    }

    /**
     * A table.
     *
     * @param recorded files of losses to draw from; none for synthetic streams
     */
    public String markdown(List<Path> recorded) {
        List<StoppingCalibration.Row> rows =
                recorded.isEmpty() ? StoppingCalibration.syntheticTable(alpha, races, seed) : rows(recorded);
        return StoppingCalibration.markdown(rows, seed);
    }

    private List<StoppingCalibration.Row> rows(List<Path> recorded) {
        List<StoppingCalibration.Row> rows = new ArrayList<>();
        for (Path file : recorded) {
            RecordedLosses losses = RecordedLosses.read(file.toString(), InputFile.text(file, MAX_BYTES));
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
}
