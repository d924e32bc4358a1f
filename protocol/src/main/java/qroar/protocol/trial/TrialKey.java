package qroar.protocol.trial;

import java.util.regex.Pattern;
import qroar.protocol.Sha256;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;

/**
 * Content address of a trial's result: a digest of everything that may change a number in it. Workers, devices, chunk
 * sizes and names of documents are no part of it.
 *
 * @param hex SHA-256, 64 hexadecimal digits
 */
public record TrialKey(String hex) {
    /** Raised whenever the numeric code changes what it computes, so that older results are not taken for new ones. */
    public static final int NUMERICS_VERSION = 1;

    private static final Pattern DIGEST = Pattern.compile("[0-9a-f]{64}");

    public TrialKey {
        if (!DIGEST.matcher(hex).matches()) {
            throw new IllegalArgumentException("trial key '" + hex + "' is not a SHA-256 digest");
        }
    }

    static TrialKey of(TrialSpec spec) {
        StringBuilder text = new StringBuilder("qroar-trial/").append(NUMERICS_VERSION);
        text.append("\ncheckpoint ").append(spec.checkpointDigest());
        // Keys of float32 are those of the versions that knew nothing else.
        if (spec.precision() != Precision.FLOAT32) {
            text.append("\nprecision ").append(spec.precision().word());
        }
        text.append("\nquantization ").append(QuantizationText.format(spec.quantization()));
        if (spec.quantization().weights().isCalibrated()) {
            Calibration calibration = spec.calibration();
            text.append("\ncalibration ")
                    .append(calibration.sequences())
                    .append('x')
                    .append(calibration.lengthTokens());
            calibration.documents().forEach(d -> text.append(' ').append(d.digest()));
        }
        text.append("\nrope ").append(RopeScalingSpec.format(spec.rope()));
        text.append("\nscales ")
                .append(EffectiveScales.of(spec.scales(), spec.quantization()).canonical());
        text.append("\nprobe ").append(spec.probe());
        EvaluationPlan plan = spec.plan();
        plan.documents().forEach(d -> text.append("\ndocument ").append(d.digest()));
        plan.windows()
                .forEach(w -> text.append("\nwindow ")
                        .append(w.document())
                        .append(' ')
                        .append(w.fromPosition())
                        .append(' ')
                        .append(w.toPosition()));
        return new TrialKey(Sha256.hex(text.toString()));
    }

    /** Enough of it for a log line. */
    public String brief() {
        return hex.substring(0, 12);
    }

    @Override
    public String toString() {
        return hex;
    }
}
