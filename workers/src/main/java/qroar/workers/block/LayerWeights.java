package qroar.workers.block;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import qroar.protocol.trial.Precision;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.checkpoint.Headway;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.config.TensorNames;
import qroar.workers.packed.GroupCodes;
import qroar.workers.tensors.PackedTensor;
import qroar.workers.tensors.WeightSource;
import qroar.workers.torch.Codes;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * The tensors of one decoder layer in float32, apart from each other and in the checkpoint's layout: what quantizers
 * read and replace. Owns its tensors: a replaced one is closed. Not thread-safe.
 */
public final class LayerWeights implements AutoCloseable {
    /** The RMS norms of a layer; the last two only where the architecture has them. */
    public enum Norm {
        INPUT,
        POST_ATTENTION,
        QUERY,
        KEY;

        String tensorName(int layer) {
            return switch (this) {
                case INPUT -> TensorNames.inputNorm(layer);
                case POST_ATTENTION -> TensorNames.postAttentionNorm(layer);
                case QUERY -> TensorNames.queryNorm(layer);
                case KEY -> TensorNames.keyNorm(layer);
            };
        }
    }

    private final Map<Projection, TorchValue> weights = new EnumMap<>(Projection.class);
    private final Map<Projection, TorchValue> biases = new EnumMap<>(Projection.class);
    private final Map<Norm, TorchValue> norms = new EnumMap<>(Norm.class);
    private final Map<Projection, Codes> codes = new EnumMap<>(Projection.class);
    private final int headDim;
    private final TorchDevice device;
    private final int layer;
    private boolean keepsCodes;

    private LayerWeights(int layer, int headDim, TorchDevice device) {
        this.layer = layer;
        this.headDim = headDim;
        this.device = device;
    }

    /** Reads a layer as stored, upcast to float32. */
    public static LayerWeights read(Checkpoint checkpoint, int layer, TorchDevice device) {
        return new LayerWeights(layer, checkpoint.config().headDim(), device).filled(checkpoint);
    }

    /** The same, keeping the integers of weights that are quantized, in the files or later. */
    public static LayerWeights readWithCodes(Checkpoint checkpoint, int layer, TorchDevice device) {
        LayerWeights read = new LayerWeights(layer, checkpoint.config().headDim(), device);
        read.keepsCodes = true;
        return read.filled(checkpoint);
    }

