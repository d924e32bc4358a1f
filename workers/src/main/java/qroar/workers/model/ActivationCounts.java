package qroar.workers.model;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.trial.LayerActivations;
import qroar.workers.config.ModelConfig;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/** {@link LayerCounts} of every layer, for a pass that visits them again and again. */
final class ActivationCounts implements AutoCloseable {
    private final ValueScope scope = new ValueScope();
    private final List<LayerCounts> layers = new ArrayList<>();

    ActivationCounts(ModelConfig config, TorchDevice device) {
        try {
            for (int layer = 0; layer < config.layerCount(); layer++) {
                layers.add(scope.own(new LayerCounts(config, device)));
            }
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /** The list that a block adds to. */
    TorchValue layer(int layer) {
        return layers.get(layer).list();
    }

    List<LayerActivations> read(int document) {
        List<LayerActivations> read = new ArrayList<>();
        for (int layer = 0; layer < layers.size(); layer++) {
            read.add(layers.get(layer).read(document, layer));
        }
        return List.copyOf(read);
    }

    @Override
    public void close() {
        scope.close();
    }
}
