package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.definition.sweep.Sweep;
import qroar.experiments.search.SearchStrategy;
import qroar.protocol.quantization.QuantizationText;

/** The experiment files that people start from, and the reference of their keys. */
class SampleExperimentsTest {
    private static final Path SAMPLES = Path.of("samples");

    @TempDir
    Path folder;

    private final Map<String, String> environment = new HashMap<>();

    /** Folders with the files that the samples expect of their variables. */
    @BeforeEach
    void makeExternalFolders() throws IOException {
        for (String file : List.of(
                "QROAR_SHARED/models/stories260K/config.json",
                "QROAR_SHARED/models/tinystories-656k/config.json",
                "QROAR_SHARED/data/tinystories/stories.jsonl",
                "LLAMA2_7B/config.json",
                "PROOF_PILE/proof-00.txt",
                "PROOF_PILE/proof-01.txt",
                "GOVREPORT/gov-00.txt",
                "WIKITEXT2/wikitext2-test.txt")) {
            Path path = folder.resolve(file);
            Files.createDirectories(path.getParent());
            Files.writeString(path, "text");
            String variable = Path.of(file).getName(0).toString();
            environment.put(variable, folder.resolve(variable).toString());
        }
    }

    private ExperimentDefinition sample(String name) {
        return ExperimentFile.read(SAMPLES.resolve(name), environment);
    }

    @Test
    void everySampleIsValidAndNamedAsItsFile() throws IOException {
        try (Stream<Path> files = Files.list(SAMPLES)) {
            List<String> names = files.map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".yaml"))
                    .sorted()
                    .toList();
            assertThat(names)
                    .containsExactly(
                            "controls.yaml",
                            "demo.yaml",
                            "llama2-7b-table1.yaml",
                            "llama2-7b-table2.yaml",
                            "quantizer-table-656k.yaml",
                            "quantizer-table.yaml",
                            "stories260K.yaml",
                            "sweep.yaml");
            for (String name : names) {
                assertThat(sample(name).name() + ".yaml").isEqualTo(name);
            }
        }
    }

    @Test
    void demoIsWhatItsReadmeDescribes() {
        ExperimentDefinition demo = sample("demo.yaml");
        assertThat(demo.documents().search()).hasSize(10);
        assertThat(demo.documents().heldOut()).hasSize(10);
        assertThat(demo.lengths()).containsExactly(512, 1024, 2048);
        assertThat(demo.sweep().points()).hasSize(2);
        assertThat(demo.sweep().quantizer())
                .containsExactly(
                        QuantizationText.parse("rtn:bits=2,group=32"), QuantizationText.parse("rtn:bits=3,group=64"));
    }

    @Test
    void storiesOfTheTwoSetsAreDisjoint() {
        ExperimentDefinition stories = sample("stories260K.yaml");
        DocumentSource.PackedStories search =
                (DocumentSource.PackedStories) stories.documents().search().get(0);
        DocumentSource.PackedStories heldOut =
                (DocumentSource.PackedStories) stories.documents().heldOut().get(0);
        assertThat(search.file()).isEqualTo(heldOut.file());
        assertThat(heldOut.skip()).isGreaterThanOrEqualTo(search.skip() + search.count());
    }

    @Test
    void sweepHoldsTwentyFourStudies() {
        Sweep sweep = sample("sweep.yaml").sweep();
        assertThat(sweep.points()).hasSize(24);
        assertThat(sweep.bands()).containsExactly(2, 4, 8);
        assertThat(sweep.grid()).containsExactly(5, 9);
    }

    @Test
    void quantizerTablesSearchNothing() {
        for (String name : List.of("quantizer-table.yaml", "quantizer-table-656k.yaml")) {
            ExperimentDefinition table = sample(name);
            assertThat(table.search().strategy()).isEqualTo(SearchStrategy.Strategy.NONE);
            assertThat(table.sweep().points()).hasSize(4 * 5);
            assertThat(table.lengths()).containsExactly(512, 1024, 2048);
        }
    }

    @Test
    void publishedTablesAreDescribedRowByRow() {
        assertThat(sample("llama2-7b-table1.yaml").sweep().points()).hasSize(3);
        assertThat(sample("llama2-7b-table1.yaml").lengths()).containsExactly(2048, 4096, 8192, 16384, 32768);
        assertThat(sample("llama2-7b-table2.yaml").sweep().points()).hasSize(2 * 5);
    }

    @Test
    void samplesReadBackFromTheirResolvedForm() {
        for (String name : List.of("demo.yaml", "stories260K.yaml", "sweep.yaml", "llama2-7b-table1.yaml")) {
            ExperimentDefinition definition = sample(name);
            Path resolved = folder.resolve(name);
            try {
                Files.writeString(resolved, definition.resolved());
            } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
            }
            assertThat(ExperimentFile.read(resolved, Map.of())).isEqualTo(definition);
        }
    }

    @Test
    void everyKeyAndDefaultIsInTheReference() throws IOException {
        String reference = Files.readString(Path.of("../docs/experiment-file.md"));
        for (String key : ExperimentKeys.all()) {
            assertThat(reference).as(key).contains("| `" + key + "` |");
        }
        String keys = reference.substring(reference.indexOf("## Keys"), reference.indexOf("## RoPE scalings"));
        for (String listed : keys.lines()
                .filter(line -> line.startsWith("| `"))
                .map(line -> line.substring(3, line.indexOf('`', 3)))
                .toList()) {
            assertThat(ExperimentKeys.all()).contains(listed);
        }
        Map<String, String> defaults = ExperimentFile.read(new SampleFiles(folder).write(SampleFiles.MINIMAL), Map.of())
                .settings();
        for (String key : List.of(
                "calibration.sequences",
                "calibration.length",
                "window",
                "search.strategy",
                "search.gradient-start",
                "search.min-gain",
                "search.max-passes",
                "search.screen-documents",
                "search.window.widest",
                "search.window.narrowest",
                "search.window.tail-shift",
                "search.window.quantile",
                "search.window.lowest",
                "search.window.highest",
                "stopping.rule",
                "stopping.alpha")) {
            String shown = String.valueOf(defaults.get(key)).replace("5.0E-4", "0.0005");
            assertThat(reference).as(key).contains("| `" + key + "` | `" + shown + "` |");
        }
        assertThat(reference)
                .contains("| `rope` | `checkpoint` |")
                .contains("| `bands` | `8` |")
                .contains("| `grid` | `7` |")
                .contains("| `mode` | `shared` |")
                .contains("| `weights` | `length` |");
    }
}
