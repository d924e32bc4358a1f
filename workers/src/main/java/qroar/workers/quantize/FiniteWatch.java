package qroar.workers.quantize;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.workers.block.LayerWeights;
import qroar.workers.tensors.NonFinite;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * Looks, while a model is loaded, whether its stored weights are numbers, each tensor once: before a layer is quantized,
 * which would spread a NaN over its group or the whole matrix. Thread-safe.
 */
public final class FiniteWatch {
    private final List<NonFinite.Count> counts = new ArrayList<>();
    private final Set<Integer> layers = new HashSet<>();

    /** The same quantizer, which looks at a layer first. Closing it is the caller's affair, as before. */
    public WeightQuantizer before(WeightQuantizer quantizer) {
        return new WeightQuantizer() {
            @Override
            public void quantize(int layer, LayerWeights weights) {
                look(layer, weights);
                quantizer.quantize(layer, weights);
            }

            @Override
            public void close() {
                quantizer.close();
            }
        };
    }

    /**
     * The same quantizer, which refuses a layer that holds something else than numbers.
     *
     * @param name of the quantizer, for the message
     */
    static WeightQuantizer refusing(String name, WeightQuantizer quantizer) {
        FiniteWatch watch = new FiniteWatch();
        return watch.before(new WeightQuantizer() {
            @Override
            public void quantize(int layer, LayerWeights weights) {
                NonFinite found = watch.found();
                if (found != null) {
                    throw new BadInput(name + ": " + found + "; nothing can be calibrated with them");
                }
                quantizer.quantize(layer, weights);
            }

            @Override
            public void close() {
                quantizer.close();
            }
        });
    }

    private synchronized void look(int layer, LayerWeights weights) {
        if (layers.add(layer)) {
            weights.named(layer).forEach(this::look);
        }
    }

    /** Looks at a tensor that belongs to no layer. */
    public synchronized void look(String name, TorchValue tensor) {
        counts.add(new NonFinite.Count(name, TorchRuntime.decoder().nonFinite(tensor)));
    }

    /** What was found so far; null while everything was a number. */
    public synchronized @Nullable NonFinite found() {
        return NonFinite.of(counts);
    }
}
