package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;

@Tag("numeric")
class OutputHeadTest {
    private static final int ROWS = 9;

    private final DecoderScript script = TorchRuntime.decoder();

    private static DecoderModel model() {
        return DecoderModel.load(GoldenFiles.checkpoint("tiny-llama"), TorchDevice.CPU, QuantizationSpec.NONE);
    }

    private static float[] states(DecoderModel model) {
        Random random = new Random(5);
        float[] states = new float[ROWS * model.config().hiddenSize()];
        for (int i = 0; i < states.length; i++) {
            states[i] = (float) random.nextGaussian();
        }
        return states;
    }

    private TorchValue rows(DecoderModel model, float[] states, int from, int to) {
        int hidden = model.config().hiddenSize();
        float[] rows = Arrays.copyOfRange(states, from * hidden, to * hidden);
        return script.floats(rows, new long[] {to - from, hidden}, model.device());
    }

    private TorchValue ids(long... ids) {
        return script.longs(ids, TorchDevice.CPU);
    }

    /** Behind each row comes what the head holds for likeliest: no other target has a smaller loss. */
    @Test
    void theLikeliestTargetsAreToldAndCarriedOverFromChunkToChunk() {
        try (DecoderModel model = model()) {
            OutputHead head = model.head();
            float[] states = states(model);
            long[] targets = new long[ROWS - 1];
            for (int row = 0; row < targets.length; row++) {
                try (TorchValue x = rows(model, states, row, row + 1);
                        TorchValue carry = head.carried(x)) {
                    targets[row] = head.likeliest(carry);
                }
            }
            float[] whole = ranked(model, states, targets, ROWS);
            float[] parts = ranked(model, states, targets, 4);
            assertThat(whole).hasSize(2 * (ROWS - 1));
            assertThat(parts).containsExactly(whole, within(1e-5f));
            assertThat(Arrays.copyOfRange(whole, ROWS - 1, whole.length)).containsOnly(1);

            long other = (targets[2] + 1) % model.config().vocabularySize();
            targets[2] = other;
            float[] worse = ranked(model, states, targets, ROWS);
            assertThat(worse[2]).isGreaterThan(whole[2]);
            assertThat(worse[ROWS - 1 + 2]).isZero();
        }
    }

    /** Losses, and behind them whether each target was the likeliest, of chunks of so many rows. */
    private float[] ranked(DecoderModel model, float[] states, long[] targets, int chunk) {
        float[] found = new float[2 * targets.length];
        long[] none = {0, model.config().hiddenSize()};
        TorchValue carry = script.floats(new float[0], none, model.device());
        for (int from = 0; from < ROWS; from += chunk) {
            int to = Math.min(ROWS, from + chunk);
            int first = Math.max(from, 1) - 1;
            try (TorchValue x = rows(model, states, from, to);
                    TorchValue wanted = ids(Arrays.copyOfRange(targets, first, to - 1))) {
                TorchValue[] ranked = model.head().scoreRanked(x, carry, wanted);
                carry.close();
                carry = ranked[2];
                try (TorchValue nll = ranked[0];
                        TorchValue likeliest = ranked[1]) {
                    System.arraycopy(nll.floats(), 0, found, first, to - 1 - first);
                    System.arraycopy(likeliest.floats(), 0, found, targets.length + first, to - 1 - first);
                }
            }
        }
        carry.close();
        return found;
    }

    @Test
    void logitsOfAsManyRowsAsFitExistAtOneTime() {
        try (DecoderModel model = model()) {
            long bytesPerRow = 2L * Float.BYTES * model.config().vocabularySize();
            int rows = OutputHead.rowsAtOnce(model.config());
            assertThat(rows * bytesPerRow).isLessThanOrEqualTo(256L << 20);
            assertThat((rows + 1) * bytesPerRow).isGreaterThan(256L << 20);
        }
    }
}
