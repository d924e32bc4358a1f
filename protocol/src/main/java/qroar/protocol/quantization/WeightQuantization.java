package qroar.protocol.quantization;

import java.util.List;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.SpecWriter;

/**
 * Post-training quantization of the seven linears of every decoder layer, simulated in floating point. A group is a run
 * of {@code group} consecutive input columns within one output row, the last one of a row shorter where the width is no
 * multiple of it; 0 means the whole row. Bits from 2 to 8; anything else is an
 * {@link IllegalArgumentException}.
 *
 * <p>A variant's file holds all that is known of it but its algorithm, which lives with the tensors in the workers.
 */
public sealed interface WeightQuantization
        permits NoQuantization,
                StoredQuantization,
                RtnQuantization,
                Nf4Quantization,
                AwqQuantization,
                GptqQuantization,
                SmoothQuantization {
    /** Every variant's form, in the order in which help texts list them. */
    static List<SpecForm<WeightQuantization>> forms() {
        return List.of(
                NoQuantization.FORM,
                StoredQuantization.FORM,
                RtnQuantization.FORM,
                Nf4Quantization.FORM,
                AwqQuantization.FORM,
                GptqQuantization.FORM,
                SmoothQuantization.FORM);
    }

    /** How the variant is written. */
    SpecForm<WeightQuantization> form();

    /** The word that starts its spec: {@code none}, {@code rtn}, {@code awq}, {@code gptq}. */
    default String type() {
        return form().word();
    }

    /** Adds the options of its canonical text, which tells it from every other value of its variant. */
    void write(SpecWriter text);

    /** For ids of studies, {@code rtn-w4g128}: lower-case letters, digits and '-'. */
    String briefName();

    /** Bits of a code; 0 where weights stay as they are. */
    int bits();

    /** Whether every zero point is the middle of the codes. */
    default boolean isSymmetric() {
        return false;
    }

    /** Whether groups follow another order than that of the columns. */
    default boolean reordersGroups() {
        return false;
    }

    /** Whether the values of a code lie evenly spaced, as formats of integers on grids have them. */
    default boolean isEvenlySpaced() {
        return true;
    }

    /** Columns of a group; 0 for the whole row, or where no group follows columns. */
    int group();

    /** Whether it needs calibration documents. */
    boolean isCalibrated();

    /** Fewest calibration tokens in all that it can work with; 0 where any will do. */
    default int leastCalibrationTokens() {
        return 0;
    }
}
