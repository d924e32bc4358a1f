package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.definition.DocumentSource.PackedStories;
import qroar.experiments.definition.DocumentSource.TextFile;
import qroar.experiments.definition.DocumentSource.TokenFile;
import qroar.experiments.definition.sweep.LayerChoice;
import qroar.experiments.definition.sweep.RopeChoice;
import qroar.experiments.definition.sweep.Sweep;
import qroar.experiments.definition.sweep.SweepPoint;
import qroar.experiments.definition.sweep.Weighting;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.objective.Aim;
import qroar.experiments.search.SearchSettings.Start;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.protocol.BadInput;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.calibration.BlockChoice;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.NtkScaling;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.Precision;

class ExperimentFileTest {
    @TempDir
    Path folder;

    @Test
    void everyKeyReachesTheDefinition() {
        SampleFiles files = new SampleFiles(folder);
        ExperimentDefinition definition = ExperimentFile.read(files.write(SampleFiles.VALID));

        assertThat(definition.name()).isEqualTo("demo");
        assertThat(definition.model().directory()).isEqualTo(folder.resolve("model"));
        assertThat(definition.documents().search())
                .containsExactly(
                        new TextFile(folder.resolve("docs/search-0.txt")),
                        new TextFile(folder.resolve("docs/search-1.txt")));
        assertThat(definition.documents().heldOut())
                .containsExactly(
                        new TextFile(folder.resolve("docs/held-0.txt")),
                        new TextFile(folder.resolve("docs/held-1.txt")),
                        new PackedStories(folder.resolve("stories.jsonl"), 2100, 5, 2),
                        new TokenFile(folder.resolve("ids.json")));
        assertThat(definition.documents().calibration())
                .containsExactly(new TextFile(folder.resolve("docs/search-0.txt")));
        assertThat(definition.calibration()).isEqualTo(new CalibrationSettings(8, 64, BlockChoice.SPREAD));
        assertThat(definition.lengths()).containsExactly(512, 1024, 2048);
        assertThat(definition.windowTokens()).isEqualTo(128);
        assertThat(definition.trainedWindow()).isEqualTo(512);
        Sweep sweep = definition.sweep();
        assertThat(sweep.rope())
                .containsExactly(
                        new RopeChoice.Given(YarnScaling.of(4, null)),
                        new RopeChoice.OfCheckpoint(),
                        new RopeChoice.Given(new NtkScaling(2)));
        assertThat(sweep.quantizer())
                .containsExactly(
                        QuantizationText.parse("rtn:bits=2,group=32"),
                        QuantizationText.parse("awq:bits=3,group=64"),
                        QuantizationSpec.NONE);
        assertThat(sweep.bands()).containsExactly(2, 4);
        assertThat(sweep.grid()).containsExactly(7);
        assertThat(sweep.mode()).containsExactly(ScaleMode.SHARED, ScaleMode.SYMMETRIC);
        assertThat(sweep.weights())
                .containsExactly(
                        new Weighting.ByLength(), new Weighting.Uniform(), new Weighting.Given(List.of(1.0, 2.0, 4.5)));
        assertThat(definition.search())
                .isEqualTo(new SearchChoice(
                        Strategy.LINE,
                        1e-3,
                        3,
                        1,
                        new SearchWindowSettings(0.3, 0.1, 0.25, 0.999, 0.5, 2.0),
                        Start.GRADIENT,
                        SearchChoice.Begin.ONES,
                        List.of()));
        assertThat(definition.stopping()).isEqualTo(new StoppingSettings(StoppingRule.Rule.BETTING, 0.01));
    }

    @Test
    void sweepIsTheProductWithoutItsExclusions() {
        Sweep sweep = ExperimentFile.read(new SampleFiles(folder).write(SampleFiles.VALID))
                .sweep();
        assertThat(sweep.productSize()).isEqualTo(3 * 3 * 2 * 2 * 3);
        // Out: none x symmetric (3 ropes x 2 bands x 3 weightings), rtn x 2 bands x one weighting (3 ropes x 2 modes).
        assertThat(sweep.points()).hasSize(108 - 18 - 6).doesNotHaveDuplicates();
        assertThat(sweep.points()).noneMatch(p -> p.quantizer().isNone() && p.mode() == ScaleMode.SYMMETRIC);
    }

    @Test
    void whatIsLeftOutHasItsDefault() {
        ExperimentDefinition definition = ExperimentFile.read(new SampleFiles(folder).write(SampleFiles.MINIMAL));
        assertThat(definition.windowTokens()).isEqualTo(256);
        assertThat(definition.trainedWindow()).isNull();
        assertThat(definition.calibration()).isEqualTo(new CalibrationSettings(16, 512, BlockChoice.SPREAD));
        assertThat(definition.documents().calibration())
                .isEqualTo(definition.documents().search());
        Sweep sweep = definition.sweep();
        assertThat(sweep.points())
                .containsExactly(new SweepPoint(
                        new RopeChoice.OfCheckpoint(),
                        QuantizationText.parse("rtn:bits=4,group=128"),
                        8,
                        LayerChoice.ALL,
                        7,
                        ScaleMode.SHARED,
                        new Weighting.ByLength(),
                        Aim.PERPLEXITY));
        assertThat(definition.search())
                .isEqualTo(new SearchChoice(
                        Strategy.PARABOLIC,
                        0.0005,
                        2,
                        1,
                        new SearchWindowSettings(0.2231, 0.1484, 0.25, 0.999, 0.5, 2),
                        Start.DIAGNOSTICS,
                        SearchChoice.Begin.ONES,
                        List.of()));
        assertThat(definition.stopping()).isEqualTo(new StoppingSettings(StoppingRule.Rule.CONFIDENCE_SEQUENCE, 0.05));
    }

