package qroar.experiments.definition.sweep;

import java.util.List;
import qroar.experiments.objective.Aim;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;

/**
 * Points of the sweep that are left out: those that match every key listed here. A key matches when the point has one
 * of its values; an empty list stands for a key that was not listed.
 */
public record Exclusion(
        List<RopeChoice> rope,
        List<QuantizationSpec> quantizer,
        List<Integer> bands,
        List<LayerChoice> layers,
        List<Integer> grid,
        List<ScaleMode> mode,
        List<Weighting> weights,
        List<Aim> objective) {
    public Exclusion {
        rope = List.copyOf(rope);
        quantizer = List.copyOf(quantizer);
        bands = List.copyOf(bands);
        layers = List.copyOf(layers);
        grid = List.copyOf(grid);
        mode = List.copyOf(mode);
        weights = List.copyOf(weights);
        objective = List.copyOf(objective);
    }

    public boolean matches(SweepPoint point) {
        return admits(rope, point.rope())
                && admits(quantizer, point.quantizer())
                && admits(bands, point.bands())
                && admits(layers, point.layers())
                && admits(grid, point.grid())
                && admits(mode, point.mode())
                && admits(weights, point.weights())
                && admits(objective, point.objective());
    }

    private static <T> boolean admits(List<T> listed, T value) {
        return listed.isEmpty() || listed.contains(value);
    }
}
