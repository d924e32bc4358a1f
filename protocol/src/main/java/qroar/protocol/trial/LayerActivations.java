package qroar.protocol.trial;

import java.util.List;
import qroar.protocol.statistics.LogHistogram;

/**
 * Magnitudes of q and k in one layer over one document, one histogram per RoPE pair, pooled over heads, positions and
 * the two rows of a pair. Sent once per document and layer, before the last window of that document.
 *
 * @param document index into the plan's documents
 * @param layer decoder layer, from 0
 * @param queryBefore |W_Q x| before rotation, per pair (q_norm applied where the model has one)
 * @param keyBefore |W_K x| before rotation, per pair
 * @param queryAfter |q| on the rotated axes, per pair
 * @param keyAfter |k| on the rotated axes, per pair
 */
public record LayerActivations(
        int document,
        int layer,
        List<LogHistogram> queryBefore,
        List<LogHistogram> keyBefore,
        List<LogHistogram> queryAfter,
        List<LogHistogram> keyAfter)
        implements Measurement {
    public LayerActivations {
        queryBefore = List.copyOf(queryBefore);
        keyBefore = List.copyOf(keyBefore);
        queryAfter = List.copyOf(queryAfter);
        keyAfter = List.copyOf(keyAfter);
    }
}
