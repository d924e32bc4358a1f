package qroar.experiments.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.definition.ExperimentDefinition;
import qroar.experiments.definition.ExperimentFile;
import qroar.experiments.definition.HeldOutChoice;
import qroar.experiments.definition.ModelChoice;
import qroar.experiments.definition.Reading;
import qroar.protocol.rope.NoScaling;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.Precision;

class FingerprintTest {
    private static final ModelFacts FACTS =
            new ModelFacts("c0ffee", new RopeGeometry(64, 10_000, 512, null), 6, new NoScaling(), 512);
    private static final List<DocumentRef> SEARCH = List.of(new DocumentRef("s", "aa", 3000));
    private static final List<DocumentRef> HELD_OUT = List.of(new DocumentRef("h", "bb", 3000));
    private static final ExperimentDefinition DEMO =
            ExperimentFile.read(Path.of("samples/demo.yaml")).in(Precision.FLOAT32);

    private static Fingerprint of(ExperimentDefinition definition) {
        return Fingerprint.of(definition, FACTS, SEARCH, HELD_OUT, SEARCH);
    }

    private static ExperimentDefinition edited(String name, List<Integer> lengths, int windowTokens) {
        return new ExperimentDefinition(
                name,
                new ModelChoice(DEMO.model().directory().resolve("elsewhere"), DEMO.trainedWindow(), DEMO.precision()),
                DEMO.documents(),
                DEMO.calibration(),
                new Reading(lengths, windowTokens, HeldOutChoice.DEFAULT),
                DEMO.sweep(),
                DEMO.search(),
                DEMO.stopping(),
                DEMO.tasks(),
                DEMO.needles());
    }

    @Test
    void namesAndPathsDoNotMatter() {
        Fingerprint moved = Fingerprint.of(
                edited("other", DEMO.lengths(), DEMO.windowTokens()),
                FACTS,
                List.of(new DocumentRef("renamed", "aa", 3000)),
                HELD_OUT,
                SEARCH);
        assertThat(moved).isEqualTo(of(DEMO));
        assertThat(moved.hex()).isEqualTo(of(DEMO).hex()).matches("[0-9a-f]{64}");
        assertThat(moved.differences(of(DEMO))).isEmpty();
    }

    @Test
    void everyDifferenceIsNamedWithBothValues() {
        Fingerprint here = of(DEMO);
        Fingerprint there = Fingerprint.of(
                edited("demo", List.of(512, 1024), 128),
                new ModelFacts("decaf", FACTS.geometry(), 6, FACTS.ownRope(), 512),
                List.of(SEARCH.get(0), new DocumentRef("s2", "cc", 3000)),
                HELD_OUT,
                SEARCH);
        assertThat(here.hex()).isNotEqualTo(there.hex());
        assertThat(here.differences(there))
                .containsExactly(
                        "checkpoint: c0ffee here, decaf there",
                        "lengths: [512, 1024, 2048] here, [512, 1024] there",
                        "window: 256 here, 128 there",
                        "documents.search[1]: absent here, cc there");
    }

    @Test
    void everyFieldChangesTheDigest() {
        Fingerprint demo = of(DEMO);
        assertThat(demo.fields())
                .containsKeys(
                        "numerics-version",
                        "trained-window",
                        "documents.calibration[0]",
                        "rope",
                        "quantizer",
                        "bands",
                        "grid",
                        "mode",
                        "weights",
                        "search.min-gain",
                        "search.window.tail-shift",
                        "stopping.alpha",
                        "calibration.length")
                .doesNotContainKeys("name", "model");
        for (String field : demo.fields().keySet()) {
            Map<String, String> changed = new LinkedHashMap<>(demo.fields());
            changed.put(field, demo.fields().get(field) + "x");
            assertThat(new Fingerprint(changed).hex()).as(field).isNotEqualTo(demo.hex());
        }
    }

    @Test
    void aPrecisionOtherThanFloat32IsPartOfIt() {
        assertThat(of(DEMO).fields()).doesNotContainKey("precision");
        assertThat(of(DEMO.in(Precision.BFLOAT16)).differences(of(DEMO)))
                .containsExactly("precision: bfloat16 here, absent there");
        assertThat(of(DEMO.in(Precision.BFLOAT16)).hex())
                .isNotEqualTo(of(DEMO.in(Precision.FLOAT16)).hex());
    }

    @Test
    void aRunThatWasBegunBeforeBlocksCouldBeChosenIsReadAsItWas(@TempDir Path folder) throws IOException {
        String text = "name: x\nmodel: .\ndocuments: {search: a.txt, held-out: b.txt}\nlengths: 64\nquantizer: %s\n"
                + "calibration: {sequences: 4, length: 16%s}\n";
        for (String name : List.of("a.txt", "b.txt")) {
            Files.writeString(folder.resolve(name), name);
        }
        Path file = folder.resolve("x.yaml");
        Files.writeString(file, String.format(Locale.ROOT, text, "gptq", ""));
        Fingerprint fresh = of(ExperimentFile.read(file).in(Precision.FLOAT32));
        ExperimentDefinition recorded = ExperimentFile.recorded(file).in(Precision.FLOAT32);
        assertThat(of(recorded).fields())
                .as("the fields of then")
                .containsKeys("calibration.sequences", "calibration.length")
                .doesNotContainKey("calibration.blocks");
        assertThat(fresh.differences(of(recorded))).containsExactly("calibration.blocks: spread here, absent there");

        Files.writeString(file, String.format(Locale.ROOT, text, "gptq", ", blocks: consecutive"));
        assertThat(ExperimentFile.read(file).in(Precision.FLOAT32)).isEqualTo(recorded);
        Files.writeString(file, recorded.resolved());
        assertThat(ExperimentFile.recorded(file)).isEqualTo(recorded);
        assertThat(ExperimentFile.read(file)).as("kept with the word").isEqualTo(recorded);

        Files.writeString(file, String.format(Locale.ROOT, text, "rtn", ""));
        assertThat(of(ExperimentFile.recorded(file).in(Precision.FLOAT32)))
                .as("nothing is calibrated")
                .isEqualTo(of(ExperimentFile.read(file).in(Precision.FLOAT32)));
        assertThat(of(ExperimentFile.read(file).in(Precision.FLOAT32)).fields())
                .doesNotContainKey("calibration.blocks");
    }

    @Test
    void fieldsCannotPassForOneAnother() {
        assertThat(new Fingerprint(Map.of("a", "bc")).hex()).isNotEqualTo(new Fingerprint(Map.of("ab", "c")).hex());
        assertThat(new Fingerprint(Map.of()).hex()).matches("[0-9a-f]{64}");
    }
}
