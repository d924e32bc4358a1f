package qroar.workers.model;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.trial.Precision;
import qroar.workers.config.ModelConfig;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/** Weights of no meaning, made on the device: for measuring a shape without a checkpoint of it. */
final class MadeWeights implements RestingWeights {
    private final ValueScope scope = new ValueScope();
    private final List<LayerUse> layers = new ArrayList<>();
    private final TorchValue embedding;
    private final LayerUse head;

    MadeWeights(ModelConfig config, TorchDevice device, Precision precision) {
        DecoderScript script = TorchRuntime.decoder();
        try {
            embedding = scope.own(script.made(device, precision, config.vocabularySize(), config.hiddenSize()));
            head = new Ready(
                    config.tiedEmbeddings()
                            ? embedding
                            : scope.own(script.made(device, precision, config.vocabularySize(), config.hiddenSize())));
            for (int layer = 0; layer < config.layerCount(); layer++) {
                layers.add(new Ready(scope.own(script.madeLayer(
                        device,
                        precision,
                        config.hiddenSize(),
                        config.headCount(),
                        config.keyValueHeadCount(),
                        config.headDim(),
                        config.intermediateSize()))));
            }
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    private record Ready(TorchValue packed) implements LayerUse {
        @Override
        public void close() {}
    }

    @Override
    public TorchValue embedding() {
        return embedding;
    }

    @Override
    public LayerUse layer(int layer) {
        return layers.get(layer);
    }

    @Override
    public LayerUse head() {
        return head;
    }

    @Override
    public LayerUse ahead(int layer) {
        return layer == layers.size() ? head : layers.get(layer);
    }

    @Override
    public long residentBytes() {
        DecoderScript script = TorchRuntime.decoder();
        try (TorchValue ends = script.list(List.of(embedding, head.packed()))) {
            return script.bytes(ends)
                    + layers.stream()
                            .map(LayerUse::packed)
                            .mapToLong(script::bytes)
                            .sum();
        }
    }

    @Override
    public void close() {
        scope.close();
    }
}
