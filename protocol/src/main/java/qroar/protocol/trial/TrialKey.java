package qroar.protocol.trial;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;
import qroar.protocol.Sha256;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.calibration.BlockChoice;
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

    private static final int DIGITS = 64;

    public TrialKey {
        if (hex.length() != DIGITS || !hex.chars().allMatch(TrialKey::isDigit)) {
            throw new IllegalArgumentException("trial key '" + hex + "' is not a SHA-256 digest");
        }
    }

    private static boolean isDigit(int character) {
        return character >= '0' && character <= '9' || character >= 'a' && character <= 'f';
    }

    static TrialKey of(TrialSpec spec) {
        String scales = EffectiveScales.of(spec.scales(), spec.quantization()).canonical();
        return new TrialKey(Sha256.hex(model(spec) + "\nscales " + scales + "\nprobe " + spec.probe()
                + spec.plan().keyText() + compared(spec)));
    }

    /** Nothing where it is compared with nothing: such keys are those of before. */
    private static String compared(TrialSpec spec) {
        Reference reference = spec.reference();
        if (reference == null) {
            return "";
        }
        KeyTokenRule rule = reference.keyTokens();
        return "\nreference " + reference.checkpointDigest() + " "
                + reference.precision().word() + " "
                + RopeScalingSpec.format(reference.rope())
                + (rule == null ? "" : "\nkey tokens " + rule.text());
    }

    /** CRC-32C of all that the key is a digest of; scales as their bits, for their digits take longest. */
    static int checksum(TrialSpec spec) {
        CRC32C crc = new CRC32C();
        crc.update(model(spec).getBytes(StandardCharsets.UTF_8));
        EffectiveScales.of(spec.scales(), spec.quantization()).update(crc);
        crc.update(spec.probe().name().getBytes(StandardCharsets.UTF_8));
        crc.update(compared(spec).getBytes(StandardCharsets.UTF_8));
        crc.update(ByteBuffer.allocate(Integer.BYTES)
                .putInt(spec.plan().keyChecksum())
                .flip());
        return (int) crc.getValue();
    }

    /** What is evaluated, but for the scales. */
    private static String model(TrialSpec spec) {
        StringBuilder text = new StringBuilder("qroar-trial/").append(NUMERICS_VERSION);
        text.append("\ncheckpoint ").append(spec.checkpointDigest());
        // Keys of float32 are those of the versions that knew nothing else.
        if (spec.precision() != Precision.FLOAT32) {
            text.append("\nprecision ").append(spec.precision().word());
        }
        LayerGroups layers = spec.scales().partition().layers();
        // Losses depend on the scales alone; slopes are taken group by group, whatever the scales are.
        if (spec.probe() == TrialSpec.Probe.LOSSES_AND_GRADIENT && !layers.isAll()) {
            text.append("\nslopes of groups of ").append(layers.size()).append(" layers");
        }
        text.append("\nquantization ").append(QuantizationText.format(spec.quantization()));
        if (spec.quantization().weights().isCalibrated()) {
            Calibration calibration = spec.calibration();
            text.append("\ncalibration ")
                    .append(calibration.sequences())
                    .append('x')
                    .append(calibration.lengthTokens());
            // Keys of consecutive blocks are those of the versions that knew nothing else.
            if (calibration.choice() != BlockChoice.CONSECUTIVE) {
                text.append(' ').append(calibration.choice().word());
            }
            calibration.documents().forEach(d -> text.append(' ').append(d.digest()));
        }
        return text.append("\nrope ")
                .append(RopeScalingSpec.format(spec.rope()))
                .toString();
    }

    // Spelled out: what a record does by itself takes several times as long where code is compiled once and lightly.
    @Override
    public boolean equals(Object other) {
        return other instanceof TrialKey that && hex.equals(that.hex);
    }

    @Override
    public int hashCode() {
        return hex.hashCode();
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
