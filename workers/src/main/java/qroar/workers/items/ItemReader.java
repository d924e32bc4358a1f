package qroar.workers.items;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.items.ScoredItem.Prompt;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.PassPlan;
import qroar.workers.model.TokenScores;

/**
 * Lets one model read items. The tokens that all prompts of an item begin with are read once and the pass is taken back to
 * their end for each; under scalings whose frequencies depend on the length of a forward every prompt is read from its start. A
 * loss is that of one forward over the prompt's tokens up to float32 rounding. Chunks that hold no scored token are not scored,
 * which changes no other loss.
 *
 * @param scales null for none
 * @param chunkTokens tokens that pass the model together
 * @param opening begins a pass
 */
public record ItemReader(
        DecoderModel model,
        RopeScaling rope,
        @Nullable BandScales scales,
        int chunkTokens,
        Function<PassPlan, DocumentPass> opening) {
    /** With default chunks, and nobody to cancel it. */
    public static ItemReader of(DecoderModel model, RopeScaling rope, @Nullable BandScales scales) {
        return new ItemReader(
                model,
                rope,
                scales,
                PassPlan.DEFAULT_CHUNK_TOKENS,
                plan -> DocumentPass.open(model, plan, () -> false));
    }

    /** The score of each prompt's continuation, in order. */
    public List<ContinuationScore> read(ScoredItem item) {
        return rope.lengthRule() == RopeScaling.LengthRule.FIXED ? together(item) : separately(item);
    }

    /** Tokens that {@link #read} lets through the model. */
    public long forwardTokens(ScoredItem item) {
        return rope.lengthRule() == RopeScaling.LengthRule.FIXED
                ? item.ref().forwardTokens()
                : item.prompts().stream().mapToLong(Prompt::length).sum();
    }

    private PassPlan plan(int positions) {
        return PassPlan.of(model.config(), rope, scales, positions, Probe.LOSSES)
                .inChunksOf(chunkTokens);
    }

    private List<ContinuationScore> separately(ScoredItem item) {
        List<ContinuationScore> scores = new ArrayList<>();
        for (Prompt prompt : item.prompts()) {
            try (DocumentPass pass = opening.apply(plan(prompt.length()))) {
                TokenScores read = from(pass, prompt, prompt.contextTokens(), prompt.length());
                scores.add(score(prompt, read, read));
            }
        }
        return scores;
    }

    private List<ContinuationScore> together(ScoredItem item) {
        List<Prompt> prompts = item.prompts();
        int shared = item.ref().sharedTokens();
        int scored = prompts.stream().mapToInt(Prompt::contextTokens).min().orElseThrow();
        List<ContinuationScore> scores = new ArrayList<>();
        try (DocumentPass pass = opening.apply(plan(item.ref().longest()))) {
            TokenScores first = from(pass, prompts.get(0), scored, shared);
            try (DocumentPass.Mark mark = pass.mark()) {
                for (Prompt prompt : prompts) {
                    pass.returnTo(mark);
                    scores.add(score(prompt, first, from(pass, prompt, prompt.contextTokens(), prompt.length())));
                }
            }
        }
        return scores;
    }

    /** Reads on to a position, and scores from the chunk on that holds the first scored one. */
    private TokenScores from(DocumentPass pass, Prompt prompt, int scored, int to) {
        int begin = pass.position();
        int chunks = Math.max(0, Math.min(scored, to) - begin) / chunkTokens;
        pass.skip(prompt.tokens(), begin, begin + chunks * chunkTokens);
        return pass.rank(prompt.tokens(), pass.position(), to);
    }

    private static ContinuationScore score(Prompt prompt, TokenScores first, TokenScores rest) {
        int count = prompt.length() - prompt.contextTokens();
        float[] nll = new float[count];
        boolean[] likeliest = new boolean[count];
        for (int i = 0; i < count; i++) {
            int position = prompt.contextTokens() + i;
            TokenScores from = rest.holds(position) ? rest : first;
            nll[i] = from.nllNats(position);
            likeliest[i] = from.isLikeliest(position);
        }
        return new ContinuationScore(nll, likeliest);
    }
}
