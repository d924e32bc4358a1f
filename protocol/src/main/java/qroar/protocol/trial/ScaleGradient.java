package qroar.protocol.trial;

import java.util.List;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.ScaleMode;

/**
 * How the losses of one document answer to scales, at the scales of the trial: d (sum of NLL) / d ln s for a factor s on
 * the rotated q, and for one on the rotated k, of a RoPE pair, over all layers, heads and positions. Sent once per
 * document, before its last window. A derivative that is not finite is passed on as it is.
 *
 * <p>The two sides make up both modes: a shared scale of a band moves the loss by the sum over its pairs of q + k, a
 * symmetric one by q - k, which is 0 as long as a logit sees nothing but the product q k.
 *
 * @param document index into the plan's documents
 * @param query per RoPE pair, in nats; where groups of layers have scales of their own, group after group
 * @param key likewise
 */
public record ScaleGradient(int document, List<Double> query, List<Double> key) implements Measurement {
    public ScaleGradient {
        query = List.copyOf(query);
        key = List.copyOf(key);
        if (query.size() != key.size()) {
            throw new IllegalArgumentException(
                    "a gradient of " + query.size() + " pairs for q and " + key.size() + " for k");
        }
    }

    /** d (sum of NLL) / d ln s of the scale of a cell in a mode, in nats. */
    public double ofCell(BandPartition partition, int cell, ScaleMode mode) {
        Band band = partition.band(cell);
        int first = partition.groupOf(cell) * partition.pairCount();
        double sum = 0;
        for (int pair = first + band.fromPair(); pair < first + band.toPair(); pair++) {
            sum += query.get(pair) + (mode == ScaleMode.SHARED ? key.get(pair) : -key.get(pair));
        }
        return sum;
    }
}
