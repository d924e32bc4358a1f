package qroar.workers.quantize;

import java.util.Arrays;

/**
 * The signed 8-bit dynamic data type (Dettmers 2016, arXiv 1511.04561), as {@code create_dynamic_map} of bitsandbytes has it, to
 * the bit: in each of seven decades from 1e-6 to 1 the middles of 1, 2, 4 ... 64 equal parts of [0.1, 1], with both signs;
 * besides, 0 and 1.
 */
final class DynamicMap {
    private static final int DECADES = 7;
    private static final float LOWEST = 0.1f;

    private DynamicMap() {}

    /** All 256, rising; a copy. */
    static float[] entries() {
        float[] entries = new float[1 << (DECADES + 1)];
        int filled = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            float[] ends = evenly((1 << decade) + 1);
            float unit = (float) Math.pow(10, decade - (DECADES - 1));
            for (int part = 0; part + 1 < ends.length; part++) {
                float value = unit * ((ends[part] + ends[part + 1]) / 2);
                entries[filled++] = value;
                entries[filled++] = -value;
            }
        }
        entries[filled++] = 0;
        entries[filled] = 1;
        Arrays.sort(entries);
        return entries;
    }

    /** As torch.linspace in float32 where the processor multiplies and adds in one: from both ends towards the middle. */
    private static float[] evenly(int count) {
        float step = (1 - LOWEST) / (count - 1);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = i < count / 2 ? Math.fma(step, i, LOWEST) : Math.fma(-step, count - i - 1, 1);
        }
        return values;
    }
}
