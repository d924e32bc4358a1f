package qroar.workers.export;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.LongRopeScaling;
import qroar.protocol.rope.RopeFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.spec.SpecForm;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.config.ModelConfig;
import qroar.workers.config.RopeConfigWriter;
import qroar.workers.golden.GoldenFiles;
import qroar.workers.model.DecoderModel;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.tensors.Dtype;
import qroar.workers.torch.TorchDevice;

/** A tuned model as a checkpoint of its own computes what the search measured with the scales applied at run time. */
class TunedExportTest {
    private static final int[] TOKENS = GoldenFiles.tokens("tokens/tokens_b.json");
    private static final QuantizationSpec RTN = QuantizationText.parse("rtn:bits=4,group=32");

    @TempDir
    Path scratch;

    @ParameterizedTest
    @Tag("numeric")
    @CsvSource({
        "tiny-llama, SHARED",
        "tiny-qwen2, SHARED",
        "tiny-qwen3, SHARED",
        "tiny-mistral, SYMMETRIC",
        "tiny-qwen3, SYMMETRIC",
    })
    void lossesEqualThoseWithTheScalesAppliedAtRunTime(String name, ScaleMode mode) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        RopeScaling rope = YarnScaling.of(4, 64);
        int pairs = checkpoint.config().geometry().pairCount();
        BandScales scales = new BandScales(BandPartition.logSpaced(pairs, 3), mode, new double[] {1.25, 0.8, 1.1});
        double[] atRunTime;
        double[] unscaled;
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, RTN)) {
            atRunTime = model.tokenNll(TOKENS, rope, scales);
            unscaled = model.tokenNll(TOKENS, rope, null);
        }
        Path folder = scratch.resolve("tuned");
        try (WeightQuantizer quantizer = WeightQuantizer.uncalibrated(RTN.weights())) {
            QuantizedExport.writeTuned(
                    new QuantizedExport.Source(checkpoint, RTN.weights(), quantizer),
                    new QuantizedExport.Tuning(scales, rope),
                    TorchDevice.CPU,
                    new ExportFormat.Plain(Dtype.F32),
                    folder,
                    QuantizedExport.Beside.NOTHING);
        }
        Checkpoint written = Checkpoint.open(folder);
        double[] exported;
        try (DecoderModel model = DecoderModel.load(written, TorchDevice.CPU, QuantizationSpec.NONE)) {
            exported = model.tokenNll(TOKENS, written.config().ropeScaling(), null);
        }
        double worst = 0;
        for (int i = 0; i < exported.length; i++) {
            worst = Math.max(worst, Math.abs(exported[i] - atRunTime[i]));
        }
        assertThat(worst).as("nats of the worst of %d tokens", exported.length).isLessThan(2e-4);
        assertThat(mean(exported)).isCloseTo(mean(atRunTime), within(1e-5));
        if (mode == ScaleMode.SHARED) {
            assertThat(mean(unscaled)).as("scales that do something").isNotCloseTo(mean(exported), within(1e-4));
        }
    }

    @Test
    void whatLiesBesideAModelIsThereBeforeItsFolderHasItsName() throws IOException {
        Checkpoint checkpoint = GoldenFiles.checkpoint("tiny-llama");
        int pairs = checkpoint.config().geometry().pairCount();
        BandScales scales = BandScales.identity(BandPartition.logSpaced(pairs, 2), ScaleMode.SHARED);
        Path folder = scratch.resolve("parent").resolve("tuned");
        QuantizedExport.Beside full = unfinished -> {
            assertThat(Checkpoint.open(unfinished).digest()).isNotBlank();
            assertThat(folder).doesNotExist();
            throw new IOException("no room for a note");
        };
        try (WeightQuantizer quantizer = WeightQuantizer.uncalibrated(RTN.weights())) {
            assertThatThrownBy(() -> QuantizedExport.writeTuned(
                            new QuantizedExport.Source(checkpoint, RTN.weights(), quantizer),
                            new QuantizedExport.Tuning(scales, YarnScaling.of(4, 64)),
                            TorchDevice.CPU,
                            ExportFormat.exact(),
                            folder,
                            full))
                    .isInstanceOf(BadInput.class)
                    .hasMessageContaining("no room for a note");
        }
        assertThat(folder.getParent()).isEmptyDirectory();
    }

    /** What engines do not read alike is in the rows of q and k, where every one of them reads it. */
    @ParameterizedTest
    @Tag("numeric")
    @CsvSource(
            delimiter = ';',
            value = {
                "tiny-llama; yarn:factor=4,original=64,attention-factor=1.35; SHARED; 256",
                "tiny-qwen3; yarn:factor=4,original=64,mscale=0.7,mscale-all-dim=2; SYMMETRIC; 256",
                "tiny-qwen2; yarn:factor=4; SHARED; 1024",
                "tiny-llama; longrope:short=2,original=64,attention-factor=1.2,factor=4; SHARED; 256",
            })
    void whatEnginesReadDifferentlyIsFoldedIntoTheRows(String name, String spec, ScaleMode mode, int positions) {
        Checkpoint checkpoint = GoldenFiles.checkpoint(name);
        int pairs = checkpoint.config().geometry().pairCount();
        RopeScaling rope = RopeScalingSpec.parse(spec.replace("short=2", lists(pairs)));
        BandScales scales = new BandScales(BandPartition.logSpaced(pairs, 2), mode, new double[] {1.1, 0.9});
        double[] atRunTime;
        try (DecoderModel model = DecoderModel.load(checkpoint, TorchDevice.CPU, RTN)) {
            atRunTime = model.tokenNll(TOKENS, rope, scales);
        }
        Path folder = scratch.resolve("folded");
        try (WeightQuantizer quantizer = WeightQuantizer.uncalibrated(RTN.weights())) {
            QuantizedExport.writeTuned(
                    new QuantizedExport.Source(checkpoint, RTN.weights(), quantizer),
                    new QuantizedExport.Tuning(scales, rope),
                    TorchDevice.CPU,
                    ExportFormat.exact(),
                    folder,
                    QuantizedExport.Beside.NOTHING);
        }
        JsonNode config = GoldenFiles.json(folder.resolve("config.json"));
        assertThat(config.get("rope_scaling")).isEqualTo(config.get("rope_parameters"));
        List<String> keys = new ArrayList<>();
        config.get("rope_scaling").fieldNames().forEachRemaining(keys::add);
        assertThat(keys)
                .contains("rope_type", "rope_theta", "factor", "original_max_position_embeddings")
                .doesNotContain("attention_factor", "mscale", "mscale_all_dim");
        assertThat(config.get("max_position_embeddings").intValue()).isEqualTo(positions);
        // LongRoPE's trained window is looked for outside by transformers 4.
        assertThat(config.path("original_max_position_embeddings").intValue())
                .isEqualTo(spec.startsWith("longrope") ? 64 : 0);
        Checkpoint written = Checkpoint.open(folder);
        assertThat(written.config().notes()).isEmpty();
        double[] exported;
        try (DecoderModel model = DecoderModel.load(written, TorchDevice.CPU, QuantizationSpec.NONE)) {
            exported = model.tokenNll(TOKENS, written.config().ropeScaling(), null);
        }
        assertThat(mean(exported)).isCloseTo(mean(atRunTime), within(1e-5));
        for (int i = 0; i < exported.length; i++) {
            assertThat(exported[i]).isCloseTo(atRunTime[i], within(2e-4));
        }
    }

    private static String lists(int pairs) {
        return "short=" + "2;".repeat(pairs - 1) + "2,long=" + "3;".repeat(pairs - 1) + "3";
    }

    private static double mean(double[] values) {
        return Arrays.stream(values).average().orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "none",
                "linear:factor=4",
                "dynamic:factor=2",
                "yarn:factor=4",
                "yarn:factor=4,original=256,beta-fast=16,beta-slow=2,attention-factor=1.2",
                "yarn:factor=8,mscale=0.7,mscale-all-dim=0.5,truncate=false",
                "llama3:factor=8,low-freq-factor=1,high-freq-factor=4,original=128",
                "ntk:alpha=4",
            })
    void everyScalingIsReadBackAsItWasWritten(String spec) throws Exception {
        for (String name : List.of("tiny-llama", "tiny-llama3", "tiny-qwen3")) {
            requireSameFrequencies(GoldenFiles.checkpoint(name).directory(), spec);
        }
        Path renamed = Files.createDirectories(scratch.resolve("parameters"));
        ObjectNode config = config(GoldenFiles.checkpoint("tiny-llama").directory());
        config.putObject("rope_parameters")
                .put("rope_type", "linear")
                .put("factor", 2)
                .put("rope_theta", 10000.0);
        config.remove("rope_theta");
        Files.writeString(renamed.resolve("config.json"), config.toString());
        requireSameFrequencies(renamed, spec);
    }

    /** Every option of every form given, lists for the pairs of the model. */
    @Test
    void everyFormHasKeysOfAConfig() throws Exception {
        Path model = GoldenFiles.checkpoint("tiny-llama").directory();
        int pairs = GoldenFiles.checkpoint("tiny-llama").config().geometry().pairCount();
        for (SpecForm<?> form : RopeScalingSpec.FORMS.all()) {
            String options = form.options().stream()
                    .map(option -> option.name() + "=" + option.example().replace(";..", ";2".repeat(pairs - 2)))
                    .collect(Collectors.joining(","));
            requireSameFrequencies(model, options.isEmpty() ? form.word() : form.word() + ":" + options);
        }
    }

    private void requireSameFrequencies(Path model, String spec) throws Exception {
        ModelConfig before = ModelConfig.read(model.resolve("config.json"));
        RopeScaling scaling = RopeScalingSpec.parse(spec);
        ObjectNode config = config(model);
        RopeConfigWriter.write(config, scaling, before.geometry());
        Path file = Files.createTempFile(scratch, "config", ".json");
        Files.writeString(file, config.toString());
        ModelConfig after = ModelConfig.read(file);
        if (scaling instanceof LongRopeScaling lists && lists.originalMaxPositions() != null) {
            assertThat(after.geometry().originalMaxPositions()).isEqualTo(lists.originalMaxPositions());
        } else if (scaling.configTheta(before.geometry()) == before.geometry().theta()) {
            assertThat(after.ropeScaling()).isEqualTo(scaling);
        }
        RopeFrequencies expected = InverseFrequencies.of(before.geometry(), scaling, 512);
        RopeFrequencies read = InverseFrequencies.of(after.geometry(), after.ropeScaling(), 512);
        assertThat(read.invFreq()).containsExactly(expected.invFreq(), within(1e-15));
        assertThat(read.attentionScaling()).isEqualTo(expected.attentionScaling());
    }

    private static ObjectNode config(Path model) throws Exception {
        return (ObjectNode)
                new ObjectMapper().readTree(model.resolve("config.json").toFile());
    }

    @Test
    void longRopeKeepsItsFactors() throws Exception {
        ObjectNode config = config(GoldenFiles.checkpoint("tiny-llama").directory());
        ModelConfig before = ModelConfig.read(
                GoldenFiles.checkpoint("tiny-llama").directory().resolve("config.json"));
        int pairs = before.geometry().pairCount();
        double[] divisors = new double[pairs];
        Arrays.setAll(divisors, j -> 1 + 0.25 * j);
        RopeScaling scaling = new LongRopeScaling(divisors, divisors, 128, null, 4.0);
        RopeConfigWriter.write(config, scaling, before.geometry());
        Path file = Files.writeString(scratch.resolve("config.json"), config.toString());
        ModelConfig after = ModelConfig.read(file);
        assertThat(after.ropeScaling()).isEqualTo(new LongRopeScaling(divisors, divisors, null, null, 4.0));
        assertThat(after.geometry().originalMaxPositions()).isEqualTo(128);
    }
}
