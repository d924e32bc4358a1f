package qroar.experiments.attribution;

import java.util.ArrayList;
import java.util.List;
import qroar.experiments.search.Objective;
import qroar.experiments.search.PlanWindows;

/**
 * How much better one setting is than another on the same documents, paired, with documents as blocks. Positive: better.
 *
 * @param objective ln J(from) - ln J(to)
 * @param lengths per length of the plan
 */
public record PairedGain(Interval objective, List<LengthGain> lengths) {
    /** Fall of the mean loss below a length, in nats per token: also ln PPL(from) - ln PPL(to). */
    public record LengthGain(int length, Interval nats) {}

    public PairedGain {
        lengths = List.copyOf(lengths);
    }

    /** @param from losses of all windows of the plan; so is {@code to} */
    public static PairedGain of(PlanWindows plan, Objective objective, double[] from, double[] to) {
        List<LengthGain> lengths = new ArrayList<>();
        for (int length : plan.plan().lengths()) {
            List<Integer> one = List.of(length);
            lengths.add(new LengthGain(
                    length,
                    Interval.jackknife(
                            plan.documents(), d -> plan.meanNll(from, one, d)[0] - plan.meanNll(to, one, d)[0])));
        }
        return new PairedGain(
                Interval.jackknife(
                        plan.documents(),
                        d -> HeldOutFigures.logObjective(plan, objective, from, d)
                                - HeldOutFigures.logObjective(plan, objective, to, d)),
                lengths);
    }
}
