package qroar.experiments.stopping;

import java.util.ArrayList;
import java.util.List;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.protocol.trial.WindowSpan;

/**
 * Which windows of different documents, or of different rounds of questions, are comparable.
 *
 * <p>Of a text those that start in the same of equal strata of positions. Of a round of questions those at the same place in it,
 * which ask the same kind at the same length and depth. In a mixture the questions before a text are a stratum of their own, the
 * first: no rule looks before it has seen what both parts of the objective say.
 *
 * @param byWindow stratum of each window of the plan, from 0
 * @param count of strata
 * @param mostAnswerTokens see {@link #tokens}
 */
record Strata(PlanWindows plan, List<Integer> byWindow, int count, int mostAnswerTokens) {
    Strata {
        byWindow = List.copyOf(byWindow);
    }

    static Strata of(PlanWindows plan, Objective objective) {
        if (!objective.aim().readsTexts()) {
            int strata = Math.min(Race.STRATA, objective.questions());
            List<Integer> byWindow = new ArrayList<>();
            for (WindowSpan window : plan.windows()) {
                byWindow.add((int) ((long) (window.index() % objective.questions()) * strata / objective.questions()));
            }
            return new Strata(plan, byWindow, strata, Integer.MAX_VALUE);
        }
        int longest = 0;
        for (int d = 0; d < plan.groups(); d++) {
            longest = Math.max(longest, (int) plan.windowsOf(d).stream()
                    .filter(w -> !plan.isAnswer(plan.windows().get(w)))
                    .count());
        }
        int positions = Math.min(Race.STRATA, longest);
        int first = objective.aim().asks() ? 1 : 0;
        List<Integer> byWindow = new ArrayList<>();
        for (WindowSpan window : plan.windows()) {
            byWindow.add(
                    plan.isAnswer(window)
                            ? 0
                            : first
                                    + (int) ((long) window.fromPosition()
                                            * positions
                                            / (plan.plan().maxLength() + 1L)));
        }
        int perText = Math.toIntExact(plan.scoredTokens(plan.plan().maxLength()) / Math.max(1, plan.texts()));
        int strata = positions + first;
        return new Strata(plan, byWindow, strata, Math.max(1, perText / positions / strata));
    }

    int of(int window) {
        return byWindow.get(window);
    }

    /**
     * Tokens of a block as {@link GainForecast} counts them, which takes a block's variance to fall with them and pools that of all
     * strata. Answers scatter by what is asked and not by their tokens; beside a text they count at most one over the number
     * of strata of what a block of text has, so that their variance is forecast no smaller than it was seen, were it all that
     * was seen.
     */
    int tokens(int firstWindow, int tokens) {
        return plan.isAnswer(plan.windows().get(firstWindow)) ? Math.min(tokens, mostAnswerTokens) : tokens;
    }
}
