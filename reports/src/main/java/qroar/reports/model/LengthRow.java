package qroar.reports.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.Interval;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.trial.Setting;
import qroar.protocol.trial.WindowSpan;

/**
 * Held-out perplexities at one context length, and what they differ by on the same tokens: PPL gains, falls of ln PPL at L
 * in nats per token. A plain gain is one of J, see {@link ObjectiveOutcome}.
 *
 * @param lengthTokens L
 * @param trainedWindow whether L is the context length of training, where a loss means harm at short context
 * @param scoredTokens tokens behind each figure
 * @param baseline perplexity, quantized, all scales 1
 * @param tuned perplexity, quantized, best scales
 * @param unquantized perplexity, full precision, all scales 1
 * @param control perplexity, full precision, best scales
 * @param tunedPplGain tuned over baseline
 * @param controlPplGain control over unquantized: what the scales repair of the interpolation
 * @param repairedPplGain tunedPplGain - controlPplGain, paired: what they repair of the quantization
 * @param quantizingPplGain baseline over unquantized: negative where quantization costs something
 */
public record LengthRow(
        int lengthTokens,
        boolean trainedWindow,
        long scoredTokens,
        @Nullable Double baseline,
        @Nullable Double tuned,
        @Nullable Double unquantized,
        @Nullable Double control,
        @Nullable Interval tunedPplGain,
        @Nullable Interval controlPplGain,
        @Nullable Interval repairedPplGain,
        @Nullable Interval quantizingPplGain) {

    /** One row per length of the held-out plan. */
    static List<LengthRow> allOf(Study study, StudyOutcome outcome) {
        Attribution attribution = outcome.attribution();
        List<LengthRow> rows = new ArrayList<>();
        for (int length : study.heldOutPlan().lengths()) {
            rows.add(new LengthRow(
                    length,
                    length == study.trainedWindow(),
                    scoredTokens(study, length),
                    perplexity(outcome, Setting.BASELINE, length),
                    perplexity(outcome, Setting.TUNED, length),
                    perplexity(outcome, Setting.UNQUANTIZED, length),
                    perplexity(outcome, Setting.CONTROL, length),
                    attribution == null ? null : attribution.gain().at(length),
                    attribution == null ? null : attribution.controlGain().at(length),
                    attribution == null ? null : attribution.repaired().at(length),
                    attribution == null ? null : attribution.quantizing().at(length)));
        }
        return rows;
    }

    private static long scoredTokens(Study study, int length) {
        long sum = 0;
        for (WindowSpan window : study.heldOutPlan().windows()) {
            sum += window.toPosition() <= length ? window.tokens() : 0;
        }
        return sum;
    }

    private static @Nullable Double perplexity(StudyOutcome outcome, Setting setting, int length) {
        HeldOutFigures figures = outcome.heldOut().get(setting);
        Interval perplexity = figures == null ? null : figures.perplexity(length);
        return perplexity == null ? null : perplexity.estimate();
    }
}
