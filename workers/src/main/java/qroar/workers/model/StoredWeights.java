package qroar.workers.model;

import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import qroar.protocol.trial.Precision;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.LayerProgress;
import qroar.workers.lending.LayerUse;
import qroar.workers.lending.LentLayers;
import qroar.workers.placement.Placement;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.tensors.TensorLocation;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * {@link Placement#STORED}: a quantized layer as its packed integers, scales and zero points, whether it was quantized in its
 * files or on the way here. For float32, any other tensor in the 16-bit type that the checkpoint uses and that holds all of
 * its values: a layer goes through float32 on its way here, and is narrowed only where widening gives back the same bits, so
 * it does not matter what was done to it meanwhile. For a 16-bit precision other layers rest as they are computed with,
 * which is no larger.
 */
final class StoredWeights implements RestingWeights {
    private final ValueScope scope = new ValueScope();
    private final DecoderScript script = TorchRuntime.decoder();
    private final TorchValue embedding;
    private final TorchValue head;
    private final List<RestingLayer> layers = new ArrayList<>();
    private final TorchDevice device;
    private final Precision precision;
    private final LentLayers<TorchValue> lent;

    StoredWeights(Checkpoint checkpoint, TorchDevice device, WeightQuantizer quantizer, Precision precision) {
        this.precision = precision;
        this.device = device;
        lent = LentLayers.on(device, this::wide);
        Collection<Dtype> narrow = EnumSet.noneOf(Dtype.class);
        for (WeightSource tensor : checkpoint.tensors()) {
            if (tensor instanceof TensorLocation plain && plain.dtype() != Dtype.F32) {
                narrow.add(plain.dtype());
            }
        }
        try {
            embedding = scope.own(script.resident(checkpoint.embedding(), device));
            head = scope.own(
                    checkpoint.config().tiedEmbeddings()
                            ? embedding.share()
                            : script.resident(checkpoint.outputHead(), device));
            LayerProgress progress = new LayerProgress(
                    "loading " + checkpoint.directory(), checkpoint.config().layerCount());
            for (int layer = 0; layer < checkpoint.config().layerCount(); layer++) {
                progress.layer(layer);
                try (LayerWeights weights = LayerWeights.readWithCodes(checkpoint, layer, device)) {
                    quantizer.quantize(layer, weights);
                    layers.add(scope.own(RestingLayer.of(weights, narrow, precision)));
                }
            }
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    private TorchValue wide(int layer) {
        return layer == layers.size()
                ? script.onto(head, device, precision)
                : layers.get(layer).wide();
    }

    @Override
    public TorchValue embedding() {
        return embedding;
    }

    @Override
    public LayerUse<TorchValue> layer(int layer) {
        return lent.lend(layer);
    }

    @Override
    public LayerUse<TorchValue> head() {
        return lent.lend(layers.size());
    }

    @Override
    public LayerUse<TorchValue> ahead(int layer) {
        return lent.ahead(layer);
    }

    @Override
    public long residentBytes() {
        DecoderScript script = TorchRuntime.decoder();
        try (TorchValue ends = script.list(List.of(embedding, head))) {
            return script.bytes(ends)
                    + layers.stream().mapToLong(RestingLayer::bytes).sum();
        }
    }

    @Override
    public void settle() {
        lent.settle();
    }

    @Override
    public void close() {
        settle();
        scope.close();
    }
}
