package qroar.experiments.stopping;

import java.util.ArrayList;
import java.util.List;
import qroar.experiments.stopping.Race.Block;

/**
 * When a rule looks, as numbers of blocks seen, and how much of the plan's weight has been seen then. Known from the plan
 * alone. There is no look at the end of the plan, where the exact objective decides.
 *
 * @param blockCounts rising
 * @param windows the same in windows seen
 * @param weights seen weight at each look, in (0, 1)
 */
record Looks(List<Integer> blockCounts, List<Integer> windows, List<Double> weights) {
    /** How often. */
    enum Every {
        BLOCK,
        HALF_DOCUMENT,
        DOCUMENT
    }

    Looks {
        blockCounts = List.copyOf(blockCounts);
        windows = List.copyOf(windows);
        weights = List.copyOf(weights);
    }

    /** Looks from the first time on that every stratum still to come has been seen. */
    static Looks of(List<Block> blocks, int strata, Every every) {
        int[] toCome = new int[strata];
        blocks.forEach(block -> toCome[block.stratum()]++);
        boolean[] seen = new boolean[strata];
        List<Integer> counts = new ArrayList<>();
        List<Integer> windows = new ArrayList<>();
        List<Double> weights = new ArrayList<>();
        double weight = 0;
        for (int i = 0; i + 1 < blocks.size(); i++) {
            Block block = blocks.get(i);
            toCome[block.stratum()]--;
            seen[block.stratum()] = true;
            weight += block.weight();
            boolean covered = true;
            for (int b = 0; b < seen.length; b++) {
                covered &= seen[b] || toCome[b] == 0;
            }
            boolean ends = blocks.get(i + 1).document() != block.document();
            boolean half = block.stratum() < strata / 2 && blocks.get(i + 1).stratum() >= strata / 2;
            if (covered && (ends || every == Every.BLOCK || (half && every == Every.HALF_DOCUMENT))) {
                counts.add(i + 1);
                windows.add(block.toWindow());
                weights.add(weight);
            }
        }
        return new Looks(counts, windows, weights);
    }

    /** Number of looks within the first windows of the plan. */
    int within(int windowCount) {
        int looks = 0;
        while (looks < windows.size() && windows.get(looks) <= windowCount) {
            looks++;
        }
        return looks;
    }
}
