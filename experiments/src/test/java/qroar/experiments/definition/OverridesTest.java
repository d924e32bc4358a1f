package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.protocol.BadInput;

/** Keys of the command line in the stead of a file's. */
class OverridesTest {
    @TempDir
    Path folder;

    private SampleFiles files;

    @BeforeEach
    void makeFiles() {
        files = new SampleFiles(folder);
    }

    private ExperimentDefinition read(String... words) {
        return ExperimentFile.read(files.write(SampleFiles.VALID), new Overrides(List.of(words)));
    }

    private ExperimentDefinition edited(String... pairs) {
        String text = SampleFiles.VALID;
        for (int i = 0; i < pairs.length; i += 2) {
            assertThat(text).contains(pairs[i]);
            text = text.replace(pairs[i], pairs[i + 1]);
        }
        return ExperimentFile.read(files.write(text), Map.of());
    }

    @Test
    void wordsAreWhatTheFileWouldSay() {
        assertThat(read("grid=9")).isEqualTo(edited("grid: 7", "grid: 9"));
        assertThat(read("search.strategy=coordinate", "search.window.widest=0.4"))
                .isEqualTo(edited("strategy: line", "strategy: coordinate", "widest: 0.3", "widest: 0.4"));
        assertThat(read("search.start=common")).isEqualTo(edited("strategy: line", "start: common, strategy: line"));
        assertThat(read("held-out.divergence=reference"))
                .isEqualTo(edited("name: demo", "name: demo\nheld-out: {divergence: reference}"));
        assertThat(read("documents.calibration=" + folder.resolve("docs/search-1.txt")))
                .isEqualTo(edited("docs/search-0.txt", "docs/search-1.txt"));
        assertThat(read("stopping={rule: none, alpha: 0.02}"))
                .isEqualTo(edited("{rule: betting, alpha: 0.01}", "{rule: none, alpha: 0.02}"));
    }

    /** A file's key cannot be taken away on the command line but by saying that there is nothing. */
    @Test
    void anEmptyListIsNoControlNoTaskAndNothingExcluded() {
        assertThat(read("controls=[]", "search.strategy=none").search().controls())
                .isEmpty();
        assertThat(read("controls=[]")).isEqualTo(read());
        assertThat(read("exclude=[]").sweep().exclude()).isEmpty();
        assertThat(read("tasks=[]").tasks()).isEmpty();
        String file = SampleFiles.VALID + "controls: [common, random]\n";
        assertThat(ExperimentFile.read(files.write(file), new Overrides(List.of("controls=[]")))
                        .search()
                        .controls())
                .isEmpty();
    }

    @Test
    void aCommaPartsNumbersWordsAndSpecsButNoSpec() {
        ExperimentDefinition lengths = read("lengths=512,1024", "weights=1,2", "exclude={quantizer: none}");
        assertThat(lengths.lengths()).containsExactly(512, 1024);
        assertThat(lengths.sweep().weights()).hasSize(1);
        assertThat(read("bands=2,4,8").sweep().bands()).containsExactly(2, 4, 8);
        assertThat(specs("awq:bits=4,group=128")).containsExactly("awq:bits=4,group=128");
        assertThat(specs("[rtn:bits=4, awq:bits=4,group=64]")).hasSize(2).contains("awq:bits=4,group=64");
        assertThat(specs("none,awq:bits=4,group=64")).containsExactly("none", "awq:bits=4,group=64");
        assertThat(specs("'rtn:bits=4,group=64'")).containsExactly("rtn:bits=4,group=64");
    }

    private List<String> specs(String quantizer) {
        return read("quantizer=" + quantizer, "exclude={mode: symmetric}").sweep().quantizer().stream()
                .map(qroar.protocol.quantization.QuantizationText::format)
                .toList();
    }

    @Test
    void whatIsKeptIsTheExperimentWithThem() {
        ExperimentDefinition definition = read("name=other", "grid=5");
        assertThat(ExperimentFile.read(files.write(definition.resolved()), Map.of()))
                .isEqualTo(definition);
        assertThat(definition.name()).isEqualTo("other");
        assertThat(definition.settings()).containsEntry("grid", "[5]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '#', quoteCharacter = '`', textBlock = """
            bands=300 # `command line: 'bands=300': key 'bands' is '300'; it must be a whole number in [1, 256]`
            bands=2,x # `command line: 'bands=2,x': key 'bands[1]' must be a whole number in [1, 256], not 'x'`
            bands= # `command line: 'bands=': key 'bands' has no value; give a whole number or leave the key out`
            band=8 # `command line: 'band=8': key 'band' is unknown (did you mean 'bands'?); known here:`
            search.strat=line # `command line: 'search.strat=line': key 'search.strat' is unknown (did you mean 'start'?)`
            serach.start=ones # `key 'serach' is unknown (did you mean 'search'?)`
            model.a=1 # `command line: 'model.a=1': key 'model' must be text, not a group of keys`
            documents.held-out.tokens=x # `lies in a list, which is given as a whole: documents.held-out=[...]`
            quantizer=[none # `command line: 'quantizer=[none': not YAML`
            grid=[5]\\nbands: 3 # `is more than one value`
            exclude[0].bands=2 # `command line: 'exclude[0].bands=2': is no KEY=VALUE`
            x.yaml # `command line: 'x.yaml': is no KEY=VALUE`
            =3 # `is no KEY=VALUE`
            grid=5 grid=7 # `command line: 'grid=7': key 'grid' is given twice, first by 'grid=5'`
            search.start=ones search={} # `key 'search' is given twice, first by 'search.start=ones'`
            model=nowhere # `command line: 'model=nowhere': key 'model' names 'nowhere', and there is no directory`
            """)
    void aWrongWordIsNamed(String words, String problem) {
        String[] given = words.replace("\\n", "\n").split(" (?=[a-z]+=)");
        assertThatThrownBy(() -> read(given))
                .as(Arrays.toString(given))
                .isInstanceOf(BadInput.class)
                .message()
                .contains(problem)
                .hasLineCount(1);
    }

    @Test
    void theFileStillAnswersForItsOwnKeys() {
        Path file = files.write(SampleFiles.VALID.replace("grid: 7", "grid: 1"));
        assertThatThrownBy(() -> ExperimentFile.read(file, new Overrides(List.of("bands=4"))))
                .hasMessageStartingWith(file + ":18:7: key 'grid' is '1'");
        assertThat(ExperimentFile.read(file, new Overrides(List.of("grid=3")))
                        .sweep()
                        .grid())
                .containsExactly(3);
    }
}
