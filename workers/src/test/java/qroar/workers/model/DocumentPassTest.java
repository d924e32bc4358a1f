package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.ActivationQuantization;
import qroar.protocol.quantization.NoQuantization;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.golden.FileTree;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.quantize.ScaledRows;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

class DocumentPassTest {
    private static final RopeScaling YARN = YarnScaling.of(4, 256);
    private static final QuantizationSpec RTN = new QuantizationSpec(new RtnQuantization(4, 32), null, 0);
    private static final int[] TOKENS = GoldenFiles.tokens("tokens/tokens_b.json");

    private static DecoderModel model(String checkpoint, QuantizationSpec spec) {
        return DecoderModel.load(GoldenFiles.checkpoint(checkpoint), TorchDevice.CPU, spec);
    }

    private static PassPlan plan(DecoderModel model, double... scales) {
        BandScales bands = scales.length == 0
                ? null
                : new BandScales(
                        BandPartition.logSpaced(model.config().geometry().pairCount(), scales.length),
                        ScaleMode.SHARED,
                        scales);
        return PassPlan.of(model.config(), YARN, bands, TOKENS.length, Probe.LOSSES);
    }

    @ParameterizedTest
    @Tag("numeric")
    @ValueSource(strings = {"tiny-llama", "tiny-mistral", "tiny-qwen2", "tiny-qwen3"})
    void chunksOfAnySizeGiveTheLossesOfOneForward(String checkpoint) {
        try (DecoderModel model = model(checkpoint, RTN)) {
            PassPlan plan = plan(model, 1.1, 0.9);
            double[] whole = model.tokenNll(TOKENS, plan.inChunksOf(TOKENS.length));
            for (int chunk : new int[] {1, 7, 64, 96, 97, 256, TOKENS.length - 1}) {
                assertThat(model.tokenNll(TOKENS, plan.inChunksOf(chunk)))
                        .as("chunks of %d", chunk)
                        .usingComparatorWithPrecision(1e-4)
                        .containsExactly(whole);
            }
        }
    }

    @Test
    @Tag("numeric")
    void aPassGoesOnBehindAMarkAsIfNothingHadFollowed() {
        long before = TorchValue.live();
        try (DecoderModel model = model("tiny-mistral", RTN);
                DocumentPass pass = DocumentPass.open(model, plan(model), () -> false)) {
            double[] whole = model.tokenNll(TOKENS, plan(model));
            int[] other = TOKENS.clone();
            Arrays.fill(other, 150, other.length, 7);
            pass.advance(TOKENS, 0, 150);
            try (DocumentPass.Mark mark = pass.mark()) {
                pass.advance(other, 150, 400);
                pass.returnTo(mark);
                assertThat(pass.position()).isEqualTo(150);
                float[] rest = pass.advance(TOKENS, 150, TOKENS.length);
                for (int i = 0; i < rest.length; i++) {
                    assertThat((double) rest[i]).isCloseTo(whole[149 + i], within(1e-4));
                }
            }
        }
        assertThat(TorchValue.live()).isEqualTo(before);
    }

    @Test
    @Tag("numeric")
    void stepsOfAnyLengthScoreEachTokenButTheFirstOnce() {
        try (DecoderModel model = model("tiny-llama", QuantizationSpec.NONE);
                DocumentPass pass = DocumentPass.open(model, plan(model), () -> false)) {
            double[] whole = model.tokenNll(TOKENS, plan(model));
            int[] cuts = {0, 0, 1, 2, 300, 300, 301, TOKENS.length};
            int scored = 0;
            for (int i = 1; i < cuts.length; i++) {
                float[] nll = pass.advance(TOKENS, cuts[i - 1], cuts[i]);
                assertThat(nll).hasSize(Math.max(0, cuts[i] - Math.max(1, cuts[i - 1])));
                for (float loss : nll) {
                    assertThat((double) loss).isCloseTo(whole[scored++], org.assertj.core.api.Assertions.within(1e-4));
                }
                assertThat(pass.position()).isEqualTo(cuts[i]);
            }
            assertThat(scored).isEqualTo(TOKENS.length - 1);
        }
    }

