package qroar.workers.needle;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.needle.NeedleTask;
import qroar.protocol.spec.SpecWriter;

/**
 * Which questions of a task are asked: {@code samples} of them for every length and depth.
 *
 * @param lengths in tokens of the model, prompt and what may be generated together
 * @param depthsPercent where the needle lies; empty where its depth is drawn, as RULER does
 * @param samples of each length and depth
 * @param seed of all of them; other seeds have other keys, values and depths
 */
public record NeedlePlan(NeedleTask task, List<Integer> lengths, List<Double> depthsPercent, int samples, long seed) {
    private static final int LEAST_LENGTH = 32;
    private static final int MOST_LENGTH = 1 << 24;
    private static final int MOST_SAMPLES = 10_000;
    private static final int MOST_CELLS = 10_000;

    /** @throws IllegalArgumentException naming the number and its limits */
    public NeedlePlan {
        lengths = List.copyOf(new LinkedHashSet<>(lengths));
        depthsPercent = List.copyOf(new LinkedHashSet<>(depthsPercent));
        if (lengths.isEmpty()) {
            throw new IllegalArgumentException("needles need at least one length");
        }
        for (int length : lengths) {
            if (length < LEAST_LENGTH || length > MOST_LENGTH) {
                throw new IllegalArgumentException(
                        "length " + length + " must lie in " + LEAST_LENGTH + " to " + MOST_LENGTH + " tokens");
            }
        }
        for (double depth : depthsPercent) {
            if (!(depth >= 0 && depth <= 100)) {
                throw new IllegalArgumentException(
                        "depth " + SpecWriter.number(depth) + " must lie in 0 to 100 per cent");
            }
        }
        if (samples < 1 || samples > MOST_SAMPLES) {
            throw new IllegalArgumentException("samples " + samples + " must lie in 1 to " + MOST_SAMPLES);
        }
        if ((long) lengths.size() * Math.max(1, depthsPercent.size()) > MOST_CELLS) {
            throw new IllegalArgumentException(
                    lengths.size() + " lengths times " + depthsPercent.size() + " depths; at most " + MOST_CELLS);
        }
    }

    /**
     * A cell of the table.
     *
     * @param depthPercent null where it is drawn
     */
    public record Cell(int length, @Nullable Double depthPercent) {}

    /** Length by length, the depths of each in their order. */
    public List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        for (int length : lengths) {
            if (depthsPercent.isEmpty()) {
                cells.add(new Cell(length, null));
            }
            depthsPercent.forEach(depth -> cells.add(new Cell(length, depth)));
        }
        return cells;
    }

    /** Questions in all. */
    public int questions() {
        return cells().size() * samples;
    }
}
