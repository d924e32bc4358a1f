package qroar.workers.tasks;

import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.workers.items.ContinuationScore;
import qroar.workers.items.ItemReader;
import qroar.workers.items.ScoredItem;
import qroar.workers.model.DecoderModel;
import qroar.workers.text.Tokenizer;

/** Scores the choices of questions with a model of this process: by the code that measures them as trials. */
public final class ChoiceScorer {
    /** No prompt is ever cut. */
    public static final int UNLIMITED = QuestionItems.UNLIMITED;

    private final QuestionItems items;
    private final ItemReader reader;

    /**
     * @param scales null for none
     * @param maxTokens tokens of context and continuation together; longer prompts lose the beginning of their context
     */
    public ChoiceScorer(
            DecoderModel model, RopeScaling rope, @Nullable BandScales scales, Tokenizer tokenizer, int maxTokens) {
        items = new QuestionItems(tokenizer, maxTokens);
        reader = ItemReader.of(model, rope, scales);
    }

    /**
     * Scores every choice.
     *
     * @param place index of the question in its file
     * @throws BadInput when a continuation alone fills {@code maxTokens}
     */
    public ScoredQuestion score(Question question, int place, FewShot fewShot) {
        ScoredItem item = items.item(question, place, fewShot);
        double[] logLikelihoods = reader.read(item).stream()
                .mapToDouble(ContinuationScore::logLikelihood)
                .toArray();
        return ScoredQuestion.of(question, place, item, logLikelihoods);
    }
}