    private LayerWeights filled(Checkpoint checkpoint) {
        ModelConfig config = checkpoint.config();
        DecoderScript script = TorchRuntime.decoder();
        try {
            for (Projection projection : Projection.values()) {
                readWeight(projection, checkpoint.tensor(projection.weight(layer)));
                Headway.step();
                WeightSource bias = checkpoint.find(projection.bias(layer));
                if (bias != null) {
                    biases.put(projection, script.mapped(bias, device));
                }
            }
            for (Norm norm : Norm.values()) {
                if (config.normalisesQueryAndKey() || norm == Norm.INPUT || norm == Norm.POST_ATTENTION) {
                    norms.put(norm, script.mapped(checkpoint.tensor(norm.tensorName(layer)), device));
                }
            }
            return this;
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private void readWeight(Projection projection, WeightSource source) {
        GroupCodes stored = source instanceof PackedTensor packed ? packed.codes() : null;
        if (stored == null) {
            weights.put(projection, TorchRuntime.decoder().mapped(source, device));
            return;
        }
        Codes onDevice = Codes.of(stored, device);
        codes.put(projection, onDevice);
        weights.put(projection, onDevice.weight());
        if (!keepsCodes) {
            forget(projection);
        }
    }

    /** Where the tensors are. */
    public TorchDevice device() {
        return device;
    }

    /** Whether quantizers should say what integers their weights are made of. */
    public boolean keepsCodes() {
        return keepsCodes;
    }

    /** The integers that the weight is made of, to the bit; null where it is not quantized, or they are not kept. */
    public @Nullable Codes codes(Projection projection) {
        return codes.get(projection);
    }

    /** W of y = W x + b, [out, in]; stays owned by this layer. */
    public TorchValue weight(Projection projection) {
        return present(weights.get(projection), projection);
    }

    /** b, or null. */
    public @Nullable TorchValue bias(Projection projection) {
        return biases.get(projection);
    }

    /** A norm's weight, or null where the architecture has none. */
    public @Nullable TorchValue norm(Norm norm) {
        return norms.get(norm);
    }

    /** Takes the place of the weight, which is closed. */
    public void replaceWeight(Projection projection, TorchValue weight) {
        close(weights.put(projection, weight));
        forget(projection);
    }

    /** The same with the codes that it is made of. */
    public void replaceWeight(Projection projection, TorchValue weight, Codes madeOf) {
        replaceWeight(projection, weight);
        if (keepsCodes) {
            codes.put(projection, madeOf);
        } else {
            madeOf.close();
        }
    }

    /** Takes the place of the bias, which is closed. */
    public void replaceBias(Projection projection, TorchValue bias) {
        close(biases.put(projection, bias));
    }

    /** Takes the place of the norm's weight, which is closed. */
    public void replaceNorm(Norm norm, TorchValue weight) {
        close(norms.put(norm, weight));
    }

    /** Every tensor under its name in a checkpoint, by rising name; they stay owned by this layer. */
    public SortedMap<String, TorchValue> named(int layer) {
        SortedMap<String, TorchValue> named = new TreeMap<>();
        weights.forEach((projection, value) -> named.put(projection.weight(layer), value));
        biases.forEach((projection, value) -> named.put(projection.bias(layer), value));
        norms.forEach((norm, value) -> named.put(norm.tensorName(layer), value));
        return named;
    }

    /** The same tensors under references of its own: replacing in one leaves the other. */
    public LayerWeights copy() {
        LayerWeights copy = new LayerWeights(layer, headDim, device);
        weights.forEach((key, value) -> copy.weights.put(key, value.share()));
        biases.forEach((key, value) -> copy.biases.put(key, value.share()));
        norms.forEach((key, value) -> copy.norms.put(key, value.share()));
        return copy;
    }

    /** Whether the integers of all linears are kept. */
    public boolean isCoded() {
        return codes.size() == Projection.values().length;
    }

    /** The layer without its weights, only the integers that they are made of, as densely as may be. */
    public LayerWeights resting() {
        LayerWeights resting = new LayerWeights(layer, headDim, device);
        codes.forEach((projection, each) -> resting.codes.put(projection, each.dense()));
        biases.forEach((key, value) -> resting.biases.put(key, value.share()));
        norms.forEach((key, value) -> resting.norms.put(key, value.share()));
        return resting;
    }

    /** What the tensors take. */
    public long bytes() {
        List<TorchValue> plain = new ArrayList<>(weights.values());
        plain.addAll(biases.values());
        plain.addAll(norms.values());
        try (TorchValue list = TorchRuntime.decoder().list(plain)) {
            return TorchRuntime.decoder().bytes(list)
                    + codes.values().stream().mapToLong(Codes::size).sum();
        }
    }

    /**
     * The fused form that a block runs on in a precision; belongs to the caller.
     *
     * @throws qroar.protocol.BadInput naming a tensor that the precision cannot hold
     */
    public TorchValue pack(Precision precision) {
        return pack(precision, projection -> {});
    }

    /** The same, and the weights are given up on the way, so that none is there in float32 and rounded for long. */
    public TorchValue packAway(Precision precision) {
        return pack(precision, projection -> close(weights.remove(projection)));
    }

    /** @param rounded told of each weight that is not needed any more */
    private TorchValue pack(Precision precision, Consumer<Projection> rounded) {
        if (precision == Precision.FLOAT32) {
            return pack();
        }
        DecoderScript script = TorchRuntime.decoder();
        // Rounded before it is fused: float32 then exists once.
        try (LayerWeights typed = new LayerWeights(layer, headDim, device)) {
            for (Projection projection : Projection.values()) {
                try (TorchValue wide = wide(projection)) {
                    HalfRange.require(projection.weight(layer), wide, precision);
                    typed.weights.put(projection, script.onto(wide, device, precision));
                }
                rounded.accept(projection);
            }
            biases.forEach((key, value) -> {
                HalfRange.require(key.bias(layer), value, precision);
                typed.biases.put(key, script.onto(value, device, precision));
            });
            norms.forEach((key, value) -> {
                HalfRange.require(key.tensorName(layer), value, precision);
                typed.norms.put(key, script.rounded(value, precision));
            });
            return typed.pack();
        }
    }

    /** The same in the type of the weights as they are, float32 unless somebody rounded them. */
    public TorchValue pack() {
        DecoderScript script = TorchRuntime.decoder();
        try (ValueScope scope = new ValueScope()) {
            TorchValue absent = scope.own(script.absent(device));
            List<TorchValue> parts = new ArrayList<>();
            for (Projection projection : Projection.values()) {
                parts.add(scope.own(wide(projection)));
            }
            for (Projection projection : Projection.values()) {
                parts.add(biases.getOrDefault(projection, absent));
            }
            for (Norm norm : Norm.values()) {
                parts.add(norms.getOrDefault(norm, absent));
            }
            try (TorchValue list = script.list(parts)) {
                return script.pack(list, headDim);
            }
        }
    }

    /** The weight, or what its codes make of it; belongs to the caller. */
    private TorchValue wide(Projection projection) {
        Codes madeOf = weights.containsKey(projection) ? null : codes.get(projection);
        return madeOf == null ? weight(projection).share() : madeOf.weight();
    }

    private static TorchValue present(@Nullable TorchValue value, Projection projection) {
        if (value == null) {
            throw new IllegalStateException("weight of " + projection + " was already freed");
        }
        return value;
    }

    private static void close(@Nullable TorchValue value) {
        if (value != null) {
            value.close();
        }
    }

    private void forget(Projection projection) {
        Codes gone = codes.remove(projection);
        if (gone != null) {
            gone.close();
        }
    }

    @Override
    public void close() {
        weights.values().forEach(TorchValue::close);
        biases.values().forEach(TorchValue::close);
        norms.values().forEach(TorchValue::close);
        weights.clear();
        biases.clear();
        norms.clear();
        codes.values().forEach(Codes::close);
        codes.clear();
    }
}
