package qroar.workers.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.TrialSpec.Probe;
import qroar.workers.calibration.CalibrationTokens;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.export.QuantizedModels;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.placement.Placement;
import qroar.workers.placement.Residence;
import qroar.workers.torch.TorchDevice;
import qroar.workers.torch.TorchValue;

class LayerwisePassTest {
    private static final RopeScaling YARN = YarnScaling.of(4, 256);
    private static final int[] TOKENS = Arrays.copyOf(GoldenFiles.tokens("tokens/tokens_b.json"), 300);
    private static final int[][] CALIBRATION =
            CalibrationTokens.cut(List.of(GoldenFiles.tokens("tokens/calib_tokens.json")), 4, 160);

    @TempDir
    Path scratch;

    private static PassPlan plan(DecoderModel model, int positions) {
        int pairs = model.config().geometry().pairCount();
        BandScales scales =
                new BandScales(BandPartition.logSpaced(pairs, 2), ScaleMode.SHARED, new double[] {1.1, 0.9});
        return PassPlan.of(model.config(), YARN, scales, positions, Probe.LOSSES_AND_ACTIVATIONS)
                .inChunksOf(128);
    }

    private static LayerwisePass.Reading chunkByChunk(DecoderModel model, LayerwisePass.Text text) {
        try (DocumentPass pass = DocumentPass.open(model, text.plan(), () -> false)) {
            float[] nll = pass.advance(text.tokens(), 0, text.plan().positions());
            return new LayerwisePass.Reading(nll, pass.activations(text.index()));
        }
    }

    /** Documents of an odd, a whole and a single chunk, one of them too short to be scored. */
    private static List<LayerwisePass.Text> texts(DecoderModel model) {
        int[] other = Arrays.copyOfRange(TOKENS, 40, 300);
        return List.of(
                new LayerwisePass.Text(plan(model, 300), TOKENS, 0),
                new LayerwisePass.Text(plan(model, 256), other, 1),
                new LayerwisePass.Text(plan(model, 1), TOKENS, 2),
                new LayerwisePass.Text(plan(model, 50), other, 3));
    }

    private void bothOrdersAgree(Checkpoint checkpoint, String quantization) {
        QuantizedModels kept = new QuantizedModels(scratch.resolve("models"), Long.MAX_VALUE);
        QuantizationSpec spec = QuantizationText.parse(quantization);
        List<LayerwisePass.Reading> expected;
        try (DecoderModel model =
                DecoderModel.load(checkpoint, TorchDevice.CPU, spec, CALIBRATION, kept, Residence.FLOAT32)) {
            expected =
                    texts(model).stream().map(text -> chunkByChunk(model, text)).toList();
        }
        for (Placement placement : Placement.values()) {
            try (DecoderModel model =
                    DecoderModel.load(checkpoint, TorchDevice.CPU, spec, CALIBRATION, kept, Residence.of(placement))) {
                assertThat(LayerwisePass.read(model, texts(model), () -> false))
                        .as("%s %s %s", checkpoint.directory(), quantization, placement)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tiny-llama",
                "tiny-llama-bf16-sharded",
                "tiny-llama3",
                "tiny-mistral",
                "tiny-qwen2",
                "tiny-qwen3",
                "tiny-llama-trained"
            })
    void lossesAndHistogramsOfEveryArchitectureAreThoseOfChunkOrder(String name) {
        long before = TorchValue.live();
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        bothOrdersAgree(checkpoint, "none");
        bothOrdersAgree(checkpoint, "rtn:bits=4,group=32,act-bits=8,kv-bits=4");
        assertThat(TorchValue.live()).as("native references").isEqualTo(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "awq:bits=4,group=64,kv-bits=4",
                "gptq:bits=4,group=64,act-order=true,act-bits=8,act=asym",
                "smoothquant:act-bits=8",
                "none:kv-bits=4,kv-order=pre-rope",
                "none:kv-bits=8,kv-bands=8/4/2,kv-clip=0.9",
                "rtn:bits=4,group=32,act-bits=8,act-clip=0.9,act-tail=1.1",
                "rtn:bits=4,group=32,kv-bits=4,kv-order=pre-rope,kv-clip=0.75,kv-tails=1.5/1.1"
            })
    void lossesAndHistogramsOfCalibratedModelsAreThoseOfChunkOrder(String quantization) {
        bothOrdersAgree(GoldenFiles.checkpoint("tiny-llama-q"), quantization);
    }

    @Test
    void cancellationEndsThePassBetweenBlocksAndFreesEverything() {
        long before = TorchValue.live();
        for (Placement placement : Placement.values()) {
            try (DecoderModel model = DecoderModel.load(
                    GoldenFiles.checkpoint("tiny-llama"),
                    TorchDevice.CPU,
                    QuantizationSpec.NONE,
                    Residence.of(placement))) {
                AtomicInteger asked = new AtomicInteger();
                LayerwisePass.read(model, texts(model), () -> asked.incrementAndGet() < 0);
                // Chunks of 128 in documents of 300, 256, 1 and 50 tokens.
                assertThat(asked).hasValue((3 + 2 + 1 + 1) * model.config().layerCount());
                asked.set(0);
                assertThatThrownBy(() -> LayerwisePass.read(model, texts(model), () -> asked.incrementAndGet() > 9))
                        .isInstanceOf(CancellationException.class);
                assertThat(asked).hasValue(10);
            }
        }
        assertThat(TorchValue.live()).isEqualTo(before);
    }
}
