package qroar.workers.block;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.band.Band;
import qroar.protocol.band.BandPartition;
import qroar.protocol.quantization.KeyValueQuantization;

/** How a head's keys are quantized, as the integers that {@code quantized_keys} of decoder.py reads. */
final class KeyGrids {
    /** A tail is a multiple of one part of so many. */
    private static final int TAIL_PARTS = 1 << 16;

    /** What a share of a whole number may miss it by. */
    private static final double ROUNDING = 1e-9;

    private KeyGrids() {}

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
