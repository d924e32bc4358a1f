package qroar.reports.model;

import com.fasterxml.jackson.annotation.JsonInclude;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.Interval;
import qroar.experiments.objective.Aim;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyOutcome.SearchFigures;
import qroar.experiments.trial.Setting;

/**
 * The objective J before (all scales 1) and after (best scales), quantized.
 *
 * @param searchBefore on the search documents
 * @param searchAfter on the search documents; the best so far while the search runs
 * @param heldOutBefore on the held-out documents
 * @param heldOutAfter on the held-out documents
 * @param searchGain fall of ln J on the search documents; optimistic, for the winner was chosen on them
 * @param heldOutGain fall of ln J on the held-out documents: the headline figure
 * @param heldOutControlGain the same of the unquantized model with the same scales
 * @param sought what J is of where it is not perplexity alone: {@code needle}, {@code mixture:needles=0.3}; else null
 * @param heldOutAnswerNllBefore mean over held-out answers of their loss, nats per token; null where none is asked
 * @param heldOutAnswerNllAfter the same with the best scales
 */
public record ObjectiveOutcome(
        @Nullable Double searchBefore,
        @Nullable Double searchAfter,
        @Nullable Double heldOutBefore,
        @Nullable Double heldOutAfter,
        @Nullable Interval searchGain,
        @Nullable Interval heldOutGain,
        @Nullable Interval heldOutControlGain,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable String sought,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double heldOutAnswerNllBefore,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double heldOutAnswerNllAfter) {
    /** Of perplexity. */
    public ObjectiveOutcome(
            @Nullable Double searchBefore,
            @Nullable Double searchAfter,
            @Nullable Double heldOutBefore,
            @Nullable Double heldOutAfter,
            @Nullable Interval searchGain,
            @Nullable Interval heldOutGain,
            @Nullable Interval heldOutControlGain) {
        this(
                searchBefore,
                searchAfter,
                heldOutBefore,
                heldOutAfter,
                searchGain,
                heldOutGain,
                heldOutControlGain,
                null,
                null,
                null);
    }

    /** What is sought. */
    public Aim aim() {
        return sought == null ? Aim.PERPLEXITY : Aim.parse(sought);
    }

    static ObjectiveOutcome of(Aim aim, StudyOutcome outcome) {
        SearchFigures search = outcome.search();
        Attribution attribution = outcome.attribution();
        return new ObjectiveOutcome(
                search == null ? null : search.objectiveBefore(),
                search == null ? null : search.objectiveAfter(),
                heldOut(outcome, Setting.BASELINE),
                heldOut(outcome, Setting.TUNED),
                search == null ? null : search.gainInterval(),
                attribution == null ? null : attribution.gain().objective(),
                attribution == null || !attribution.hasControl()
                        ? null
                        : attribution.controlGain().objective(),
                aim.asks() ? aim.text() : null,
                answers(outcome, Setting.BASELINE),
                answers(outcome, Setting.TUNED));
    }

    private static @Nullable Double answers(StudyOutcome outcome, Setting setting) {
        HeldOutFigures figures = outcome.heldOut().get(setting);
        Interval answers = figures == null ? null : figures.answerNll();
        return answers == null ? null : answers.estimate();
    }

    private static @Nullable Double heldOut(StudyOutcome outcome, Setting setting) {
        HeldOutFigures figures = outcome.heldOut().get(setting);
        return figures == null ? null : figures.objective().estimate();
    }

    /** Before anything is measured. */
    public static final ObjectiveOutcome UNKNOWN = new ObjectiveOutcome(null, null, null, null, null, null, null);
}
