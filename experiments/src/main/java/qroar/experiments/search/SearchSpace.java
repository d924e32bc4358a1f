package qroar.experiments.search;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;

/**
 * What a strategy walks through: one grid per band, or per band and group of layers. A strategy calls each of them a band: what
 * has a scale of its own, a cell of the partition.
 *
 * @param partition the bands, and which layers share scales
 * @param mode how scales act
 * @param grids one per band
 * @param order bands in the order in which they are searched
 * @param slopes d ln J / d ln s per band at the start; NaN where it is not known
 * @param minGain smallest gain that promotes a candidate
 * @param maxPasses passes at most
 * @param base scale of every band at position 0: 1, or where a common start ended
 */
public record SearchSpace(
        BandPartition partition,
        ScaleMode mode,
        List<BandGrid> grids,
        List<Integer> order,
        List<Double> slopes,
        double minGain,
        int maxPasses,
        double base) {
    /** Around the unscaled model. */
    SearchSpace(
            BandPartition partition,
            ScaleMode mode,
            List<BandGrid> grids,
            List<Integer> order,
            List<Double> slopes,
            double minGain,
            int maxPasses) {
        this(partition, mode, grids, order, slopes, minGain, maxPasses, 1);
    }

    public SearchSpace {
        grids = List.copyOf(grids);
        order = List.copyOf(order);
        slopes = List.copyOf(slopes);
    }

    /** The space that diagnosed bands span. */
    public static SearchSpace of(
            BandPartition partition, ScaleMode mode, List<BandDiagnosis> bands, SearchSettings settings) {
        return new SearchSpace(
                partition,
                mode,
                bands.stream().map(band -> BandGrid.of(band.window(), settings)).toList(),
                BandDiagnosis.sensitivityOrder(bands),
                bands.stream().map(BandDiagnosis::gradient).toList(),
                settings.minGain(),
                settings.maxPasses());
    }

    /**
     * The same space with this scale of all bands in the place of 1. Slopes are left out: they were taken at 1.
     */
    SearchSpace around(double scale) {
        return new SearchSpace(
                partition,
                mode,
                grids.stream().map(grid -> grid.around(scale)).toList(),
                order,
                Collections.nCopies(slopes.size(), Double.NaN),
                minGain,
                maxPasses,
                scale);
    }

    /** The scale of a band at a position: exactly the base at position 0. */
    double scale(int band, int position) {
        return base * grids.get(band).scale(position);
    }

    /** The scales at a point of the lattice. */
    BandScales scales(List<Integer> positions) {
        double[] scales = new double[positions.size()];
        for (int b = 0; b < scales.length; b++) {
            scales[b] = scale(b, positions.get(b));
        }
        return new BandScales(partition, mode, scales);
    }

    /** Candidates that differ from a point in one band only, with labels that differ. */
    List<Candidate> alongBand(int pass, List<Integer> from, int band, int[] positions, double requiredGain) {
        List<Candidate> candidates = new ArrayList<>();
        for (int position : positions) {
            List<Integer> point = new ArrayList<>(from);
            point.set(band, position);
            String label = TrialLabel.inBand(pass, layers(band), partition.bandOf(band), word(band, position));
            candidates.add(new Candidate(label, point, scales(point), requiredGain));
        }
        return candidates;
    }

    /** Of a cell, for its label; empty where all layers share. */
    private String layers(int cell) {
        return partition.layers().isAll()
                ? ""
                : partition.layers().words(partition.groupOf(cell)).replace(' ', '-');
    }

    /** The scale at a position, with digits enough to tell it from its neighbours: four, unless the lattice is very fine. */
    String word(int band, int position) {
        BandGrid grid = grids.get(band);
        int digits = 4;
        while (digits < 15
                && StrictMath.pow(10, -digits) > grid.finestStep() * grid.lowestScale()
                && grid.finestStep() > 0) {
            digits++;
        }
        return String.format(Locale.ROOT, "%." + digits + "f", scale(band, position));
    }
}
