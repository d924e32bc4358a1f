package qroar.experiments.objective;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;

/**
 * Questions whose answers are scored, round by round: each round asks every kind at every length and depth once, in the same
 * order, so that any number of whole rounds is balanced.
 *
 * @param documents context and answer of each
 * @param scoredFrom where each answer begins
 * @param perRound that a round asks; their number is a multiple of it
 */
public record Questions(List<DocumentRef> documents, List<Integer> scoredFrom, int perRound) {
    public static final Questions NONE = new Questions(List.of(), List.of(), 1);

    public Questions {
        documents = List.copyOf(documents);
        scoredFrom = List.copyOf(scoredFrom);
        if (perRound < 1 || documents.size() != scoredFrom.size() || documents.size() % perRound != 0) {
            throw new IllegalArgumentException(
                    documents.size() + " questions with " + scoredFrom.size() + " answers in rounds of " + perRound);
        }
    }

    /**
     * What a search for an aim reads: texts, questions, or each text behind its share of the questions, so that whoever has
     * read some documents of a mixture knows of both.
     *
     * @param texts at most as many as there are questions, where both are read
     */
    public EvaluationPlan plan(Aim aim, EvaluationPlan texts) {
        if (!aim.asks()) {
            return texts;
        }
        Reading reading = new Reading(new ArrayList<>(), new ArrayList<>());
        int count = aim.readsTexts() ? texts.documents().size() : 1;
        for (int part = 0; part < count; part++) {
            int to = share(part + 1, count);
            for (int question = share(part, count); question < to; question++) {
                reading.add(documents.get(question), scoredFrom.get(question));
            }
            if (aim.readsTexts()) {
                reading.add(texts.documents().get(part), 1);
            }
        }
        return reading.plan(texts);
    }

    /** What a model is judged by: as {@link #plan}, and for needles alone the texts too, whose perplexity is told beside. */
    public EvaluationPlan judged(Aim aim, EvaluationPlan texts) {
        if (aim.isMixture() || !aim.asks()) {
            return plan(aim, texts);
        }
        Reading reading = new Reading(new ArrayList<>(), new ArrayList<>());
        texts.documents().forEach(text -> reading.add(text, 1));
        for (int question = 0; question < documents.size(); question++) {
            reading.add(documents.get(question), scoredFrom.get(question));
        }
        return reading.plan(texts);
    }

    private int share(int part, int of) {
        return Math.toIntExact((long) part * documents.size() / of);
    }

    private record Reading(List<DocumentRef> documents, List<Integer> scoredFrom) {
        void add(DocumentRef document, int from) {
            documents.add(document);
            scoredFrom.add(from);
        }

        EvaluationPlan plan(EvaluationPlan texts) {
            return EvaluationPlan.withAnswers(documents, scoredFrom, texts.lengths(), texts.windowTokens());
        }
    }
}
