package qroar.experiments.study;

import java.util.Arrays;
import java.util.List;
import qroar.experiments.diagnosis.TailInflation;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandPartition;
import qroar.protocol.quantization.KeyValueQuantization;
import qroar.protocol.quantization.KeyValueQuantization.Order;

/**
 * The tails of {@code kv-tails=auto}: tail inflation of each band between the two unquantized distributions that a study
 * measures anyway, after rotation for keys that are quantized rotated, before it for others; pooled over all layers, because
 * all layers share a quantizer. Bands are those of the keys' own bits, else the study's. They are rounded, so that a study
 * which is given the numbers is the same study to the bit.
 */
final class MeasuredTails {
    private MeasuredTails() {}

    /** Whether nothing more has to be measured for them. */
    static boolean areReady(StudyProgress progress) {
        return progress.study().awaitsTails()
                && progress.answers().get(TrialLabel.UNQUANTIZED_LONG) instanceof TrialResult.Measured
                && progress.answers().get(TrialLabel.UNQUANTIZED_SHORT) instanceof TrialResult.Measured;
    }

    /** One for each band. */
    static List<Double> of(StudyProgress progress) {
        Study study = progress.study();
        TailInflation inflation = TailInflation.pooled(
                BandPartition.logSpaced(study.geometry().pairCount(), bands(study)),
                study.search().window().quantile(),
                progress.activations(TrialLabel.UNQUANTIZED_LONG),
                progress.activations(TrialLabel.UNQUANTIZED_SHORT));
        KeyValueQuantization keyValues = study.quantization().keyValues();
        boolean rotated = keyValues != null && keyValues.order() == Order.POST_ROPE;
        return Arrays.stream(rotated ? inflation.afterRotation() : inflation.beforeRotation())
                .map(KeyValueQuantization::roundedTail)
                .boxed()
                .toList();
    }

    /** How many there will be. */
    static int bands(Study study) {
        KeyValueQuantization keyValues = study.quantization().keyValues();
        return keyValues == null || keyValues.bandBits().isEmpty()
                ? study.partition().bandCount()
                : keyValues.bands();
    }
}
