package qroar.experiments.stopping;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.Aim;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.protocol.BadInput;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;

/**
 * Window losses of full evaluations on one plan, and who raced whom, as a JSON file:
 * {@code {"format":"qroar-losses/1","lengths":[..],"weights":[..],"windowTokens":256,
 * "documents":[{"name":"..","digest":"..","tokens":4300},..],"trials":{"baseline":[nats per window,..],..},
 * "pairs":[["baseline","pass-1/band-0/scale-1.0800"],..]}}. Window losses are sums in nats, in plan order.
 *
 * <p>Where needles are sought the format is {@code qroar-losses/2} and has {@code "objective":"mixture:needles=0.3"},
 * {@code "questions":6}, those of a round, and {@code "scoredFrom":[1,480,..]}, of each document the position of the first
 * scored token, more than 1 where it is an answer behind its context.
 *
 * @param plan documents and lengths
 * @param objective what was made small
 * @param trials losses of all windows, by label
 * @param pairs reference and candidate
 */
public record RecordedLosses(
        EvaluationPlan plan, Objective objective, Map<String, List<Double>> trials, List<List<String>> pairs) {
    private static final String FORMAT = "qroar-losses/1";
    private static final String WITH_ANSWERS = "qroar-losses/2";
    private static final ObjectMapper JSON =
            new ObjectMapper().enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

    public RecordedLosses {
        trials = Map.copyOf(trials);
        pairs = pairs.stream().map(List::copyOf).toList();
    }

    private record Content(
            String format,
            List<Integer> lengths,
            List<Double> weights,
            int windowTokens,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String objective,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Integer questions,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable List<Integer> scoredFrom,

            List<DocumentRef> documents,
            Map<String, List<Double>> trials,
            List<List<String>> pairs) {
        EvaluationPlan plan() {
            return scoredFrom == null
                    ? new EvaluationPlan(documents, lengths, windowTokens)
                    : EvaluationPlan.withAnswers(documents, scoredFrom, lengths, windowTokens);
        }

        Objective sought() {
            Objective perplexity = new Objective(lengths, weights);
            return objective == null || questions == null
                    ? perplexity
                    : perplexity.with(Aim.parse(objective), Math.max(1, questions));
        }
    }

    /**
     * @param source where the text came from, for messages
     * @throws BadInput when it is no such file, or a pair lacks a trial or some of its windows
     */
    public static RecordedLosses read(String source, String text) {
        try {
            Content content = JSON.readValue(text, Content.class);
            boolean answers = WITH_ANSWERS.equals(content.format());
            if (!answers && !FORMAT.equals(content.format())) {
                throw new BadInput(
                        source + ": format '" + content.format() + "' is neither " + FORMAT + " nor " + WITH_ANSWERS);
            }
            if (answers
                    != (content.objective() != null && content.questions() != null && content.scoredFrom() != null)) {
                throw new BadInput(source + ": 'objective', 'questions' and 'scoredFrom' belong to " + WITH_ANSWERS
                        + ", all three, and to nothing else");
            }
            RecordedLosses losses =
                    new RecordedLosses(content.plan(), content.sought(), content.trials(), content.pairs());
            losses.toPairs(source);
            return losses;
        } catch (JsonProcessingException | IllegalArgumentException | NullPointerException e) {
            throw new BadInput(source + " does not hold recorded losses: " + firstLine(e), e);
        }
    }

    private static String firstLine(Exception e) {
        String message = e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
        return message == null
                ? "a key is missing"
                : message.lines().findFirst().orElse("");
    }

    /** The text that {@link #read} reads. */
    public String write() {
        Map<String, List<Double>> sorted = new LinkedHashMap<>();
        trials.keySet().stream().sorted().forEach(label -> sorted.put(label, trials.getOrDefault(label, List.of())));
        try {
            boolean asks = objective.aim().asks();
            return JSON.writeValueAsString(new Content(
                    asks ? WITH_ANSWERS : FORMAT,
                    objective.lengths(),
                    objective.weights(),
                    plan.windowTokens(),
                    asks ? objective.aim().text() : null,
                    asks ? (Integer) objective.questions() : null,
                    asks
                            ? IntStream.range(0, plan.documents().size())
                                    .mapToObj(plan::scoredFrom)
                                    .toList()
                            : null,
                    plan.documents(),
                    sorted,
                    pairs));
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("plain values always have a JSON form", e);
        }
    }

    /** The races that may be replayed. */
    public List<LossPair> toPairs() {
        return toPairs("recorded losses");
    }

    private List<LossPair> toPairs(String source) {
        PlanWindows windows = objective.windows(plan);
        List<LossPair> found = new ArrayList<>();
        for (List<String> pair : pairs) {
            if (pair.size() != 2) {
                throw new BadInput(source + ": pair " + pair + " must name a reference and a candidate");
            }
            found.add(new LossPair(
                    windows,
                    objective,
                    losses(source, pair.get(0), windows.count()),
                    losses(source, pair.get(1), windows.count())));
        }
        return found;
    }

    private double[] losses(String source, String label, int windows) {
        List<Double> losses = trials.get(label);
        if (losses == null || losses.size() != windows) {
            throw new BadInput(source + ": trial '" + label + "' has " + (losses == null ? 0 : losses.size())
                    + " window losses; the plan has " + windows);
        }
        for (double loss : losses) {
            if (!Double.isFinite(loss)) {
                throw new BadInput(source + ": trial '" + label + "' has the loss " + loss + "; it must be finite");
            }
        }
        return losses.stream().mapToDouble(Double::doubleValue).toArray();
    }
}
