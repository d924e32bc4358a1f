package qroar.experiments.attribution;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.protocol.trial.WindowSpan;

/**
 * What one setting of the model scores on held-out documents.
 *
 * @param perplexities per length of the plan
 * @param objective J, with the interval of ln J carried over
 * @param answerNll mean over answers of their loss in nats per token; null where the objective asks nothing
 * @param documents mean losses of each document, in the order of the plan
 * @param positions mean losses over the documents at positions of a range, rising
 */
public record HeldOutFigures(
        List<LengthPerplexity> perplexities,
        Interval objective,
        @Nullable Interval answerNll,
        List<MeanLoss> documents,
        List<MeanLoss> positions) {
    /** Ranges of positions at most. */
    private static final int MOST_RANGES = 16;

    /** Perplexity of the tokens below a length. */
    public record LengthPerplexity(int length, Interval perplexity) {}

    public HeldOutFigures {
        perplexities = List.copyOf(perplexities);
        documents = List.copyOf(documents);
        positions = List.copyOf(positions);
    }

    /**
     * Mean loss of some tokens.
     *
     * @param from first position; of a document 0
     * @param to position behind the last, in tokens
     * @param tokens how many were scored
     * @param nllNats mean negative log-likelihood, nats per token; NaN where none was scored
     */
    public record MeanLoss(int from, int to, long tokens, double nllNats) {}

    /** Perplexity at a length; null where the plan has none of it. */
    public @Nullable Interval perplexity(int length) {
        return perplexities.stream()
                .filter(perplexity -> perplexity.length() == length)
                .map(LengthPerplexity::perplexity)
                .findFirst()
                .orElse(null);
    }

    /** @param nllNats losses of all windows of the plan */
    public static HeldOutFigures of(PlanWindows plan, Objective objective, double[] nllNats) {
        List<LengthPerplexity> perplexities = new ArrayList<>();
        for (int length : plan.plan().lengths()) {
            perplexities.add(new LengthPerplexity(
                    length,
                    Interval.jackknife(plan.texts(), d -> plan.meanNll(nllNats, List.of(length), d)[0])
                            .exp()));
        }
        Interval value = Interval.jackknife(plan.groups(), d -> logObjective(plan, objective, nllNats, d))
                .exp();
        return new HeldOutFigures(
                perplexities,
                value,
                objective.aim().asks() ? Interval.jackknife(plan.groups(), d -> plan.meanAnswerNll(nllNats, d)) : null,
                documents(plan, nllNats),
                positions(plan, nllNats));
    }

    private static List<MeanLoss> documents(PlanWindows plan, double[] nllNats) {
        List<MeanLoss> documents = new ArrayList<>();
        Map<Integer, List<WindowSpan>> texts = plan.windows().stream()
                .filter(window -> !plan.isAnswer(window))
                .collect(Collectors.groupingBy(WindowSpan::document, TreeMap::new, Collectors.toList()));
        for (List<WindowSpan> windows : texts.values()) {
            int end = windows.stream().mapToInt(WindowSpan::toPosition).max().orElse(0);
            documents.add(mean(0, end, windows, nllNats));
        }
        return documents;
    }

    /** Windows are short beside the length, and losses of late positions change slowly: ranges grow with the position. */
    private static List<MeanLoss> positions(PlanWindows plan, double[] nllNats) {
        int width = plan.plan().windowTokens();
        List<WindowSpan> texts =
                plan.windows().stream().filter(window -> !plan.isAnswer(window)).toList();
        int longest = texts.stream().mapToInt(WindowSpan::toPosition).max().orElse(0);
        TreeSet<Integer> ends = new TreeSet<>();
        double span = Math.max(1, Math.ceil((double) longest / width));
        for (int k = 0; k <= MOST_RANGES; k++) {
            ends.add((int) Math.min(longest, width * Math.ceil(StrictMath.pow(span, (double) k / MOST_RANGES) - 1e-9)));
        }
        List<MeanLoss> positions = new ArrayList<>();
        int from = 0;
        for (int end : ends) {
            int start = from;
            List<WindowSpan> windows = texts.stream()
                    .filter(window -> window.toPosition() > start && window.toPosition() <= end)
                    .toList();
            if (!windows.isEmpty()) {
                positions.add(mean(from, end, windows, nllNats));
            }
            from = end;
        }
        return positions;
    }

    private static MeanLoss mean(int from, int to, List<WindowSpan> windows, double[] nllNats) {
        double sum = 0;
        long tokens = 0;
        for (WindowSpan window : windows) {
            sum += nllNats[window.index()];
            tokens += window.tokens();
        }
        return new MeanLoss(from, to, tokens, tokens == 0 ? Double.NaN : sum / tokens);
    }

    static double logObjective(PlanWindows plan, Objective objective, double[] nllNats, int leftOut) {
        return StrictMath.log(objective.value(objective.means(plan, nllNats, leftOut)));
    }
}
