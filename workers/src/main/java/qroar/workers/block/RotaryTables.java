package qroar.workers.block;

import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.BandScales;
import qroar.protocol.rope.RopeFrequencies;
import qroar.workers.config.ModelConfig;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * cos and sin of every position and RoPE pair, for q and for k, as complex numbers
 * f_j (cos(p inv_freq_j) + i sin(p inv_freq_j)). The factor f_j holds the attention scaling and the trial's band scale:
 * scaling a band's rows of W_Q is scaling its rotated q, so a trial is these tables and nothing else.
 *
 * <p>The angle p inv_freq_j is a float32 product, as in the reference implementation. Immutable, shareable.
 */
public final class RotaryTables implements AutoCloseable {
    private final TorchValue tables;
    private final int positions;

    private RotaryTables(TorchValue tables, int positions) {
        this.tables = tables;
        this.positions = positions;
    }

    /**
     * @param scales null for none; its partition must have one pair per frequency
     * @param positions p runs from 0 to here, exclusive; at least 1
     */
    public static RotaryTables of(
            RopeFrequencies frequencies, @Nullable BandScales scales, int positions, TorchDevice device) {
        double[] invFreq = frequencies.invFreq();
        if (scales != null && scales.partition().pairCount() != invFreq.length) {
            throw new IllegalArgumentException(
                    "bands over " + scales.partition().pairCount() + " RoPE pairs; the model has " + invFreq.length);
        }
        if (positions < 1) {
            throw new IllegalArgumentException("rotary tables for " + positions + " positions; at least 1 is needed");
        }
        double[] query = scales == null ? null : scales.queryPairScales();
        double[] key = scales == null ? null : scales.keyPairScales();
        DecoderScript script = TorchRuntime.decoder();
        try (TorchValue angles = vector(script, invFreq, null, 1.0, device);
                TorchValue q = table(script, angles, query, frequencies, positions, device);
                TorchValue k = table(script, angles, key, frequencies, positions, device)) {
            return new RotaryTables(script.list(List.of(q, k)), positions);
        }
    }

    private static TorchValue table(
            DecoderScript script,
            TorchValue angles,
            double @Nullable [] scales,
            RopeFrequencies frequencies,
            int positions,
            TorchDevice device) {
        double[] ones = new double[frequencies.invFreq().length];
        java.util.Arrays.fill(ones, 1.0);
        try (TorchValue factors = vector(script, ones, scales, frequencies.attentionScaling(), device)) {
            return script.rotaryTable(angles, factors, positions);
        }
    }

    private static TorchValue vector(
            DecoderScript script, double[] values, double @Nullable [] scales, double common, TorchDevice device) {
        float[] floats = new float[values.length];
        for (int j = 0; j < floats.length; j++) {
            floats[j] = (float) (values[j] * common * (scales == null ? 1.0 : scales[j]));
        }
        return script.floats(floats, new long[] {floats.length}, device);
    }

    /** Bytes of the tables of q and k for one group of layers. */
    public static long bytes(ModelConfig config, int positions) {
        long complex = 2L * Float.BYTES;
        return 2 * complex * config.geometry().pairCount() * positions;
    }

    /** Positions that have a row. */
    public int positions() {
        return positions;
    }

    TorchValue tables() {
        return tables;
    }

    @Override
    public void close() {
        tables.close();
    }
}
