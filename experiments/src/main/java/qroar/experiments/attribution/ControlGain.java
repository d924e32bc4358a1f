package qroar.experiments.attribution;

import java.util.List;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.trial.Control;

/**
 * What a control gains on held-out documents where the tuned scales gain theirs. Of several draws the mean is taken, of
 * ln J and within the statistic, so that documents stay the blocks.
 *
 * @param control which one
 * @param draws its scales, per draw and band
 * @param gain over the quantized, unscaled model, nats of ln J
 * @param tunedBeyond what the tuned scales gain beyond it, paired
 */
public record ControlGain(Control control, List<List<Double>> draws, Interval gain, Interval tunedBeyond) {
    public ControlGain {
        draws = List.copyOf(draws);
    }

    /**
     * @param scales per draw and band
     * @param losses of all held-out windows, per draw
     * @param baseline of the quantized, unscaled model; so is {@code tuned} of the tuned one
     */
    public static ControlGain of(
            PlanWindows plan,
            Objective objective,
            Control control,
            List<List<Double>> scales,
            List<double[]> losses,
            double[] baseline,
            double[] tuned) {
        return new ControlGain(
                control,
                scales,
                Interval.jackknife(
                        plan.groups(),
                        d -> HeldOutFigures.logObjective(plan, objective, baseline, d)
                                - mean(plan, objective, losses, d)),
                Interval.jackknife(
                        plan.groups(),
                        d -> mean(plan, objective, losses, d)
                                - HeldOutFigures.logObjective(plan, objective, tuned, d)));
    }

    private static double mean(PlanWindows plan, Objective objective, List<double[]> losses, int leftOut) {
        double sum = 0;
        for (double[] draw : losses) {
            sum += HeldOutFigures.logObjective(plan, objective, draw, leftOut);
        }
        return sum / losses.size();
    }
}
