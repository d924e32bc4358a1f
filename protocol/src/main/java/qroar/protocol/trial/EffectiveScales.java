package qroar.protocol.trial;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.Checksum;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;

/**
 * What of a trial's scales can reach a logit. Where neither q nor k is quantized after the scales act, a logit sees
 * only the product of the q and the k factor of each RoPE pair: symmetric scales are then no scales at all, and trials
 * that share a product are one trial. Equality is by value.
 */
public final class EffectiveScales {
    private final double[] query;
    private final double[] key;

    private EffectiveScales(double[] query, double[] key) {
        this.query = query;
        this.key = key;
    }

    public static EffectiveScales of(BandScales scales, QuantizationSpec quantization) {
        double[] query = scales.queryPairScales();
        double[] key = scales.keyPairScales();
        if (!quantization.quantizesRotatedKeys()) {
            // Symmetric scales cancel by definition; s * (1/s) in floating point may miss 1 by an ulp.
            boolean cancels = scales.mode() == ScaleMode.SYMMETRIC;
            for (int j = 0; j < query.length; j++) {
                query[j] = cancels ? 1.0 : query[j] * key[j];
            }
            Arrays.fill(key, 1.0);
        }
        return new EffectiveScales(query, key);
    }

    public boolean isIdentity() {
        return Arrays.stream(query).allMatch(s -> s == 1.0)
                && Arrays.stream(key).allMatch(s -> s == 1.0);
    }

    /** Exact text, part of a {@link TrialKey}; all identities read the same whatever their number of pairs. */
    String canonical() {
        return isIdentity() ? "1" : text(query) + ";" + text(key);
    }

    /** Adds what {@link #canonical} tells. */
    void update(Checksum sum) {
        boolean identity = isIdentity();
        ByteBuffer bytes = ByteBuffer.allocate(1 + (identity ? 0 : 2 * query.length * Double.BYTES));
        bytes.put((byte) (identity ? 1 : 0));
        if (!identity) {
            for (int j = 0; j < query.length; j++) {
                bytes.putDouble(query[j]).putDouble(key[j]);
            }
        }
        sum.update(bytes.flip());
    }

    private static String text(double[] values) {
        StringBuilder text = new StringBuilder();
        String last = "";
        for (int j = 0; j < values.length; j++) {
            // The pairs of a band are neighbours and have one scale.
            boolean same = j > 0 && Double.doubleToRawLongBits(values[j]) == Double.doubleToRawLongBits(values[j - 1]);
            last = same ? last : Double.toHexString(values[j]);
            text.append(last).append(',');
        }
        return text.toString();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EffectiveScales that
                && Arrays.equals(query, that.query)
                && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
        return 31 * Arrays.hashCode(query) + Arrays.hashCode(key);
    }

    @Override
    public String toString() {
        return canonical();
    }
}
