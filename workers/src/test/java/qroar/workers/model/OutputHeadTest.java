package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Precision;
import qroar.workers.config.ModelConfig;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.lending.LayerUse;
import qroar.workers.placement.Placement;
import qroar.workers.placement.Residence;
import qroar.workers.torch.Arithmetic;
import qroar.workers.torch.DecoderScript;
import qroar.workers.torch.DecoderScript.Predicted;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchRuntime;
import qroar.workers.torch.TorchValue;
import qroar.workers.torch.ValueScope;

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

    /** A processor uses the same memory for the logits of all rows; what they were before must not be seen in any loss. */
    @Test
    void lossesAreThoseOfTheLogitsHoweverManyRowsAreMadeAtATime() {
        for (Precision precision : new Precision[] {Precision.FLOAT32, Precision.BFLOAT16}) {
            Arithmetic arithmetic = Arithmetic.of(precision, TorchDevice.CPU);
            Residence residence = new Residence(Placement.WIDENED, arithmetic);
            try (ValueScope scope = new ValueScope();
                    DecoderModel model = DecoderModel.load(
                            GoldenFiles.checkpoint("tiny-llama"), TorchDevice.CPU, QuantizationSpec.NONE, residence)) {
                TorchValue states = scope.own(rows(model, states(model), 0, ROWS));
                TorchValue x = scope.own(script.onto(states, TorchDevice.CPU, precision));
                int vocabulary = model.config().vocabularySize();
                long[] targets = new long[ROWS - 1];
                Arrays.setAll(targets, row -> (row * 37L + 5) % vocabulary);
                try (LayerUse<TorchValue> matrix = model.head().matrix()) {
                    TorchValue epsilon = scope.own(script.number(1e-5));
                    TorchValue[] logits =
                            script.logits(x, model.head().norm(), matrix.packed(), epsilon, arithmetic.products());
                    scope.own(logits[0]);
                    float[] plain = losses(scope.own(logits[1]).floats(), targets, vocabulary);
                    TorchValue none = scope.own(script.floats(
                            new float[0], new long[] {0, model.config().hiddenSize()}, model.device()));
                    for (long most : new long[] {1, 3, ROWS}) {
                        TorchValue[] scored = script.score(
                                x,
                                none,
                                model.head().norm(),
                                matrix.packed(),
                                scope.own(ids(targets)),
                                epsilon,
                                most,
                                arithmetic.products());
                        scope.own(scored[1]);
                        assertThat(scope.own(scored[0]).floats())
                                .as("%s, %d rows", precision, most)
                                .containsExactly(plain, within(precision == Precision.FLOAT32 ? 1e-5f : 0x1p-5f));
                    }
                }
            }
        }
    }

    /** To the bit, for whatever is told of a model's divergence was measured in fresh memory before. */
    @Test
    void divergenceIsTheSameInMemoryThatIsUsedAgain() {
        List<Arithmetic> arithmetics = List.of(
                Arithmetic.FLOAT32,
                new Arithmetic(Precision.BFLOAT16, Arithmetic.Products.OF_THE_TYPE),
                new Arithmetic(Precision.FLOAT16, Arithmetic.Products.WIDENED));
        for (Arithmetic reference : arithmetics) {
            for (Arithmetic other : arithmetics) {
                try (ValueScope scope = new ValueScope();
                        DecoderModel theirs = model(reference);
                        DecoderModel ours = model(other)) {
                    float[] states = states(ours);
                    float[] moved = states.clone();
                    for (int i = 0; i < moved.length; i++) {
                        moved[i] += 0.1f * (i % 3);
                    }
                    TorchValue targets = scope.own(ids(LongStream.range(0, ROWS).toArray()));
                    Predicted p = predicted(theirs, scope, states);
                    Predicted q = predicted(ours, scope, moved);
                    for (long most : new long[] {1, 4, ROWS}) {
                        double[] again = scope.own(script.divergence(p, q, targets, most))
                                .doubles();
                        assertThat(again)
                                .as("%s beside %s, %d rows", other, reference, most)
                                .isEqualTo(scope.own(script.divergenceAnew(p, q, targets, most))
                                        .doubles());
                        assertThat(Arrays.stream(again, 0, ROWS)).allMatch(kl -> kl > 1e-6);
                    }
                }
            }
        }
    }

    private static DecoderModel model(Arithmetic arithmetic) {
        Residence residence = new Residence(Placement.WIDENED, arithmetic);
        return DecoderModel.load(
                GoldenFiles.checkpoint("tiny-llama"), TorchDevice.CPU, QuantizationSpec.NONE, residence);
    }

    private Predicted predicted(DecoderModel model, ValueScope scope, float[] states) {
        LayerUse<TorchValue> matrix = scope.own(model.head().matrix());
        return new Predicted(scope.own(rows(model, states, 0, ROWS)), matrix.packed(), model.arithmetic());
    }

    /** ln of the sum of all logits' exponentials less the target's own, in float64. */
    private static float[] losses(float[] logits, long[] targets, int vocabulary) {
        float[] found = new float[targets.length];
        for (int row = 0; row < found.length; row++) {
            double sum = 0;
            for (int id = 0; id < vocabulary; id++) {
                sum += Math.exp(logits[row * vocabulary + id]);
            }
            found[row] = (float) (Math.log(sum) - logits[row * vocabulary + (int) targets[row]]);
        }
        return found;
    }

    @Test
    void aProcessorMakesNoMoreLogitsAtATimeThanItsCacheHolds(@TempDir Path folder) throws IOException {
        ModelConfig config = ModelConfig.read(Files.writeString(folder.resolve("config.json"), """
                {"model_type":"llama","hidden_size":576,"intermediate_size":1536,"num_hidden_layers":30,
                 "num_attention_heads":9,"num_key_value_heads":3,"vocab_size":49152,"rms_norm_eps":1e-5,
                 "max_position_embeddings":8192}"""));
        assertThat(OutputHead.rowsAtOnce(config)).isEqualTo(682);
        assertThat(OutputHead.rowsAtOnce(config, TorchDevice.CPU)).isEqualTo(128);
        assertThat(OutputHead.rowsAtOnce(config, TorchDevice.ofWord("gpu:0"))).isEqualTo(682);
    }
}
