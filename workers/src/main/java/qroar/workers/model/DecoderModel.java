package qroar.workers.model;

import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.StoredQuantization;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.block.DecoderBlocks;
import qroar.workers.block.HalfRange;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;
import qroar.workers.export.QuantizedModels;
import qroar.workers.lending.LayerUse;
import qroar.workers.placement.Placement;
import qroar.workers.placement.Residence;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.quantize.FiniteWatch;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.NonFinite;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * A checkpoint that can be computed with, its decoder linears quantized. Weights are quantized in float32 and then rounded
 * to the precision; where they rest meanwhile is its {@link Placement}. Immutable; any number of passes on any threads share it. Closing frees the
 * weights once the last open pass has ended.
 */
public final class DecoderModel implements AutoCloseable {
    /** 64 MiB in float32. */
    private static final long SMALL_ELEMENTS = 1 << 24;

    private final ValueScope scope = new ValueScope();
    private final ModelConfig config;
    private final QuantizationSpec quantization;
    private final Placement placement;
    private final TorchDevice device;
    private final DecoderBlocks blocks;
    private final RestingWeights weights;
    private final OutputHead head;
    private final FiniteWatch watch = new FiniteWatch();
    private int users;
    private boolean closed;

    private DecoderModel(
            Checkpoint checkpoint,
            TorchDevice device,
            QuantizationSpec quantization,
            WeightQuantizer quantizer,
            Residence residence) {
        Precision precision = residence.arithmetic().precision();
        if (quantization.weights() instanceof StoredQuantization) {
            checkpoint.requireQuantized();
        }
        this.config = checkpoint.config();
        this.quantization = quantization;
        this.placement = residence.placement();
        this.device = device;
        try {
            blocks = scope.own(new DecoderBlocks(config, quantization, device, residence.arithmetic()));
            TorchValue norm = scope.own(norm(checkpoint, device, precision));
            HalfRange.require(checkpoint.tensor(TensorNames.FINAL_NORM), precision);
            HalfRange.require(checkpoint.embedding(), precision);
            if (!config.tiedEmbeddings()) {
                HalfRange.require(checkpoint.outputHead(), precision);
            }
            WeightQuantizer watched = watch.before(quantizer);
            weights = scope.own(
                    switch (residence.placement()) {
                        case WIDENED -> WidenedWeights.of(checkpoint, device, watched, precision);
                        case STORED -> new StoredWeights(checkpoint, device, watched, precision);
                        case MAPPED -> new MappedWeights(checkpoint, device, watched, precision);
                    });
            head = new OutputHead(config, weights, norm, blocks.epsilon(), residence.arithmetic(), device);
            if (residence.placement() != Placement.MAPPED) {
                watchEnds(checkpoint);
            }
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    private DecoderModel(ModelConfig config, TorchDevice device, Arithmetic arithmetic) {
        this.config = config;
        this.quantization = QuantizationSpec.NONE;
        this.placement = Placement.WIDENED;
        this.device = device;
        try {
            blocks = scope.own(new DecoderBlocks(config, quantization, device, arithmetic));
            TorchValue norm = scope.own(TorchRuntime.decoder().made(device, Precision.FLOAT32, config.hiddenSize()));
            weights = scope.own(WidenedWeights.made(config, device, arithmetic.precision()));
            head = new OutputHead(config, weights, norm, blocks.epsilon(), arithmetic, device);
        } catch (RuntimeException | Error e) {
            scope.close();
            throw e;
        }
    }

    private static TorchValue norm(Checkpoint checkpoint, TorchDevice device, Precision precision) {
        try (TorchValue stored = TorchRuntime.decoder().mapped(checkpoint.tensor(TensorNames.FINAL_NORM), device)) {
            return TorchRuntime.decoder().rounded(stored, precision);
        }
    }

    /**
     * A model of that shape with weights of no meaning, made on the device: for measuring what a pass costs. Biases and
     * norms of q and k are left out.
     *
     * @throws qroar.workers.torch.DeviceOutOfMemory when the weights do not fit; nothing stays allocated
     */
    public static DecoderModel made(ModelConfig config, TorchDevice device, Arithmetic arithmetic) {
        return new DecoderModel(config, device, arithmetic);
    }

    /** What stands before and behind the layers; mapped weights are read by nobody before they are used. */
    private void watchEnds(Checkpoint checkpoint) {
        watch.look(checkpoint.embedding().name(), weights.embedding());
        watch.look(TensorNames.FINAL_NORM, head.norm());
        if (!config.tiedEmbeddings()) {
            try (LayerUse<TorchValue> matrix = head.matrix()) {
                watch.look(TensorNames.OUTPUT_HEAD, matrix.packed());
            }
        }
    }

    /** Stored weights that are no numbers, of those read so far: all, unless they are mapped. */
    public @Nullable NonFinite nonFinite() {
        return watch.found();
    }

    /**
     * Loads with a quantizer that needs no calibration.
     *
     * @throws qroar.workers.torch.DeviceOutOfMemory when the weights do not fit; nothing stays allocated
     */
    public static DecoderModel load(Checkpoint checkpoint, TorchDevice device, QuantizationSpec quantization) {
        return load(checkpoint, device, quantization, Residence.FLOAT32);
    }

    /** The same in another precision or with weights that rest elsewhere. */
    public static DecoderModel load(
            Checkpoint checkpoint, TorchDevice device, QuantizationSpec quantization, Residence residence) {
        try (WeightQuantizer quantizer = WeightQuantizer.uncalibrated(quantization.weights())) {
            return load(checkpoint, device, quantization, quantizer, residence);
        }
    }

    /**
     * Loads with any quantizer.
     *
     * @param calibration token ids, all sequences of one length (see
     *     {@link qroar.workers.calibration.CalibrationTokens}); passed over where the quantizer needs none
     * @throws qroar.protocol.BadInput when the calibration cannot be used
     * @throws qroar.workers.torch.DeviceOutOfMemory when the weights do not fit; nothing stays allocated
     */
    public static DecoderModel load(
            Checkpoint checkpoint, TorchDevice device, QuantizationSpec quantization, int[][] calibration) {
        try (WeightQuantizer quantizer =
                CalibratedQuantizers.of(quantization.weights(), checkpoint, device, calibration)) {
            return load(checkpoint, device, quantization, quantizer);
        }
    }

    /**
     * The same, keeping calibrated models on disk: one that is there already is loaded instead of calibrated. Calibration is in
     * float32 whatever the precision, so one kept model serves all.
     *
     * @param kept passed over where the quantizer needs no calibration
     */
    public static DecoderModel load(
            Checkpoint checkpoint,
            TorchDevice device,
            QuantizationSpec quantization,
            int[][] calibration,
            QuantizedModels kept,
            Residence residence) {
        if (!quantization.weights().isCalibrated()) {
            return load(checkpoint, device, quantization, residence);
        }
        QuantizedModels.Use use = kept.of(checkpoint, quantization.weights(), device, calibration);
        try (WeightQuantizer asStored = WeightQuantizer.uncalibrated(new NoQuantization())) {
            DecoderModel model = load(use.checkpoint(), device, quantization, asStored, residence);
            // Mapped weights stay in its files.
            model.scope.own(use);
            return model;
        } catch (RuntimeException | Error e) {
            use.close();
            throw e;
        }
    }

    /**
     * Loads layer by layer, each quantized as soon as it is read, so that one layer exists twice at most. The quantizer
     * stays the caller's to close.
     */
    public static DecoderModel load(
            Checkpoint checkpoint, TorchDevice device, QuantizationSpec quantization, WeightQuantizer quantizer) {
        return load(checkpoint, device, quantization, quantizer, Residence.FLOAT32);
    }

    /** The same in another precision or with weights that rest elsewhere. */
    public static DecoderModel load(
            Checkpoint checkpoint,
            TorchDevice device,
            QuantizationSpec quantization,
            WeightQuantizer quantizer,
            Residence residence) {
        return new DecoderModel(checkpoint, device, quantization, quantizer, residence);
    }

    public ModelConfig config() {
        return config;
    }

    public QuantizationSpec quantization() {
        return quantization;
    }

    /** Where the weights rest. */
    public Placement placement() {
        return placement;
    }

    public TorchDevice device() {
        return device;
    }

    /**
     * Negative log-likelihood in nats of tokens 1, 2, ... in one forward over all tokens.
     *
     * @param scales null for none
     * @return one value per predicted token, {@code tokens.length - 1} of them; empty for fewer than two tokens
     * @throws qroar.protocol.BadInput when a token id lies outside the vocabulary
     */
    public double[] tokenNll(int[] tokens, RopeScaling rope, @Nullable BandScales scales) {
        if (tokens.length < 2) {
            return new double[0];
        }
        return tokenNll(tokens, PassPlan.of(config, rope, scales, tokens.length, Probe.LOSSES));
    }

    /** The same for frequencies or chunks of one's own. */
    public double[] tokenNll(int[] tokens, PassPlan plan) {
        try (DocumentPass pass = DocumentPass.open(this, plan, () -> false)) {
            float[] nll = pass.advance(tokens, 0, tokens.length);
            double[] wide = new double[nll.length];
            for (int i = 0; i < wide.length; i++) {
                wide[i] = nll[i];
            }
            return wide;
        }
    }

    /** Refuses token ids outside the vocabulary. */
    void requireKnown(int[] tokens, int from, int to) {
        for (int i = from; i < to; i++) {
            if (tokens[i] < 0 || tokens[i] >= config.vocabularySize()) {
                throw new BadInput("token id " + tokens[i] + " at position " + i + " lies outside the vocabulary of "
                        + config.vocabularySize());
            }
        }
    }

    DecoderBlocks blocks() {
        return blocks;
    }

    /** How blocks and head compute. */
    public Arithmetic arithmetic() {
        return blocks.arithmetic();
    }

    /** What enters the first block, [tokens, hidden]. */
    TorchValue embed(TorchValue tokens) {
        return TorchRuntime.decoder()
                .embed(weights.embedding(), tokens, arithmetic().precision());
    }

    /** What the weights take while nobody computes. */
    long residentBytes() {
        return weights.residentBytes();
    }

    /** What stands behind the last block. */
    OutputHead head() {
        return head;
    }

    LayerUse<TorchValue> layer(int layer) {
        return weights.layer(layer);
    }

    /** The same, fetched in the background; the one behind the last layer is the head. */
    LayerUse<TorchValue> ahead(int layer) {
        return weights.ahead(layer);
    }

    synchronized void enter() {
        if (closed) {
            throw new IllegalStateException("model was closed");
        }
        users++;
    }

    void leave() {
        weights.settle();
        synchronized (this) {
            users--;
            if (closed && users == 0) {
                free();
            }
        }
    }

    private void free() {
        scope.close();
        if (device.kind() == TorchDevice.Kind.CPU) {
            if (isSmall()) {
                device.releaseAfterPass();
            } else {
                device.releaseUnused();
            }
        }
    }

    /** Weights that leave no hole worth looking for at once: to look takes longer than to load them. */
    private boolean isSmall() {
        long elements = (long) config.vocabularySize() * config.hiddenSize();
        for (Projection projection : Projection.values()) {
            elements += (long) config.layerCount() * projection.inFeatures(config) * projection.outFeatures(config);
        }
        return elements < SMALL_ELEMENTS;
    }

    /** Idempotent; passes that are open go on until they are closed themselves. */
    @Override
    public synchronized void close() {
        if (!closed) {
            closed = true;
            if (users == 0) {
                free();
            }
        }
    }
}
