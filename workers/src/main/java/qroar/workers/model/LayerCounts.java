package qroar.workers.model;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.workers.config.ModelConfig;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * Counts of q and k magnitudes of one layer on the device: four dense histograms per RoPE pair, of q and k before the
 * rotation and of q and k after it. Band scales and attention scaling act with the rotation, so they are in the latter
 * only. Bucket indices come from float32 logarithms: a magnitude within about 1e-5 relative of a bucket's edge may be
 * counted in its neighbour.
 */
final class LayerCounts implements AutoCloseable {
    private static final int KINDS = 4;

    private final ValueScope scope = new ValueScope();
    private final int pairs;
    private final List<TorchValue> kinds = new ArrayList<>();
    private final TorchValue list;

    LayerCounts(ModelConfig config, TorchDevice device) {
        DecoderScript script = TorchRuntime.decoder();
        pairs = config.geometry().pairCount();
        try {
            for (int kind = 0; kind < KINDS; kind++) {
                kinds.add(scope.own(script.zeroCounts((long) pairs * LogHistogram.DENSE_BUCKETS, device)));
            }
            list = scope.own(script.list(kinds));
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /** The list that a block adds to. */
    TorchValue list() {
        return list;
    }

    /** What was counted so far. */
    LayerActivations read(int document, int layer) {
        return new LayerActivations(
                document,
                layer,
                perPair(kinds.get(0)),
                perPair(kinds.get(1)),
                perPair(kinds.get(2)),
                perPair(kinds.get(3)));
    }

    private List<LogHistogram> perPair(TorchValue counted) {
        long[] dense = counted.longs();
        List<LogHistogram> histograms = new ArrayList<>(pairs);
        for (int pair = 0; pair < pairs; pair++) {
            int from = pair * LogHistogram.DENSE_BUCKETS;
            histograms.add(LogHistogram.ofDense(Arrays.copyOfRange(dense, from, from + LogHistogram.DENSE_BUCKETS)));
        }
        return histograms;
    }

    @Override
    public void close() {
        scope.close();
    }
}
