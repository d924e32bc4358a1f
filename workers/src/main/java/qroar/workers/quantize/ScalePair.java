package qroar.workers.quantize;

import java.util.List;
import qroar.workers.config.Projection;

/** What AWQ divides by the channel scales, and the linears whose columns are multiplied; in the order of the search. */
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
}