    @Test
    @Tag("numeric")
    void cacheOfEightBitsChangesLittleAndOfTwoBitsALot() {
        try (DecoderModel plain = model("tiny-llama-trained", QuantizationSpec.NONE);
                DecoderModel fine = model("tiny-llama-trained", kv(8));
                DecoderModel coarse = model("tiny-llama-trained", kv(2))) {
            double[] reference = plain.tokenNll(TOKENS, plan(plain));
            double byFine = distance(reference, fine.tokenNll(TOKENS, plan(fine)));
            double byCoarse = distance(reference, coarse.tokenNll(TOKENS, plan(coarse)));
            assertThat(byFine).isBetween(1e-5, 0.05);
            assertThat(byCoarse).isGreaterThan(5 * byFine);
        }
    }

    private static double distance(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs(a[i] - b[i]);
        }
        return sum / a.length;
    }

    private static QuantizationSpec kv(int bits) {
        return new QuantizationSpec(new NoQuantization(), null, bits);
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    @Test
    @Tag("numeric")
    void quantizedActivationsAndCacheDoNotDependOnChunks() {
        QuantizationSpec spec = new QuantizationSpec(
                new RtnQuantization(4, 32), new ActivationQuantization(8, ActivationQuantization.Range.ASYMMETRIC), 4);
        try (DecoderModel model = model("tiny-llama-trained", spec)) {
            double whole = mean(model.tokenNll(TOKENS, plan(model)));
            double inChunks = mean(model.tokenNll(TOKENS, plan(model).inChunksOf(64)));
            // Rounding flips where float32 sums differ in the last bit, so only the mean is comparable.
            assertThat(Math.abs(whole - inChunks)).isLessThan(1e-2);
        }
    }

    @Test
    @Tag("numeric")
    void symmetricScalesAreNoOpUntilTheCacheIsQuantized() {
        try (DecoderModel weightsOnly = model("tiny-llama-trained", RTN);
                DecoderModel withCache = model("tiny-llama-trained", kv(4))) {
            BandScales symmetric = new BandScales(
                    BandPartition.logSpaced(8, 4), ScaleMode.SYMMETRIC, new double[] {0.7, 1.4, 0.8, 1.3});
            assertThat(weightsOnly.tokenNll(TOKENS, YARN, symmetric))
                    .usingComparatorWithPrecision(1e-4)
                    .containsExactly(weightsOnly.tokenNll(TOKENS, YARN, null));
            double changed = mean(withCache.tokenNll(TOKENS, YARN, symmetric));
            assertThat(Math.abs(changed - mean(withCache.tokenNll(TOKENS, YARN, null))))
                    .isGreaterThan(1e-5);
        }
    }

    @ParameterizedTest
    @Tag("numeric")
    @ValueSource(strings = {"tiny-llama", "tiny-qwen2", "tiny-qwen3"})
    void scalesInTheTablesAreScalesInTheWeights(String name) {
        for (ScaleMode mode : ScaleMode.values()) {
            try (DecoderModel plain = model(name, QuantizationSpec.NONE)) {
                BandScales scales = new BandScales(
                        BandPartition.logSpaced(plain.config().geometry().pairCount(), 3),
                        mode,
                        new double[] {1.2, 0.9, 1.1});
                try (WeightQuantizer keep = WeightQuantizer.uncalibrated(new NoQuantization());
                        WeightQuantizer scaling = new ScaledRows(scales, keep);
                        DecoderModel scaled = DecoderModel.load(
                                GoldenFiles.checkpoint(name), TorchDevice.CPU, QuantizationSpec.NONE, scaling)) {
                    assertThat(plain.tokenNll(TOKENS, YARN, scales))
                            .usingComparatorWithPrecision(1e-3)
                            .containsExactly(scaled.tokenNll(TOKENS, YARN, null));
                }
            }
        }
    }

    @Test
    @Tag("numeric")
    void runsRepeatToTheLastBitAndThreadsDoNotDisturbEachOther() throws Exception {
        try (DecoderModel model = model("tiny-llama", RTN)) {
            double[][] alone = new double[4][];
            for (int i = 0; i < alone.length; i++) {
                alone[i] = model.tokenNll(TOKENS, plan(model, 1 + 0.1 * i, 1).inChunksOf(128));
                assertThat(model.tokenNll(TOKENS, plan(model, 1 + 0.1 * i, 1).inChunksOf(128)))
                        .containsExactly(alone[i]);
            }
            ExecutorService threads = Executors.newFixedThreadPool(2);
            try {
                @SuppressWarnings({"unchecked", "rawtypes"})
                Future<double[]>[] together = new Future[alone.length];
                for (int i = 0; i < alone.length; i++) {
                    PassPlan plan = plan(model, 1 + 0.1 * i, 1).inChunksOf(128);
                    together[i] = threads.submit(() -> model.tokenNll(TOKENS, plan));
                }
                for (int i = 0; i < alone.length; i++) {
                    assertThat(together[i].get()).containsExactly(alone[i]);
                }
            } finally {
                threads.shutdownNow();
            }
        }
    }

    @Test
    void twoHundredTrialsLoadNothingAndLeaveNothingBehind(@TempDir Path scratch) throws IOException {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama", new ObjectMapper().createObjectNode(), scratch);
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, RTN)) {
            FileTree.empty(scratch);
            long live = TorchValue.live();
            int[] some = Arrays.copyOf(TOKENS, 40);
            for (int trial = 0; trial < 200; trial++) {
                AtomicInteger blocks = new AtomicInteger();
                int stopAfter = trial % 3 == 0 ? 5 : Integer.MAX_VALUE;
                try (DocumentPass pass = DocumentPass.open(
                        model,
                        plan(model, 1 + trial * 1e-3).inChunksOf(16),
                        () -> blocks.incrementAndGet() > stopAfter)) {
                    pass.advance(some, 0, some.length);
                    assertThat(stopAfter).isEqualTo(Integer.MAX_VALUE);
                } catch (CancellationException e) {
                    assertThat(blocks.get()).isEqualTo(stopAfter + 1);
                }
            }
            assertThat(TorchValue.live()).isEqualTo(live);
        }
    }

    @Test
    void closedModelFreesItsWeightsWithItsLastPass() {
        long live = TorchValue.live();
        DecoderModel model = model("tiny-llama", RTN);
        DocumentPass pass = DocumentPass.open(model, plan(model), () -> false);
        model.close();
        model.close();
        assertThat(pass.advance(TOKENS, 0, 10)).hasSize(9);
        assertThatThrownBy(() -> DocumentPass.open(model, plan(model), () -> false))
                .isInstanceOf(IllegalStateException.class);
        pass.close();
        pass.close();
        assertThat(TorchValue.live()).isEqualTo(live);
    }

    @Test
    void badTokensAndWrongStepsAreRefused() {
        try (DecoderModel model = model("tiny-llama", QuantizationSpec.NONE);
                DocumentPass pass = DocumentPass.open(model, plan(model), () -> false)) {
            assertThatThrownBy(() -> pass.advance(new int[] {1, 2, 256}, 0, 3))
                    .isInstanceOf(BadInput.class)
                    .hasMessage("token id 256 at position 2 lies outside the vocabulary of 256");
            assertThatThrownBy(() -> pass.advance(new int[] {-1}, 0, 1)).isInstanceOf(BadInput.class);
            assertThatThrownBy(() -> pass.advance(TOKENS, 1, 2)).isInstanceOf(IllegalArgumentException.class);
            assertThat(pass.activations(0)).isEmpty();
            BandScales foreign = BandScales.identity(BandPartition.logSpaced(5, 2), ScaleMode.SHARED);
            assertThatThrownBy(() -> model.tokenNll(TOKENS, YARN, foreign))
                    .hasMessageContaining("5 RoPE pairs; the model has 8");
            assertThat(model.tokenNll(new int[] {1}, YARN, null)).isEmpty();
        }
    }
}
