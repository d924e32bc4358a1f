package qroar.workers.block;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.trial.Precision;
import qroar.workers.config.ModelConfig;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

/**
 * Rotated keys and values of every position seen, allocated once and written in place, one pair per layer. A cache of one
 * layer serves whichever layer a document passes: the next one writes over what the last has left.
 */
public final class KeyValueCache implements AutoCloseable {
    private final List<TorchValue> layers;

    private KeyValueCache(List<TorchValue> layers) {
        this.layers = layers;
    }

    /** Room for {@code layers} layers of that many positions in float32. */
    public static KeyValueCache allocate(ModelConfig config, int layers, int positions, TorchDevice device) {
        return allocate(config, layers, positions, device, Precision.FLOAT32);
    }

    /** The same in another precision. */
    static KeyValueCache allocate(
            ModelConfig config, int layers, int positions, TorchDevice device, Precision precision) {
        List<TorchValue> allocated = new ArrayList<>(layers);
        try (TorchValue like = TorchRuntime.decoder().absent(device)) {
            for (int layer = 0; layer < layers; layer++) {
                allocated.add(TorchRuntime.decoder()
                        .cache(like, config.keyValueHeadCount(), positions, config.headDim(), precision));
            }
            return new KeyValueCache(allocated);
        } catch (RuntimeException | Error e) {
            allocated.forEach(TorchValue::close);
            throw e;
        }
    }

    /** Bytes that a cache of this size takes. */
    public static long bytes(ModelConfig config, int layers, int positions, Precision precision) {
        return 2L * precision.bytes() * config.keyValueHeadCount() * config.headDim() * layers * positions;
    }

    /** Sets everything to zero, where what was there before may be seen. */
    public void clear() {
        layers.forEach(TorchRuntime.decoder()::clear);
    }

    TorchValue layer(int layer) {
        return layers.size() == 1 ? layers.get(0) : layers.get(layer);
    }

    @Override
    public void close() {
        layers.forEach(TorchValue::close);
    }
}
