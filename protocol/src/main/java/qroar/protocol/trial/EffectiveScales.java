package qroar.protocol.trial;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Checksum;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;

/**
 * What of a trial's scales can reach a logit. Where neither q nor k is quantized after the scales act, a logit sees
 * only the product of the q and the k factor of each RoPE pair: symmetric scales are then no scales at all, and trials
 * that share a product are one trial. Equality is by value.
 */
public final class EffectiveScales {
    /** Neighbouring layers whose factors differ from those of the layers around them; one run where all share. */
    private final List<Run> runs;

    private EffectiveScales(List<Run> runs) {
        this.runs = runs;
    }

    /** @param toLayer behind its last layer */
    private record Run(int toLayer, double[] query, double[] key) {
        static Run of(BandScales scales, int toLayer, boolean seesProductAlone) {
            double[] query = scales.queryPairScales();
            double[] key = scales.keyPairScales();
            if (seesProductAlone) {
                // Symmetric scales cancel by definition; s * (1/s) in floating point may miss 1 by an ulp.
                boolean cancels = scales.mode() == ScaleMode.SYMMETRIC;
                for (int j = 0; j < query.length; j++) {
                    query[j] = cancels ? 1.0 : query[j] * key[j];
                }
                Arrays.fill(key, 1.0);
            }
            return new Run(toLayer, query, key);
        }

        boolean isIdentity() {
            return Arrays.stream(query).allMatch(s -> s == 1.0)
                    && Arrays.stream(key).allMatch(s -> s == 1.0);
        }

        boolean actsAs(Run other) {
            return Arrays.equals(query, other.query) && Arrays.equals(key, other.key);
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Run that && toLayer == that.toLayer && actsAs(that);
        }

        @Override
        public int hashCode() {
            return 31 * (31 * Arrays.hashCode(query) + Arrays.hashCode(key)) + toLayer;
        }
    }

    public static EffectiveScales of(BandScales scales, QuantizationSpec quantization) {
        LayerGroups layers = scales.partition().layers();
        List<Run> runs = new ArrayList<>();
        for (int group = 0; group < layers.count(); group++) {
            Run run = Run.of(scales.ofGroup(group), layers.to(group), !quantization.quantizesRotatedKeys());
            if (!runs.isEmpty() && runs.get(runs.size() - 1).actsAs(run)) {
                runs.remove(runs.size() - 1);
            }
            runs.add(run);
        }
        // Groups that all do the same are no groups.
        return new EffectiveScales(
                runs.size() == 1
                        ? List.of(new Run(
                                Integer.MAX_VALUE,
                                runs.get(0).query(),
                                runs.get(0).key()))
                        : List.copyOf(runs));
    }

    public boolean isIdentity() {
        return runs.size() == 1 && runs.get(0).isIdentity();
    }

    /** Exact text, part of a {@link TrialKey}; all identities read the same whatever their number of pairs. */
    String canonical() {
        if (isIdentity()) {
            return "1";
        }
        StringBuilder text = new StringBuilder();
        for (Run run : runs) {
            // Scales that all layers share read as they did before layers could have their own.
            text.append(runs.size() == 1 ? "" : "layers to " + run.toLayer() + ":")
                    .append(text(run.query()))
                    .append(';')
                    .append(text(run.key()));
        }
        return text.toString();
    }

    /** Adds what {@link #canonical} tells. */
    void update(Checksum sum) {
        boolean identity = isIdentity();
        int pairs = runs.get(0).query().length;
        ByteBuffer bytes =
                ByteBuffer.allocate(1 + (identity ? 0 : runs.size() * (Integer.BYTES + 2 * pairs * Double.BYTES)));
        bytes.put((byte) (identity ? 1 : 0));
        for (Run run : identity ? List.<Run>of() : runs) {
            if (runs.size() > 1) {
                bytes.putInt(run.toLayer());
            }
            for (int j = 0; j < pairs; j++) {
                bytes.putDouble(run.query()[j]).putDouble(run.key()[j]);
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
        return other instanceof EffectiveScales that && runs.equals(that.runs);
    }

    @Override
    public int hashCode() {
        return runs.hashCode();
    }

    @Override
    public String toString() {
        return canonical();
    }
}
