package qroar.reports.model;

import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.Interval;

/**
 * What the held-out gain repairs, as numbers: the sentence of a study's {@code attribution} in figures.
 *
 * @param interpolationShare share of the gain that the control has too; null where the gain cannot be told from zero
 * @param repairedGain gain less the control's, paired: what is repaired of the quantization
 * @param quantizingGain baseline over unquantized: negative where quantization costs something
 * @param overUnquantizedGain tuned, quantized, over the model that is neither quantized nor scaled
 * @param shortContext what became of the trained window
 * @param shortContextTokens longest length within it; null where none was evaluated
 * @param shortContextPplGain tuned over baseline at that length
 */
public record RepairFigures(
        @Nullable Double interpolationShare,
        Interval repairedGain,
        Interval quantizingGain,
        Interval overUnquantizedGain,
        Attribution.ShortContext shortContext,
        @Nullable Integer shortContextTokens,
        @Nullable Interval shortContextPplGain) {

    static RepairFigures of(Attribution attribution) {
        var shortContext = attribution.shortContext();
        return new RepairFigures(
                Known.finite(attribution.interpolationShare()),
                attribution.repaired().objective(),
                attribution.quantizing().objective(),
                attribution.tunedOverUnquantized().objective(),
                attribution.shortContextVerdict(),
                shortContext == null ? null : shortContext.length(),
                shortContext == null ? null : shortContext.nats());
    }
}
