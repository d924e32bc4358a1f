package qroar.workers.block;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.KeyValueQuantization;

/** How a head's keys are quantized and linears' inputs clipped, as the integers that decoder.py reads. */
final class KeyGrids {
    /** A tail is a multiple of one part of so many. */
    private static final int TAIL_PARTS = 1 << 16;

    /** What a share of a whole number may miss it by. */
    private static final double ROUNDING = 1e-9;

    /** A share of a row that is clipped is a multiple of one part of so many. */
    private static final double SHARE_PARTS = 1e9;

    private KeyGrids() {}

    /** The share of a row that is beyond at each end, and the tail, as {@code linear_input} reads them. */
    static List<Long> ofClipped(ActivationQuantization activations) {
        if (activations.awaitsTail()) {
            throw new IllegalStateException("act-tail=auto was not measured");
        }
        return List.of(
                Math.round((1 - activations.clip()) / 2 * SHARE_PARTS), Math.round(activations.tail() * TAIL_PARTS));
    }

    /**
     * Whether keys are quantized before RoPE, the number of bands, and of each its values, bits, how many values at
     * either end are clipped, and tail.
     *
     * @throws qroar.protocol.BadInput for more bands than a head has rotary pairs
     */
    static List<Long> of(@Nullable KeyValueQuantization keyValues, int headDim) {
        List<Long> integers = new ArrayList<>();
        boolean preRope = keyValues != null && keyValues.order() == KeyValueQuantization.Order.PRE_ROPE;
        integers.add(preRope ? 1L : 0L);
        if (keyValues == null || !keyValues.isByBand()) {
            integers.add(0L);
            return integers;
        }
        int pairs = headDim / 2;
        keyValues.requirePairs(pairs);
        List<Band> bands = BandPartition.logSpaced(pairs, keyValues.bands()).bands();
        integers.add((long) bands.size());
        for (int b = 0; b < bands.size(); b++) {
            long width = 2L * (bands.get(b).toPair() - bands.get(b).fromPair());
            double share = keyValues.clip() == 0 ? 0 : (1 - keyValues.clip()) / 2;
            long beyond = (long) Math.floor(share * width + ROUNDING);
            integers.addAll(
                    List.of(width, (long) keyValues.bitsOf(b), beyond, Math.round(keyValues.tailOf(b) * TAIL_PARTS)));
        }
        return integers;
    }
}
