package qroar.workers.model;

import java.util.ArrayList;
import java.util.List;
import qroar.protocol.trial.Precision;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.LayerProgress;
import qroar.workers.config.ModelConfig;
import qroar.workers.lending.LayerUse;
import qroar.workers.placement.Placement;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/** {@link Placement#WIDENED}: all layers are ready at any time, and lending one costs nothing. */
final class WidenedWeights implements RestingWeights {
    private final ValueScope scope;
    private final TorchValue embedding;
    private final LayerUse<TorchValue> head;
    private final List<LayerUse<TorchValue>> layers;

    /** @param scope owns all of them, and is closed with these weights */
    private WidenedWeights(ValueScope scope, TorchValue embedding, TorchValue head, List<LayerUse<TorchValue>> layers) {
        this.scope = scope;
        this.embedding = embedding;
        this.head = new Ready(head);
        this.layers = layers;
    }

    /** Reads layer by layer, each quantized as soon as it is read: one layer exists twice at most. */
    static WidenedWeights of(
            Checkpoint checkpoint, TorchDevice device, WeightQuantizer quantizer, Precision precision) {
        DecoderScript script = TorchRuntime.decoder();
        ModelConfig config = checkpoint.config();
        ValueScope scope = new ValueScope();
        try {
            TorchValue embedding = scope.own(script.mapped(checkpoint.embedding(), device, precision));
            TorchValue head = scope.own(
                    config.tiedEmbeddings()
                            ? embedding.share()
                            : script.mapped(checkpoint.outputHead(), device, precision));
            LayerProgress progress = new LayerProgress("loading " + checkpoint.directory(), config.layerCount());
            List<LayerUse<TorchValue>> layers = new ArrayList<>();
            for (int layer = 0; layer < config.layerCount(); layer++) {
                progress.layer(layer);
                try (LayerWeights weights = LayerWeights.read(checkpoint, layer, device)) {
                    quantizer.quantize(layer, weights);
                    layers.add(new Ready(scope.own(weights.packAway(precision))));
                }
            }
            return new WidenedWeights(scope, embedding, head, layers);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /** Weights of no meaning, made on the device: for measuring a shape without a checkpoint of it. */
    static WidenedWeights made(ModelConfig config, TorchDevice device, Precision precision) {
        DecoderScript script = TorchRuntime.decoder();
        ValueScope scope = new ValueScope();
        try {
            TorchValue embedding =
                    scope.own(script.made(device, precision, config.vocabularySize(), config.hiddenSize()));
            TorchValue head = scope.own(
                    config.tiedEmbeddings()
                            ? embedding.share()
                            : script.made(device, precision, config.vocabularySize(), config.hiddenSize()));
            List<LayerUse<TorchValue>> layers = new ArrayList<>();
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
            return new WidenedWeights(scope, embedding, head, layers);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    /** What the model keeps anyway. */
    private record Ready(TorchValue packed) implements LayerUse<TorchValue> {
        @Override
        public void close() {}
    }

    @Override
    public TorchValue embedding() {
        return embedding;
    }

    @Override
    public LayerUse<TorchValue> layer(int layer) {
        return layers.get(layer);
    }

    @Override
    public LayerUse<TorchValue> head() {
        return head;
    }

    @Override
    public LayerUse<TorchValue> ahead(int layer) {
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
