package qroar.experiments.attribution;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;

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

    /** Nothing that was measured. */
    static PairedGain unknown() {
        return new PairedGain(new Interval(Double.NaN, Double.NaN, Double.NaN), List.of());
    }

    /** The gain at a length; null where the plan has none of it. */
    public @Nullable Interval at(int length) {
        return lengths.stream()
                .filter(gain -> gain.length() == length)
                .map(LengthGain::nats)
                .findFirst()
                .orElse(null);
    }

    /** Losses of all windows of a plan before and after. */
    record Pair(double[] from, double[] to) {
        double gain(Figure figure) {
            return figure.of(from) - figure.of(to);
        }

        double gainBeyond(Pair other, Figure figure) {
            return gain(figure) - figure.of(other.from) + figure.of(other.to);
        }
    }

    /** @param from losses of all windows of the plan; so is {@code to} */
    public static PairedGain of(PlanWindows plan, Objective objective, double[] from, double[] to) {
        Pair pair = new Pair(from, to);
        return of(plan, objective, pair::gain);
    }

    /** How much more one pair gains than another one, paired: a difference inside the statistic. */
    static PairedGain difference(PlanWindows plan, Objective objective, Pair one, Pair other) {
        return of(plan, objective, figure -> one.gainBeyond(other, figure));
    }

    /** ln J, or the mean loss at a length, of losses with a document left out or none. */
    @FunctionalInterface
    interface Figure {
        double of(double[] nllNats);
    }

    private static PairedGain of(PlanWindows plan, Objective objective, ToDoubleFunction<Figure> gain) {
        List<LengthGain> lengths = new ArrayList<>();
        for (int length : plan.plan().lengths()) {
            List<Integer> one = List.of(length);
            lengths.add(new LengthGain(
                    length,
                    Interval.jackknife(
                            plan.texts(), document -> gain.applyAsDouble(nll -> plan.meanNll(nll, one, document)[0]))));
        }
        return new PairedGain(
                Interval.jackknife(
                        plan.groups(),
                        document ->
                                gain.applyAsDouble(nll -> HeldOutFigures.logObjective(plan, objective, nll, document))),
                lengths);
    }
}
