package qroar.workers.evaluation;

import java.util.List;
import qroar.protocol.BadInput;
import qroar.workers.text.TokenizedDocument;

/** What is known of one {@link Protocol}: its words, what it needs, and how it cuts, scores and averages. */
sealed interface Method permits NestedProtocol, StridedMethod, LmEvalProtocol {
    /** The word of the command line. */
    String word();

    /** One sentence that tells it from the others, without a full stop. */
    String explanation();

    /** What stands before the first scored token. */
    Protocol.Start start();

    /** How the stride is chosen where none is given, in words; empty for one that has none. */
    default String strideLeftOut() {
        return "";
    }

    /** Whether it needs a length: tokens of a window. */
    default boolean needsLength() {
        return true;
    }

    /** Whether a document shorter than L is one window of the tokens that it has; otherwise it has to reach L. */
    default boolean takesShortDocuments() {
        return true;
    }

    /**
     * One evaluation for all lengths, or one for each, by rising length.
     *
     * @throws BadInput when the stride does not fit a length
     */
    List<Evaluation> evaluate(Forwards forwards, List<TokenizedDocument> documents, Setting setting);
}
