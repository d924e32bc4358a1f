package qroar.experiments.study;

import java.util.Arrays;
import java.util.List;
import qroar.experiments.diagnosis.TailInflation;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.quantization.KeyValueQuantization;
import qroar.protocol.quantization.KeyValueQuantization.Order;

/**
 * The tails of {@code kv-tails=auto} and {@code act-tail=auto}: tail inflation of each band between the two unquantized
 * distributions that a study measures anyway, after rotation for keys that are quantized rotated, before it for others; pooled
 * over all layers, because all layers share a quantizer. Bands are those of the keys' own bits, else the study's; activations have one tail, what the
 * products of linears with them are inflated by over all bands. They are rounded, so that a study
 * which is given the numbers is the same study to the bit.
 */
final class MeasuredTails {
    private MeasuredTails() {}

    /** @throws BadInput where keys would have more bands than can have ranges of their own */
    static void requireBands(Study study) {
        KeyValueQuantization keyValues = study.quantization().keyValues();
        if (keyValues != null && keyValues.awaitsTails() && bands(study) > KeyValueQuantization.MAX_BANDS) {
            throw new BadInput("study " + study.id() + ": kv-tails=auto would have " + bands(study) + " bands; at most "
                    + KeyValueQuantization.MAX_BANDS + " can have ranges of their own (bands, or kv-bands)");
        }
    }

    /** Whether nothing more has to be measured for them. */
    static boolean areReady(StudyProgress progress) {
        return progress.study().awaitsTails()
                && progress.answers().get(TrialLabel.UNQUANTIZED_LONG) instanceof TrialResult.Measured
                && progress.answers().get(TrialLabel.UNQUANTIZED_SHORT) instanceof TrialResult.Measured;
    }

    /** The study with them. */
    static Study in(StudyProgress progress) {
        Study study = progress.study();
        KeyValueQuantization keyValues = study.quantization().keyValues();
        TailInflation ofBands = inflation(progress, bands(study));
        boolean rotated = keyValues != null && keyValues.order() == Order.POST_ROPE;
        List<Double> ofKeys = Arrays.stream(rotated ? ofBands.afterRotation() : ofBands.beforeRotation())
                .map(KeyValueQuantization::roundedTail)
                .boxed()
                .toList();
        double ofLinears = inflation(progress, 1).beforeRotation()[0];
        return study.withTails(ofKeys, KeyValueQuantization.roundedTail(ofLinears));
    }

    private static TailInflation inflation(StudyProgress progress, int bands) {
        Study study = progress.study();
        return TailInflation.pooled(
                BandPartition.logSpaced(study.geometry().pairCount(), bands),
                study.search().window().quantile(),
                progress.activations(TrialLabel.UNQUANTIZED_LONG),
                progress.activations(TrialLabel.UNQUANTIZED_SHORT));
    }

    /** How many there will be of keys. */
    static int bands(Study study) {
        KeyValueQuantization keyValues = study.quantization().keyValues();
        return keyValues == null || keyValues.bandBits().isEmpty()
                ? study.partition().bandCount()
                : keyValues.bands();
    }
}
