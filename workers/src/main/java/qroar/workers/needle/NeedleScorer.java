package qroar.workers.needle;

import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.model.DecoderModel;
import qroar.workers.model.DocumentPass;
import qroar.workers.model.PassPlan;
import qroar.workers.model.TokenScores;

/**
 * Reads a prompt once and scores its answer. Teacher-forced: losses and likeliest tokens are those of one forward over prompt
 * and answer, up to float32 rounding. Generated: the model goes on by itself, always with its likeliest token, until every
 * reference stands in what it said, an end token comes, or no more may be generated; what would come behind that changes no
 * score. Scalings that depend on the length of a forward are given that of prompt and answer for the first, and that of
 * prompt and all that may be generated for the second, which then costs a reading of its own.
 */
public final class NeedleScorer {
    private final DecoderModel model;
    private final RopeScaling rope;
    private final @Nullable BandScales scales;

    /** @param scales null for none */
    public NeedleScorer(DecoderModel model, RopeScaling rope, @Nullable BandScales scales) {
        this.model = model;
        this.rope = rope;
        this.scales = scales;
    }

    /** Teacher-forced alone. */
    public NeedleScore score(NeedlePrompt prompt) {
        try (DocumentPass pass = read(prompt, prompt.tokens().length)) {
            return forced(pass, prompt);
        }
    }

    /**
     * Teacher-forced and generated.
     *
     * @param text of generated ids
     */
    public NeedleScore scoreAndGenerate(NeedlePrompt prompt, Function<int[], String> text) {
        boolean together = rope.lengthRule() == RopeScaling.LengthRule.FIXED;
        NeedleScore forced = together ? null : score(prompt);
        try (DocumentPass pass = read(prompt, prompt.positions());
                DocumentPass.Mark mark = pass.mark()) {
            if (forced == null) {
                forced = forced(pass, prompt);
                pass.returnTo(mark);
            }
            return forced.with(generated(pass, prompt, text));
        }
    }

    /** A pass that has read the prompt. */
    private DocumentPass read(NeedlePrompt prompt, int positions) {
        PassPlan plan = PassPlan.of(model.config(), rope, scales, positions, Probe.LOSSES)
                .inChunksOf(PassPlan.chunkTokens(model.device()));
        DocumentPass pass = DocumentPass.open(model, plan, () -> false);
        try {
            pass.skip(prompt.context(), 0, prompt.context().length);
            return pass;
        } catch (RuntimeException | Error e) {
            pass.close();
            throw e;
        }
    }

    private static NeedleScore forced(DocumentPass pass, NeedlePrompt prompt) {
        int[] tokens = prompt.tokens();
        int from = pass.position();
        TokenScores scores = pass.rank(tokens, from, tokens.length);
        double[] nllNats = new double[tokens.length - from];
        int mismatches = 0;
        for (int i = 0; i < nllNats.length; i++) {
            nllNats[i] = scores.nllNats(from + i);
            mismatches += scores.isLikeliest(from + i) ? 0 : 1;
        }
        return new NeedleScore(prompt, nllNats, mismatches, null);
    }

    private String generated(DocumentPass pass, NeedlePrompt prompt, Function<int[], String> text) {
        int context = pass.position();
        int most = prompt.size().generatedTokens();
        int[] tokens = Arrays.copyOf(prompt.context(), context + most);
        String said = "";
        for (int i = 0; i < most; i++) {
            int next = pass.likeliest();
            if (model.config().vocabulary().eosTokenIds().contains(next)) {
                break;
            }
            tokens[context + i] = next;
            said = text.apply(Arrays.copyOfRange(tokens, context, context + i + 1));
            if (NeedleScore.stringMatch(said, prompt) == 1) {
                break;
            }
            if (i + 1 < most) {
                pass.advance(tokens, context + i, context + i + 1);
            }
        }
        return said;
    }
}
