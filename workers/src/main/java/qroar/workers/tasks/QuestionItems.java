package qroar.workers.tasks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import qroar.protocol.BadInput;
import qroar.workers.items.ScoredItem;
import qroar.workers.text.Tokenizer;

/**
 * Questions as a model reads them. Context and continuation of each choice are tokenized together and split where the context
 * alone ends, as lm-evaluation-harness does; the tokenizer's rule for BOS holds.
 */
public final class QuestionItems {
    /** No prompt is ever cut. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** Of a prompt that is not cut: five-shot prompts have thousands; more would compute for minutes without a word. */
    private static final int MAX_UNCUT_TOKENS = 65_536;

    private final Tokenizer tokenizer;
    private final int maxTokens;
    /** Choices of a question mostly share it. */
    private String lastContext = "";

    private int lastContextTokens;

    /** @param maxTokens tokens of context and continuation together; longer prompts lose the beginning of their context */
    public QuestionItems(Tokenizer tokenizer, int maxTokens) {
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
    }

    /**
     * A question with examples in front, a prompt for each choice.
     *
     * @param place index of the question in its file
     * @throws BadInput when a continuation alone fills {@code maxTokens}
     */
    public ScoredItem item(Question question, int place, FewShot fewShot) {
        String prefix = fewShot.prefix(question, place);
        List<ScoredItem.Prompt> prompts = new ArrayList<>();
        for (Choice choice : question.choices()) {
            prompts.add(prompt(prefix + choice.context(), choice, place));
        }
        return ScoredItem.of(prompts);
    }

    private ScoredItem.Prompt prompt(String context, Choice choice, int place) {
        int[] whole = tokenizer.encode(context + choice.continuation());
        int contextTokens = Math.min(contextTokens(context), whole.length - 1);
        if (maxTokens == UNLIMITED && whole.length > MAX_UNCUT_TOKENS) {
            throw new BadInput("question " + (place + 1) + ": a prompt of " + whole.length + " tokens; at most "
                    + MAX_UNCUT_TOKENS + " are read unless --length cuts it");
        }
        int cut = Math.max(0, whole.length - maxTokens);
        if (contextTokens - cut < 1) {
            throw new BadInput("question " + (place + 1) + ": a choice of " + (whole.length - contextTokens)
                    + " tokens leaves no context within " + maxTokens + " tokens");
        }
        return new ScoredItem.Prompt(Arrays.copyOfRange(whole, cut, whole.length), contextTokens - cut);
    }

    private int contextTokens(String context) {
        if (!context.equals(lastContext)) {
            lastContextTokens = tokenizer.encode(context).length;
            lastContext = context;
        }
        return lastContextTokens;
    }
}
