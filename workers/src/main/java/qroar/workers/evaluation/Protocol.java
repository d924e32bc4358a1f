package qroar.workers.evaluation;

import java.util.Arrays;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/**
 * How a perplexity is measured. Numbers of different protocols cannot be compared, even at one length: each sentence of
 * {@link #explanation} says what makes it higher or lower than the others. Each is a file of its own; this is their list.
 */
public enum Protocol {
    NESTED(new NestedProtocol()),
    SLIDING(new SlidingProtocol()),
    HF(new HuggingFaceProtocol()),
    YARN(new YarnProtocol()),
    LM_EVAL(new LmEvalProtocol());

    private final Method method;

    Protocol(Method method) {
        this.method = method;
    }

    /** What stands before the first scored token. */
    public enum Start {
        /** Nothing: it is not scored, or it is the document's own. */
        NOTHING,
        /** A start token, where the model has one. */
        TOKEN_IF_ANY,
        /** A token, whichever. */
        TOKEN
    }

    Method method() {
        return method;
    }

    /** The word of the command line. */
    public String word() {
        return method.word();
    }

    /** One sentence that tells it from the others. */
    public String explanation() {
        return method.explanation();
    }

    public Start start() {
        return method.start();
    }

    /** Whether it cuts overlapping windows and so needs a stride. */
    public boolean isStrided() {
        return !method.strideLeftOut().isEmpty();
    }

    /** How the stride is chosen where none is given, in words; empty for one that has none. */
    public String strideLeftOut() {
        return method.strideLeftOut();
    }

    /** Whether it needs a length; one that does not takes documents whole. */
    public boolean needsLength() {
        return method.needsLength();
    }

    /** Whether a document shorter than L is one window of the tokens that it has; nested ones have to reach L. */
    public boolean takesShortDocuments() {
        return method.takesShortDocuments();
    }

    /** Of all protocols, for a message. */
    public static String words() {
        return Arrays.stream(values()).map(Protocol::word).collect(Collectors.joining(", "));
    }

    /** @throws BadInput naming the words that are understood */
    public static Protocol ofWord(String word) {
        return Arrays.stream(values())
                .filter(protocol -> protocol.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new BadInput("protocol '" + word + "' is unknown; use one of " + words()));
    }
}
