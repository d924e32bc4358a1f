package qroar.workers.evaluation;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import qroar.protocol.BadInput;

/**
 * How a perplexity is measured. Numbers of different protocols cannot be compared, even at one length: each sentence of
 * {@link #explanation} says what makes it higher or lower than the others.
 */
public enum Protocol {
    NESTED("one forward per document; length L scores the tokens at positions below L, each with all of its document"
            + " before it, every token weighted alike"),
    SLIDING(
            "windows of L tokens every S tokens, each a fresh forward that scores the tokens no window has scored before;"
                    + " a token has at least L - S tokens of context, every token weighted alike"),
    HF("the snippet of the Hugging Face documentation as published: the windows of sliding, each weighted by its labels"
            + " minus one; the figure with every token weighted alike is given beside it"),
    YARN("the evaluation of the YaRN paper: the windows of sliding with a start token before each, and the plain mean"
            + " over windows, so that the long first and the short last window weigh like any other"),
    LM_EVAL(
            "rolling perplexity of lm-evaluation-harness: L scored tokens per window, the next window begins where it ends"
                    + " with one token of context (a prefix token at first; the last window reaches back to be L long), so"
                    + " tokens early in a window have next to no context; every token weighted alike");

    private final String explanation;

    Protocol(String explanation) {
        this.explanation = explanation;
    }

    /** The word of the command line. */
    public String word() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** One sentence that tells it from the others. */
    public String explanation() {
        return explanation;
    }

    /** Whether it cuts overlapping windows and so needs a stride. */
    public boolean isStrided() {
        return this == SLIDING || this == HF || this == YARN;
    }

    /** Whether a document shorter than L is one window of the tokens that it has; nested ones have to reach L. */
    public boolean takesShortDocuments() {
        return this != NESTED;
    }

    /** @throws BadInput naming the words that are understood */
    public static Protocol ofWord(String word) {
        return Arrays.stream(values())
                .filter(protocol -> protocol.word().equals(word))
                .findFirst()
                .orElseThrow(() -> new BadInput("protocol '" + word + "' is unknown; use one of "
                        + Arrays.stream(values()).map(Protocol::word).collect(Collectors.joining(", "))));
    }
}
