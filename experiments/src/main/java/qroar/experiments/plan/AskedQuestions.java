package qroar.experiments.plan;

import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.Aim;
import qroar.experiments.objective.Questions;
import qroar.experiments.study.ScoredTask;
import qroar.experiments.study.Study;
import qroar.protocol.BadInput;
import qroar.protocol.trial.EvaluationPlan;

/**
 * What the objective of an experiment asks.
 *
 * @param search questions to search on
 * @param heldOut questions to judge by
 * @param tasks whose items these are, kind by kind
 * @param rounds of either
 */
public record AskedQuestions(Questions search, Questions heldOut, List<ScoredTask> tasks, int rounds) {
    /** Of an experiment whose objective is perplexity. */
    public static final AskedQuestions NONE = new AskedQuestions(Questions.NONE, Questions.NONE, List.of(), 0);

    public AskedQuestions {
        tasks = List.copyOf(tasks);
    }

    /**
     * What a study of an aim reads.
     *
     * @param texts plans of documents alone
     * @throws BadInput where there are too few questions for a mixture
     */
    Study.Plans plans(Aim aim, Study.Plans texts) {
        if (!aim.asks()) {
            return texts;
        }
        if (aim.isMixture()) {
            requireEnough(search, texts.search(), "search");
            requireEnough(heldOut, texts.heldOut(), "held-out");
        }
        EvaluationPlan read = search.plan(aim, texts.search());
        return new Study.Plans(
                read,
                texts.heldOut(),
                texts.shortContext(),
                texts.tasks(),
                new Study.Asked(texts.search(), heldOut.judged(aim, texts.heldOut()), tasks, rounds));
    }

    private static void requireEnough(Questions questions, EvaluationPlan texts, String set) {
        int asked = questions.documents().size();
        if (asked < texts.documents().size()) {
            throw new BadInput("key 'needles' asks " + asked + " questions, fewer than the "
                    + texts.documents().size() + " " + set
                    + " documents: a mixture reads some with each; ask for more samples, lengths or depths");
        }
    }

    /** What a reader of the plan should know; null for nothing. */
    @Nullable String note() {
        return rounds == 1 ? "needles.samples is 1: one round of questions gives needles no interval" : null;
    }
}
