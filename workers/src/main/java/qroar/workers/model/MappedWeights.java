package qroar.workers.model;

import qroar.protocol.trial.Precision;
import qroar.workers.block.LayerWeights;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.lending.LayerUse;
import qroar.workers.lending.LentLayers;
import qroar.workers.placement.Placement;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * {@link Placement#MAPPED}: layers stay in the checkpoint's files, whose pages the kernel keeps as it sees fit, and are
 * read when they are computed with. The files must not change meanwhile. A quantizer quantizes a layer again each time,
 * to the same values.
 */
final class MappedWeights implements RestingWeights {
    private final ValueScope scope = new ValueScope();
    private final Checkpoint checkpoint;
    private final TorchDevice device;
    private final WeightQuantizer quantizer;
    private final Precision precision;
    private final TorchValue embedding;
    private final LentLayers<TorchValue> lent;

    /** @param quantizer one that keeps nothing from layer to layer, and is of use after it was closed */
    MappedWeights(Checkpoint checkpoint, TorchDevice device, WeightQuantizer quantizer, Precision precision) {
        this.precision = precision;
        this.checkpoint = checkpoint;
        this.device = device;
        this.quantizer = quantizer;
        embedding = scope.own(TorchRuntime.decoder().stored(checkpoint.embedding()));
        lent = LentLayers.on(device, this::read);
    }

    private TorchValue read(int layer) {
        DecoderScript script = TorchRuntime.decoder();
        if (layer == checkpoint.config().layerCount()) {
            return script.mapped(checkpoint.outputHead(), device, precision);
        }
        try (LayerWeights weights = LayerWeights.read(checkpoint, layer, device)) {
            quantizer.quantize(layer, weights);
            return weights.packAway(precision);
        }
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
        return lent.lend(checkpoint.config().layerCount());
    }

    @Override
    public LayerUse<TorchValue> ahead(int layer) {
        return lent.ahead(layer);
    }

    @Override
    public long residentBytes() {
        return 0;
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
