package qroar.experiments.definition.sweep;

import java.util.List;
import java.util.stream.Collectors;
import qroar.experiments.objective.Objective;

/** One value of the sweep's {@code weights}: how much the perplexity of each length counts. */
public sealed interface Weighting {
    /** For study ids and tables: {@code length}, {@code uniform}, {@code 1.0-2.0-4.0}. */
    String text();

    Objective objective(List<Integer> lengths);

    /** Proportional to the length. */
    record ByLength() implements Weighting {
        public static final String WORD = "length";

        @Override
        public String text() {
            return WORD;
        }

        @Override
        public Objective objective(List<Integer> lengths) {
            return Objective.lengthWeighted(lengths);
        }
    }

    /** The same for every length. */
    record Uniform() implements Weighting {
        public static final String WORD = "uniform";

        @Override
        public String text() {
            return WORD;
        }

        @Override
        public Objective objective(List<Integer> lengths) {
            return new Objective(lengths, lengths.stream().map(length -> 1.0).toList());
        }
    }

    /** @param weights one positive number per length, in any unit */
    record Given(List<Double> weights) implements Weighting {
        public Given {
            weights = List.copyOf(weights);
        }

        @Override
        public String text() {
            return weights.stream().map(String::valueOf).collect(Collectors.joining("-"));
        }

        @Override
        public Objective objective(List<Integer> lengths) {
            return new Objective(lengths, weights);
        }
    }
}
