package qroar.workers.quantize;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import qroar.protocol.BadInput;
import qroar.protocol.trial.Precision;
import qroar.workers.block.BlockTrace;
import qroar.workers.block.SequenceBlocks;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

/**
 * The hidden states of the calibration sequences that enter the next layer, and the blocks to run over them. Positions
 * carry the checkpoint's own rotary embedding (its own {@code rope_scaling} included, the interpolation of an experiment
 * not): a quantized model is made once and serves every interpolation.
 */
final class CalibrationStates implements AutoCloseable {
    private final SequenceBlocks blocks;
    private List<TorchValue> states = new ArrayList<>();
    private final int length;

    private CalibrationStates(SequenceBlocks blocks, int length) {
        this.blocks = blocks;
        this.length = length;
    }

    static CalibrationStates embedded(Checkpoint checkpoint, TorchDevice device, int[][] sequences) {
        int[][] tokens =
                CalibrationTokens.checked(sequences, checkpoint.config().vocabularySize());
        DecoderScript script = TorchRuntime.decoder();
        CalibrationStates states = new CalibrationStates(
                new SequenceBlocks(checkpoint.config(), checkpoint.config().ropeScaling(), tokens[0].length, device),
                tokens[0].length);
        try (TorchValue embedding = script.mapped(checkpoint.embedding(), device)) {
            FiniteWatch watch = new FiniteWatch();
            watch.look(checkpoint.embedding().name(), embedding);
            if (watch.found() != null) {
                throw new BadInput(
                        checkpoint.directory() + ": " + watch.found() + "; nothing can be calibrated with them");
            }
            for (int[] sequence : tokens) {
                try (TorchValue ids =
                        script.longs(Arrays.stream(sequence).asLongStream().toArray(), device)) {
                    states.states.add(script.embed(embedding, ids, Precision.FLOAT32));
                }
            }
            return states;
        } catch (RuntimeException | Error e) {
            states.close();
            throw e;
        }
    }

    SequenceBlocks blocks() {
        return blocks;
    }

    int sequences() {
        return states.size();
    }

    int tokens() {
        return Math.multiplyExact(states.size(), length);
    }

    /** Of one sequence, [length, hidden]; stays owned here. */
    TorchValue of(int sequence) {
        return states.get(sequence);
    }

    /** Lets every sequence pass the layer: the states become the layer's outputs. */
    void advance(int layer, TorchValue packed) {
        for (int s = 0; s < states.size(); s++) {
            try (BlockTrace trace = blocks.trace(layer, packed, states.get(s))) {
                replace(s, trace.output().share());
            }
        }
    }

    /** Lets one sequence enter the next layer. */
    void replace(int sequence, TorchValue state) {
        states.set(sequence, state).close();
    }

    @Override
    public void close() {
        try (ValueScope scope = new ValueScope()) {
            scope.own(blocks);
            states.forEach(scope::own);
            states = List.of();
        }
    }
}
