package qroar.workers.tasks;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.PassPlan;
import qroar.workers.text.Tokenizer;

/**
 * Scores the choices of a question. Context and continuation are tokenized together and split where the context alone
 * ends, as lm-evaluation-harness does; the tokenizer's rule for BOS holds.
 *
 * <p>The tokens that all choices begin with are read once and the pass is taken back to their end for each choice; under
 * scalings whose frequencies depend on the length of a forward every choice is read from its start. A log-likelihood is
 * that of one forward over the choice's tokens up to float32 rounding.
 */
public final class ChoiceScorer {
    /** No prompt is ever cut. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    /** Of a prompt that is not cut: five-shot prompts have thousands; more would compute for minutes without a word. */
    private static final int MAX_UNCUT_TOKENS = 65_536;

    private final DecoderModel model;
    private final RopeScaling rope;
    private final @Nullable BandScales scales;
    private final Tokenizer tokenizer;
    private final int maxTokens;

    /**
     * @param scales null for none
     * @param maxTokens tokens of context and continuation together; longer prompts lose the beginning of their context
     */
    public ChoiceScorer(
            DecoderModel model, RopeScaling rope, @Nullable BandScales scales, Tokenizer tokenizer, int maxTokens) {
        this.model = model;
        this.rope = rope;
        this.scales = scales;
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
    }

    /**
     * Scores every choice.
     *
     * @param place index of the question in its file
     * @throws BadInput when a continuation alone fills {@code maxTokens}
     */
    public ScoredQuestion score(Question question, int place, FewShot fewShot) {
        String prefix = fewShot.prefix(question, place);
        List<Prompt> prompts = new ArrayList<>();
        for (Choice choice : question.choices()) {
            prompts.add(prompt(prefix + choice.context(), choice, place));
        }
        List<ChoiceScore> scores = new ArrayList<>();
        double[] logLikelihoods =
                rope.lengthRule() == RopeScaling.LengthRule.FIXED ? together(prompts) : separately(prompts);
        for (int i = 0; i < logLikelihoods.length; i++) {
            Prompt prompt = prompts.get(i);
            scores.add(new ChoiceScore(
                    Arrays.copyOf(prompt.tokens, prompt.contextTokens),
                    Arrays.copyOfRange(prompt.tokens, prompt.contextTokens, prompt.tokens.length),
                    logLikelihoods[i],
                    question.choices().get(i).answerBytes()));
        }
        return new ScoredQuestion(place, question.gold(), scores);
    }

    /** Ids of context and continuation; the first {@code contextTokens} are context. */
    private static final class Prompt {
        private final int[] tokens;
        private final int contextTokens;

        Prompt(int[] tokens, int contextTokens) {
            this.tokens = tokens;
            this.contextTokens = contextTokens;
        }
    }

    private Prompt prompt(String context, Choice choice, int place) {
        int[] whole = tokenizer.encode(context + choice.continuation());
        int contextTokens = Math.min(tokenizer.encode(context).length, whole.length - 1);
        if (maxTokens == UNLIMITED && whole.length > MAX_UNCUT_TOKENS) {
            throw new BadInput("question " + (place + 1) + ": a prompt of " + whole.length + " tokens; at most "
                    + MAX_UNCUT_TOKENS + " are read unless --length cuts it");
        }
        int cut = Math.max(0, whole.length - maxTokens);
        if (contextTokens - cut < 1) {
            throw new BadInput("question " + (place + 1) + ": a choice of " + (whole.length - contextTokens)
                    + " tokens leaves no context within " + maxTokens + " tokens");
        }
        return new Prompt(Arrays.copyOfRange(whole, cut, whole.length), contextTokens - cut);
    }

    private double[] separately(List<Prompt> prompts) {
        return prompts.stream()
                .mapToDouble(prompt -> {
                    double[] nll = model.tokenNll(prompt.tokens, rope, scales);
                    return -Arrays.stream(nll, prompt.contextTokens - 1, nll.length)
                            .sum();
                })
                .toArray();
    }

    private double[] together(List<Prompt> prompts) {
        int shared = sharedTokens(prompts);
        int longest = prompts.stream().mapToInt(p -> p.tokens.length).max().orElseThrow();
        double[] logLikelihoods = new double[prompts.size()];
        PassPlan plan = PassPlan.of(model.config(), rope, scales, longest, Probe.LOSSES);
        try (DocumentPass pass = DocumentPass.open(model, plan, () -> false)) {
            float[] first = pass.advance(prompts.get(0).tokens, 0, shared);
            try (DocumentPass.Mark mark = pass.mark()) {
                for (int i = 0; i < logLikelihoods.length; i++) {
                    Prompt prompt = prompts.get(i);
                    pass.returnTo(mark);
                    float[] rest = pass.advance(prompt.tokens, shared, prompt.tokens.length);
                    logLikelihoods[i] = -(sum(first, prompt.contextTokens - 1)
                            + sum(rest, Math.max(0, prompt.contextTokens - Math.max(1, shared))));
                }
            }
        }
        return logLikelihoods;
    }

    /** Tokens that all prompts begin with, never the last of any: each prompt has one left to read. */
    private static int sharedTokens(List<Prompt> prompts) {
        int[] first = prompts.get(0).tokens;
        int shared = first.length - 1;
        for (Prompt prompt : prompts) {
            int differs = Arrays.mismatch(first, prompt.tokens);
            shared = Math.min(shared, differs < 0 ? shared : differs);
            shared = Math.min(shared, prompt.tokens.length - 1);
        }
        return shared;
    }

    private static double sum(float[] nll, int from) {
        double sum = 0;
        for (int i = from; i < nll.length; i++) {
            sum += nll[i];
        }
        return sum;
    }
}
