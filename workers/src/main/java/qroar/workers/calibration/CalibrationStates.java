package qroar.workers.calibration;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;
import qroar.protocol.trial.Precision;
import qroar.workers.block.BlockTrace;
import qroar.workers.block.SequenceBlocks;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.tensors.NonFinite;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * The hidden states of the calibration sequences that enter the layer that is due, and the blocks to run over them.
 * Positions carry the checkpoint's own rotary embedding (its own {@code rope_scaling} included, the interpolation of an
 * experiment not): a quantized model is made once and serves every interpolation.
 *
 * <p>A layer's outputs are put one by one and become the states with {@link #turn}. Not thread-safe.
 */
public final class CalibrationStates implements AutoCloseable {
    private final CalibrationRun run;
    private final SequenceBlocks blocks;
    private final int sequences;
    private final int length;
    private int layer;
    private SequenceTensors states;
    /** Of the layer behind the one that is due; in memory they take the place of those before. */
    private @Nullable SequenceTensors next;

    private CalibrationStates(CalibrationRun run, int sequences, int length) {
        this.run = run;
        this.sequences = sequences;
        this.length = length;
        layer = run.firstLayer();
        blocks = new SequenceBlocks(run.config(), run.config().ropeScaling(), length, run.device());
        try {
            states = tensorsOf(layer);
        } catch (RuntimeException | Error e) {
            blocks.close();
            throw e;
        }
    }

    /**
     * Those that enter the layer that is due first.
     *
     * @throws BadInput when a token id lies outside the vocabulary, sequences are missing or uneven, or the embedding holds
     *     something else than numbers
     */
    public static CalibrationStates open(CalibrationRun run) {
        int[][] tokens = CalibrationTokens.checked(run.sequences(), run.config().vocabularySize());
        CalibrationStates states = new CalibrationStates(run, tokens.length, tokens[0].length);
        if (run.firstLayer() > 0) {
            return states;
        }
        try {
            states.embed(tokens);
            return states;
        } catch (RuntimeException | Error e) {
            states.close();
            throw e;
        }
    }

    /** The embedding stays in its file and in its type: rows of it are widened, exactly. */
    private void embed(int[][] tokens) {
        DecoderScript script = TorchRuntime.decoder();
        Checkpoint checkpoint = run.checkpoint();
        try (TorchValue embedding = script.stored(checkpoint.embedding())) {
            NonFinite found = NonFinite.of(
                    List.of(new NonFinite.Count(checkpoint.embedding().name(), script.nonFinite(embedding))));
            if (found != null) {
                throw new BadInput(checkpoint.directory() + ": " + found + "; nothing can be calibrated with them");
            }
            for (int s = 0; s < tokens.length; s++) {
                try (TorchValue ids = script.longs(
                                Arrays.stream(tokens[s]).asLongStream().toArray(), run.device());
                        TorchValue rows = script.embed(embedding, ids, Precision.FLOAT32)) {
                    states.set(s, rows);
                }
            }
        }
    }

    private SequenceTensors tensorsOf(int entered) {
        StatesFolder folder = run.folder();
        return folder == null
                ? SequenceTensors.inMemory(run.device())
                : SequenceTensors.inFile(
                        folder.states(entered), sequences, length, run.config().hiddenSize(), run.device());
    }

    public SequenceBlocks blocks() {
        return blocks;
    }

    /** The layer that is due. */
    public int layer() {
        return layer;
    }

    public int sequences() {
        return sequences;
    }

    /** Of all sequences together. */
    public int tokens() {
        return Math.multiplyExact(sequences, length);
    }

    /** Room for what enters the linears of the layer that is due. */
    public LinearInputs inputs() {
        return new LinearInputs(run, sequences, length);
    }

    /** Of one sequence, [length, hidden]; belongs to the caller, who leaves it as it is. */
    public TorchValue of(int sequence) {
        return states.of(sequence);
    }

    /** Lets every sequence pass the layer that is due; the next one is. */
    public void advance(TorchValue packed) {
        if (layer + 1 < run.config().layerCount()) {
            for (int s = 0; s < sequences; s++) {
                try (TorchValue state = of(s);
                        BlockTrace trace = blocks.trace(layer, packed, state)) {
                    put(s, trace.output());
                }
            }
        }
        turn();
    }

    /** What the layer that is due made of a sequence; the tensor stays the caller's. Of the last layer nothing is kept. */
    public void put(int sequence, TorchValue output) {
        if (layer + 1 == run.config().layerCount()) {
            return;
        }
        StatesFolder folder = run.folder();
        if (folder == null) {
            states.set(sequence, output);
            return;
        }
        if (next == null) {
            StatesFolder.delete(folder.states(layer + 1));
            next = tensorsOf(layer + 1);
        }
        next.set(sequence, output);
    }

    /** All sequences were put: the next layer is due. */
    public void turn() {
        layer++;
        if (next != null) {
            states.close();
            states = next;
            next = null;
        }
    }

    @Override
    public void close() {
        try (ValueScope scope = new ValueScope()) {
            scope.own(blocks);
            scope.own(states);
            if (next != null) {
                scope.own(next);
            }
        }
    }
}
