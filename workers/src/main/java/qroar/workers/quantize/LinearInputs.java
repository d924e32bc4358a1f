package qroar.workers.quantize;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import qroar.workers.block.BlockTrace;
import qroar.workers.config.Projection;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/** What entered the linears of one layer, per sequence: [tokens, in]. Owns its tensors. */
final class LinearInputs implements AutoCloseable {
    /** Of the linears that share an input, the one it is kept under. */
    private static final List<Projection> KEPT =
            List.of(Projection.QUERY, Projection.OUTPUT, Projection.GATE, Projection.DOWN);

    private final Map<Projection, List<TorchValue>> inputs = new EnumMap<>(Projection.class);

    LinearInputs() {
        KEPT.forEach(kept -> inputs.put(kept, new ArrayList<>()));
    }

    /** The linear whose input is the same tensor and which stands for all that share it. */
    static Projection keptUnder(Projection projection) {
        return switch (projection) {
            case QUERY, KEY, VALUE -> Projection.QUERY;
            case OUTPUT -> Projection.OUTPUT;
            case GATE, UP -> Projection.GATE;
            case DOWN -> Projection.DOWN;
        };
    }

    void add(BlockTrace trace) {
        inputs.forEach((kept, list) -> list.add(trace.input(kept).share()));
    }

    List<TorchValue> of(Projection projection) {
        List<TorchValue> list = inputs.get(keptUnder(projection));
        if (list == null) {
            throw new IllegalStateException("no inputs of " + projection);
        }
        return list;
    }

    @Override
    public void close() {
        try (ValueScope scope = new ValueScope()) {
            inputs.values().forEach(list -> {
                list.forEach(scope::own);
                list.clear();
            });
        }
    }
}
