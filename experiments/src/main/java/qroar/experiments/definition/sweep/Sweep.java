package qroar.experiments.definition.sweep;

import java.util.ArrayList;
import java.util.List;
import qroar.experiments.objective.Aim;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;

/** The swept keys, each with its distinct values in the order of the file, and the points that are left out. */
public record Sweep(
        List<RopeChoice> rope,
        List<QuantizationSpec> quantizer,
        List<Integer> bands,
        List<LayerChoice> layers,
        List<Integer> grid,
        List<ScaleMode> mode,
        List<Weighting> weights,
        List<Aim> objective,
        List<Exclusion> exclude) {
    public Sweep {
        rope = List.copyOf(rope);
        quantizer = List.copyOf(quantizer);
        bands = List.copyOf(bands);
        layers = List.copyOf(layers);
        grid = List.copyOf(grid);
        mode = List.copyOf(mode);
        weights = List.copyOf(weights);
        objective = List.copyOf(objective);
        exclude = List.copyOf(exclude);
    }

    /** Size of the full product, exclusions not taken off. */
    public long productSize() {
        long size = 1;
        for (List<?> values : List.of(rope, quantizer, bands, layers, grid, mode, weights, objective)) {
            size = Math.multiplyExact(size, values.size());
        }
        return size;
    }

    /** Every point that is not excluded; the last key of the record varies fastest. */
    public List<SweepPoint> points() {
        return product().stream()
                .filter(point -> exclude.stream().noneMatch(exclusion -> exclusion.matches(point)))
                .toList();
    }

    /** Every point, those that are excluded among them. */
    public List<SweepPoint> product() {
        List<SweepPoint> points = new ArrayList<>();
        for (RopeChoice r : rope) {
            for (QuantizationSpec q : quantizer) {
                for (int b : bands) {
                    for (LayerChoice l : layers) {
                        for (int g : grid) {
                            modes(points, new SweepPoint(r, q, b, l, g, mode.get(0), weights.get(0), objective.get(0)));
                        }
                    }
                }
            }
        }
        return points;
    }

    private void modes(List<SweepPoint> points, SweepPoint like) {
        for (ScaleMode m : mode) {
            for (Weighting w : weights) {
                for (Aim o : objective) {
                    points.add(new SweepPoint(
                            like.rope(), like.quantizer(), like.bands(), like.layers(), like.grid(), m, w, o));
                }
            }
        }
    }
}
