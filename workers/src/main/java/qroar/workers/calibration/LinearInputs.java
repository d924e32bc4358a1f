package qroar.workers.calibration;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.Projection;
import qroar.workers.torch.QuantizeScript;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * What entered the linears of one layer, per sequence: [tokens, in]. In host memory, or beyond {@link #MAX_BYTES} in files
 * where there is a folder for them. Owns its tensors; not thread-safe.
 */
public final class LinearInputs implements AutoCloseable {
    /** What may lie in memory: those of 8,192 tokens of LLaMA-2-7B take 0.7 GiB. */
    static final long MAX_BYTES = 1L << 30;

    /** Of the linears that share an input, the one it is kept under. */
    private static final List<Projection> KEPT =
            List.of(Projection.QUERY, Projection.OUTPUT, Projection.GATE, Projection.DOWN);

    private final QuantizeScript script = TorchRuntime.quantize();
    private final Map<Projection, SequenceTensors> inputs = new EnumMap<>(Projection.class);
    private final CalibrationRun run;
    private final int sequences;
    private final int length;
    private final long maxBytes;

    LinearInputs(CalibrationRun run, int sequences, int length) {
        this(run, sequences, length, MAX_BYTES);
    }

    /** @param maxBytes that may lie in memory where there is a folder */
    LinearInputs(CalibrationRun run, int sequences, int length, long maxBytes) {
        this.maxBytes = maxBytes;
        this.run = run;
        this.sequences = sequences;
        this.length = length;
        try {
            for (Projection kept : KEPT) {
                inputs.put(kept, room(kept));
            }
        } catch (RuntimeException | Error e) {
            close();
            throw e;
        }
    }

    private SequenceTensors room(Projection kept) {
        StatesFolder folder = run.folder();
        if (folder == null || bytes(run.config(), tokens()) <= maxBytes) {
            return SequenceTensors.inMemory(run.device());
        }
        // Whatever lies there is overwritten before it is read.
        return SequenceTensors.inFile(
                folder.inputs(kept.name()), sequences, length, kept.inFeatures(run.config()), run.device());
    }

    private static long bytes(ModelConfig config, long tokens) {
        return KEPT.stream()
                .mapToLong(kept -> Float.BYTES * tokens * kept.inFeatures(config))
                .sum();
    }

    /** What they take of memory where there is a folder. */
    public static long residentBytes(ModelConfig config, long tokens) {
        long all = bytes(config, tokens);
        return all <= MAX_BYTES ? all : 0;
    }

    /** The linear whose input is the same tensor and which stands for all that share it. */
    public static Projection keptUnder(Projection projection) {
        return switch (projection) {
            case QUERY, KEY, VALUE -> Projection.QUERY;
            case OUTPUT -> Projection.OUTPUT;
            case GATE, UP -> Projection.GATE;
            case DOWN -> Projection.DOWN;
        };
    }

    /**
     * Of the next sequence, or of one that is put again.
     *
     * @param entered tensors stay whose they are
     */
    public void put(int sequence, Function<Projection, TorchValue> entered) {
        inputs.forEach((kept, tensors) -> tensors.set(sequence, entered.apply(kept)));
    }

    public int sequences() {
        return sequences;
    }

    /** Of all sequences together. */
    public long tokens() {
        return (long) sequences * length;
    }

    /** Of one sequence on the device; belongs to the caller, who leaves it as it is. */
    public TorchValue of(Projection projection, int sequence) {
        SequenceTensors tensors = inputs.get(keptUnder(projection));
        if (tensors == null) {
            throw new IllegalStateException("no inputs of " + projection);
        }
        return tensors.of(sequence);
    }

    /** Mean of |x| per channel over all tokens, [in]; summed in double. */
    public TorchValue meanMagnitude(Projection projection) {
        try (TorchValue sums = script.zeroMagnitudes(projection.inFeatures(run.config()), run.device())) {
            for (int s = 0; s < sequences; s++) {
                try (TorchValue x = of(projection, s)) {
                    script.addMagnitudes(sums, x);
                }
            }
            return script.meanOf(sums, tokens());
        }
    }

    /** Tokens 0, step, 2 step, ... of all sequences below each other. */
    public TorchValue every(Projection projection, int step) {
        try (ValueScope scope = new ValueScope()) {
            List<TorchValue> parts = new ArrayList<>();
            for (int s = 0; s < sequences; s++) {
                long before = (long) s * length;
                int first = (int) ((step - before % step) % step);
                try (TorchValue x = of(projection, s)) {
                    parts.add(scope.own(script.rowsFrom(x, first, step)));
                }
            }
            return script.stacked(parts);
        }
    }

    @Override
    public void close() {
        try (ValueScope scope = new ValueScope()) {
            inputs.values().forEach(scope::own);
            inputs.clear();
        }
    }
}