    @Test
    void resolvedFileReadsBackAsTheSameExperimentFromAnywhere() throws Exception {
        SampleFiles files = new SampleFiles(folder);
        String chosen = SampleFiles.VALID
                + "\nheld-out: {lengths: [512, 1024, 2048, 4096], divergence: noise-floor, long-ppl: {context: 64}}\n";
        for (String text : List.of(SampleFiles.VALID, SampleFiles.MINIMAL, chosen)) {
            ExperimentDefinition definition = ExperimentFile.read(files.write(text));
            Path elsewhere = java.nio.file.Files.createTempFile("resolved", ".yaml");
            java.nio.file.Files.writeString(elsewhere, definition.resolved());
            ExperimentDefinition again = ExperimentFile.read(elsewhere, Map.of());
            assertThat(again).isEqualTo(definition);
            assertThat(again.resolved()).isEqualTo(definition.resolved());
            java.nio.file.Files.delete(elsewhere);
        }
    }

    @Test
    void precisionIsLeftOpenOrGivenAndStandsInTheResolvedFile() {
        SampleFiles files = new SampleFiles(folder);
        ExperimentDefinition open = ExperimentFile.read(files.write(SampleFiles.MINIMAL));
        assertThat(open.model().precision()).isNull();
        assertThat(open.resolved()).contains("\nprecision: \"auto\"\n");
        assertThatThrownBy(open::precision).isInstanceOf(IllegalStateException.class);
        assertThat(open.in(Precision.FLOAT32).resolved()).contains("\nprecision: \"float32\"\n");
        assertThat(open.in(Precision.FLOAT32).settings())
                .as("as before there were others")
                .isEqualTo(open.settings());
        for (Precision precision : Precision.values()) {
            ExperimentDefinition given =
                    ExperimentFile.read(files.write(SampleFiles.MINIMAL + "\nprecision: " + precision.word() + "\n"));
            assertThat(given).isEqualTo(open.in(precision));
            assertThat(given.settings().get("precision"))
                    .isEqualTo(precision == Precision.FLOAT32 ? null : precision.word());
        }
        assertThatThrownBy(() -> ExperimentFile.read(files.write(SampleFiles.MINIMAL + "\nprecision: bf16\n")))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("key 'precision'")
                .hasMessageContaining("auto, float32, float16, bfloat16");
    }

    @Test
    void variablesExpandInPathsAndSurviveResolving() throws Exception {
        Path odd = java.nio.file.Files.createDirectory(folder.resolve("a${B}c"));
        SampleFiles files = new SampleFiles(odd);
        String text = SampleFiles.MINIMAL.replace("model: model", "model: \"${HERE}/model\"");
        ExperimentDefinition definition = ExperimentFile.read(files.write(text), Map.of("HERE", odd.toString()));
        assertThat(definition.model().directory()).isEqualTo(odd.resolve("model"));
        assertThat(ExperimentFile.read(files.write(definition.resolved()), Map.of()))
                .isEqualTo(definition);
    }

    @Test
    void lineEndingsAndByteOrderMarkDoNotMatter() {
        SampleFiles files = new SampleFiles(folder);
        ExperimentDefinition definition = ExperimentFile.read(files.write(SampleFiles.VALID));
        assertThat(ExperimentFile.read(files.write("\uFEFF" + SampleFiles.VALID.replace("\n", "\r\n"))))
                .isEqualTo(definition);
    }

    @Test
    void listOfNumbersIsOneWeighting() {
        String text = SampleFiles.MINIMAL.replace("lengths: 512", "lengths: [512, 1024]\nweights: [3, 1]");
        assertThat(ExperimentFile.read(new SampleFiles(folder).write(text))
                        .sweep()
                        .weights())
                .containsExactly(new Weighting.Given(List.of(3.0, 1.0)));
    }

    @Test
    void everyVariantOfASealedChoiceIsWrittenAndRead() {
        // A variant added to one of these must be added to reader, writer and VALID above.
        assertThat(DocumentSource.class.getPermittedSubclasses()).hasSize(3);
        assertThat(RopeChoice.class.getPermittedSubclasses()).hasSize(2);
        assertThat(Weighting.class.getPermittedSubclasses()).hasSize(3);
    }

    @Test
    void aModelOfTheHuggingFaceCacheIsNamedByItsNameAndKeptAsItsSnapshot() throws IOException {
        Path snapshot = folder.resolve("hub/models--demo--llama/snapshots/0a1b");
        Files.createDirectories(snapshot);
        SampleFiles files = new SampleFiles(folder);
        Path file = files.write(SampleFiles.VALID.replace("model: model", "model: demo/llama"));
        Map<String, String> environment = Map.of("HF_HOME", folder.toString());
        ExperimentDefinition definition = ExperimentFile.read(file, environment);
        assertThat(definition.model().directory()).isEqualTo(snapshot);
        assertThat(definition.resolved()).contains(snapshot.toString());

        Files.delete(snapshot);
        assertThatThrownBy(() -> ExperimentFile.read(file, environment))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining("key 'model' names 'demo/llama', and ")
                .hasMessageContaining("has no revision 'main'");
        Files.delete(snapshot.getParent());
        Files.delete(folder.resolve("hub/models--demo--llama"));
        assertThatThrownBy(() -> ExperimentFile.read(file, environment))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(
                        "there is no directory " + folder.resolve("demo/llama") + "; nor has the Hugging Face");
    }
}
