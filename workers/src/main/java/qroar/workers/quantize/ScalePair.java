package qroar.workers.quantize;

import java.util.List;
import qroar.workers.block.LayerWeights;
import qroar.workers.config.Projection;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/** What is divided by channel scales, and the linears whose columns are multiplied; in the order of AWQ's search. */
enum ScalePair {
    INPUT_NORM("input_layernorm", List.of(Projection.QUERY, Projection.KEY, Projection.VALUE)),
    VALUE_TO_OUTPUT("self_attn.v_proj", List.of(Projection.OUTPUT)),
    POST_ATTENTION_NORM("post_attention_layernorm", List.of(Projection.GATE, Projection.UP)),
    UP_TO_DOWN("mlp.up_proj", List.of(Projection.DOWN));

    private final String previous;
    private final List<Projection> targets;

    ScalePair(String previous, List<Projection> targets) {
        this.previous = previous;
        this.targets = targets;
    }

    /** Path of the divided one inside its layer. */
    String previous() {
        return previous;
    }

    List<Projection> targets() {
        return targets;
    }

    /** Divides what stands before the pair's linears by the scales, and multiplies their columns; scales stay the caller's. */
    void fold(LayerWeights weights, TorchValue scales) {
        switch (this) {
            case INPUT_NORM -> divideNorm(weights, LayerWeights.Norm.INPUT, scales);
            case POST_ATTENTION_NORM -> divideNorm(weights, LayerWeights.Norm.POST_ATTENTION, scales);
            case VALUE_TO_OUTPUT -> divideRows(weights, Projection.VALUE, scales);
            case UP_TO_DOWN -> divideRows(weights, Projection.UP, scales);
        }
        for (Projection target : targets) {
            weights.replaceWeight(target, TorchRuntime.quantize().columnsTimes(weights.weight(target), scales));
        }
    }

    private static void divideNorm(LayerWeights weights, LayerWeights.Norm norm, TorchValue scales) {
        TorchValue weight = weights.norm(norm);
        if (weight == null) {
            throw new IllegalStateException("no " + norm + " norm");
        }
        weights.replaceNorm(norm, TorchRuntime.quantize().over(weight, scales));
    }

    private static void divideRows(LayerWeights weights, Projection projection, TorchValue scales) {
        weights.replaceWeight(projection, TorchRuntime.quantize().rowsOver(weights.weight(projection), scales));
        TorchValue bias = weights.bias(projection);
        if (bias != null) {
            weights.replaceBias(projection, TorchRuntime.quantize().over(bias, scales));
        }
    }
}
