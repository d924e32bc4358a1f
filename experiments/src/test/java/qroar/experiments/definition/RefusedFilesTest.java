package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.experiments.definition.yaml.YamlTree;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.protocol.BadInput;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.spec.SpecForm;
import qroar.protocol.spec.Suggestion;

/** Each way in which a file can be wrong, and the line that a person reads about it. */
class RefusedFilesTest {
    @TempDir
    Path folder;

    private SampleFiles files;

    @BeforeEach
    void makeFiles() {
        files = new SampleFiles(folder);
    }

    private String refusal(byte[] content) {
        Path file = files.write(content);
        try {
            ExperimentFile.read(file, Map.of("EMPTY", ""));
        } catch (BadInput e) {
            String message = String.valueOf(e.getMessage());
            assertThat(message.lines()).hasSize(1);
            assertThat(message).startsWith(file.toString());
            return message.substring(file.toString().length()).replace(folder.toString(), "DIR");
        }
        throw new AssertionError("accepted: " + new String(content, StandardCharsets.UTF_8));
    }

    private String refusal(String content) {
        return refusal(content.getBytes(StandardCharsets.UTF_8));
    }

    /** In SampleFiles.VALID, the first text is replaced by the second. */
    @ParameterizedTest
    @CsvSource(delimiter = '#', quoteCharacter = '`', textBlock = """
            `name: demo` # `nmae: demo` # `:1:1: key 'nmae' is unknown (did you mean 'name'?); known here: KNOWN`
            `name: demo` # `name: 007` # `:1:7: key 'name' must be text, not the number 007; put it in quotes if you mean the text`
            `name: demo` # `name: yes` # `:1:7: key 'name' is 'yes', which some YAML readers take for true or false; put it in quotes if you mean the word`
            `name: demo` # `name: a/b` # `:1:7: key 'name' is 'a/b'; it names a folder: at most 64 letters, digits, '.', '_' and '-', a letter or digit first`
            `name: demo` # `name:` # `:1:6: key 'name' has no value; give text or leave the key out`
            `name: demo` # `name: [a]` # `:1:7: key 'name' must be text, not a list`
            `name: demo` # `name: "  "` # `:1:7: key 'name' is blank`
            `name: demo` # `name: demo\\nname: again` # `:2:1: key 'name' is given twice, first in line 1`
            `model: model` # `model: nowhere` # `:2:8: key 'model' names 'nowhere', and there is no directory DIR/nowhere`
            `model: model` # `model: nowhere.gguf` # `:2:8: key 'model' names 'nowhere.gguf', and there is no file DIR/nowhere.gguf`
            `model: model` # `model: docs/search-0.txt` # `:2:8: key 'model' names 'docs/search-0.txt', and there is no directory DIR/docs/search-0.txt`
            `model: model` # `model: ${UNSET}/model` # `:2:8: key 'model' needs the environment variable UNSET, which is not set`
            `model: model` # `model: ${EMPTY}/model` # `:2:8: key 'model' needs the environment variable EMPTY, which is not set`
            `model: model` # `model: ${a b}/model` # `:2:8: key 'model' has '${a b}', which is no variable name`
            `model: model` # `model: ${UNSET` # `:2:8: key 'model' has '${' without '}': '${UNSET'`
            `model: model` # `modle: model` # `:2:1: key 'modle' is unknown (did you mean 'model'?); known here: KNOWN`
            `search: [docs/search-*.txt]` # `search: [docs/none-*.txt]` # `:4:12: key 'documents.search[0]' matches no file: 'docs/none-*.txt' below DIR/docs`
            `search: [docs/search-*.txt]` # `search: [nodir/none-*.txt]` # `:4:12: key 'documents.search[0]' names 'nodir/none-*.txt', and there is no directory DIR/nodir`
            `search: [docs/search-*.txt]` # `search: docs/absent.txt` # `:4:11: key 'documents.search' names 'docs/absent.txt', and there is no file DIR/docs/absent.txt`
            `search: [docs/search-*.txt]` # `search: []` # `:4:11: key 'documents.search' is an empty list; give at least one value`
            `search: [docs/search-*.txt]` # `search: [docs/search-*.txt, docs/search-0.txt]` # `:4:31: key 'documents.search[1]' names DIR/docs/search-0.txt a second time`
            `search: [docs/search-*.txt]` # `search: [docs/held-0.txt]` # `:6:5: key 'documents.held-out' has DIR/docs/held-0.txt, which is also a search document; held-out documents must be unseen`
            `search: [docs/search-*.txt]` # `search: ["docs/[z"]` # `:4:12: key 'documents.search[0]' is no valid file pattern: 'docs/[z': Missing ']`
            `search: [docs/search-*.txt]` # `search: {tokens: ids.json, count: 2}` # `:4:37: key 'documents.search.count' needs the key 'packed' beside it`
            `search: [docs/search-*.txt]` # `search: {packed: stories.jsonl, tokens: 10}` # `:4:11: key 'documents.search.count' is missing`
            `search: [docs/search-*.txt]` # `search: {}` # `:4:11: key 'documents.search.tokens' is missing`
            `search: [docs/search-*.txt]` # `search: {file: a.txt}` # `:4:12: key 'documents.search.file' is unknown; known here: packed, tokens, count, skip`
            `calibration: {sequences: 8, length: 64}` # `calibration: {sequences: 0, length: 64}` # `:10:26: key 'calibration.sequences' is '0'; it must be a whole number in [1, 65536]`
            `calibration: {sequences: 8, length: 64}` # `calibration: {blocks: random}` # `:10:23: key 'calibration.blocks' is 'random'; it must be one of spread, consecutive`
            `calibration: {sequences: 8, length: 64}` # `calibration: [8, 64]` # `:10:14: key 'calibration' must hold the keys sequences, length, blocks, not a list`
            `lengths: [512, 1024, 2048]` # `lengths: [512, 0512]` # `:11:16: key 'lengths[1]' is '0512', which YAML readers take for different numbers; write it without leading zero`
            `lengths: [512, 1024, 2048]` # `lengths: [1024, 512]` # `:11:17: key 'lengths[1]' is 512 after 1024; lengths must rise`
            `lengths: [512, 1024, 2048]` # `lengths: [512, 512]` # `:11:16: key 'lengths[1]' is 512 after 512; lengths must rise`
            `lengths: [512, 1024, 2048]` # `lengths: [1]` # `:11:11: key 'lengths[0]' is '1'; it must be a whole number in [2, 16777216]`
            `lengths: [512, 1024, 2048]` # `lengths: [512, 1_024]` # `:11:16: key 'lengths[1]' must be a whole number in [2, 16777216], not '1_024'`
            `lengths: [512, 1024, 2048]` # `lengths: [512, "1024"]` # `:11:16: key 'lengths[1]' must be a whole number in [2, 16777216], not the quoted text '1024'`
            `lengths: [512, 1024, 2048]` # `lengths: [0x200]` # `:11:11: key 'lengths[0]' must be a whole number in [2, 16777216], not '0x200'`
            `lengths: [512, 1024, 2048]` # `lengths: [512.0]` # `:11:11: key 'lengths[0]' must be a whole number in [2, 16777216], not '512.0'`
            `lengths: [512, 1024, 2048]` # `lengths: [99999999999999999999999]` # `:11:11: key 'lengths[0]' is '99999999999999999999999'; it must be a whole number in [2, 16777216]`
            `lengths: [512, 1024, 2048]` # `lengths: [512, 1024]` # `:12:28: key 'weights[2]' has 3 weights for 2 lengths; give one per length`
            `weights: [length, uniform, [1, 2, 4.5]]` # `weights: size` # `:12:10: key 'weights' is 'size'; it must be one of length, uniform`
            `weights: [length, uniform, [1, 2, 4.5]]` # `weights: [1, 2, 0]` # `:12:17: key 'weights[2]' is '0'; it must be a number in (0.0, 1.0E9]`
            `weights: [length, uniform, [1, 2, 4.5]]` # `weights: [1, 2, .inf]` # `:12:17: key 'weights[2]' must be a number in (0.0, 1.0E9], not '.inf'`
            `weights: [length, uniform, [1, 2, 4.5]]` # `weights: [length, length]` # `:12:19: key 'weights[1]' says the same as 'weights[0]'; give it once`
            `window: 128` # `window: 010` # `:13:9: key 'window' is '010', which YAML readers take for different numbers; write it without leading zero`
            `window: 128` # `window: 0o10` # `:13:9: key 'window' must be a whole number in [8, 65536], not '0o10'`
            `window: 128` # `window: 7` # `:13:9: key 'window' is '7'; it must be a whole number in [8, 65536]`
            `window: 128` # `window: on` # `:13:9: key 'window' must be a whole number in [8, 65536], not 'on'`
            `window: 128` # `window: ~` # `:13:9: key 'window' has no value; give a whole number or leave the key out`
            `window: 128` # `window: 1:30` # `:13:9: key 'window' must be a whole number in [8, 65536], not '1:30'`
            `window: 128` # `window: !!int 128` # `:13:9: YAML tags (!tag) are not supported; write the plain value`
            `window: 128` # `window: &w 128` # `:13:9: YAML anchors and aliases (&name, *name) are not supported; write the value out`
            `window: 128` # `window: *w` # `:13:9: YAML anchors and aliases (&name, *name) are not supported; write the value out`
            `window: 128` # `window: {<<: 1}` # `:13:9: key 'window' must be a whole number, not a group of keys`
            `window: 128` # `held-out: {lengths: [1024, 2048]}` # `:13:21: key 'held-out.lengths' lacks [512] of the key 'lengths', where the objective is measured, held-out too; a length below the longest costs nothing`
            `window: 128` # `held-out: {lengths: [2048, 512]}` # `:13:28: key 'held-out.lengths[1]' is 512 after 2048; lengths must rise`
            `window: 128` # `held-out: {lenghts: 2048}` # `:13:12: key 'held-out.lenghts' is unknown (did you mean 'lengths'?); known here: lengths, divergence, long-ppl`
            `window: 128` # `held-out: {divergence: true}` # `:13:24: key 'held-out.divergence' is 'true', which some YAML readers take for true or false; put it in quotes if you mean the word`
            `window: 128` # `held-out: {divergence: referense}` # `:13:24: key 'held-out.divergence' is 'referense' (did you mean 'reference'?); it must be one of none, reference, noise-floor`
            `window: 128` # `held-out: {long-ppl: 4096}` # `:13:22: key 'held-out.long-ppl' must be true or false, not '4096'`
            `window: 128` # `held-out: {long-ppl: {context: 0}}` # `:13:32: key 'held-out.long-ppl.context' is '0'; it must be a whole number in [1, 16777216]`
            `window: 128` # `held-out: {long-ppl: {loss: 0}}` # `:13:29: key 'held-out.long-ppl.loss' is '0'; it must be a number in (0.0, 100.0]`
            `trained-window: 512` # `trained_window: 512` # `:14:1: key 'trained_window' is unknown (did you mean 'trained-window'?); known here: KNOWN`
            `rope: [yarn:factor=4, checkpoint, ntk:alpha=2]` # `rope: yarn:factor=-4` # `:15:7: key 'rope' is no valid spec: rope 'yarn:factor=-4': factor=-4.0 must lie in [1, 1000000]`
            `rope: [yarn:factor=4, checkpoint, ntk:alpha=2]` # `rope: yran:factor=4` # `:15:7: key 'rope' is no valid spec: rope 'yran:factor=4': 'yran' is unknown; did you mean 'yarn'? known: SCALINGS`
            `rope: [yarn:factor=4, checkpoint, ntk:alpha=2]` # `rope: [checkpoint, checkpoint]` # `:15:20: key 'rope[1]' says the same as 'rope[0]'; give it once`
            `rope: [yarn:factor=4, checkpoint, ntk:alpha=2]` # `rope: {yarn: 4}` # `:15:7: key 'rope' must be text, not a group of keys`
            `quantizer: [rtn:bits=2,group=32, awq:bits=3,group=64, none]` # `quantizer: rtn:bits=1` # `:16:12: key 'quantizer' is no valid spec: quantization 'rtn:bits=1': bits=1 must lie in 2 to 8`
            `quantizer: [rtn:bits=2,group=32, awq:bits=3,group=64, none]` # `quantizer: [rtn:bits=4, rtn:bits=4,group=128]` # `:16:25: key 'quantizer[1]' says the same as 'quantizer[0]'; give it once`
            `quantizer: [rtn:bits=2,group=32, awq:bits=3,group=64, none]` # `bits: 4` # `:16:1: key 'bits' is unknown; known here: KNOWN`
            `bands: [2, 4]` # `bands: [2, 2]` # `:17:12: key 'bands[1]' says the same as 'bands[0]'; give it once`
            `bands: [2, 4]` # `layers: some` # `:17:9: key 'layers' is 'some'; it must be 'all', or how many layers share scales`
            `bands: [2, 4]` # `layers: [all, 0]` # `:17:15: key 'layers[1]' is '0'; it must be a whole number in [1, 65536]`
            `bands: [2, 4]` # `layers: [2, 2]` # `:17:13: key 'layers[1]' says the same as 'layers[0]'; give it once`
            `bands: [2, 4]` # `bands: 0` # `:17:8: key 'bands' is '0'; it must be a whole number in [1, 256]`
            `bands: [2, 4]` # `bands: no` # `:17:8: key 'bands' must be a whole number in [1, 256], not 'no'`
            `grid: 7` # `grid: 1` # `:18:7: key 'grid' is '1'; it must be a whole number in [3, 65]`
            `mode: [shared, symmetric]` # `mode: [shard]` # `:19:8: key 'mode[0]' is 'shard' (did you mean 'shared'?); it must be one of shared, symmetric`
            `mode: [shared, symmetric]` # `mode: true` # `:19:7: key 'mode' is 'true', which some YAML readers take for true or false; put it in quotes if you mean the word`
            `- {quantizer: none, mode: symmetric}` # `- {quantizer: rtn:bits=2,group=32, mode: symmetric}` # `:21:28: key 'exclude[0].group=32' is the rest of a spec that YAML cut at a comma; put the spec in quotes`
            `- {quantizer: none, mode: symmetric}` # `- {quantizer: none, mode: symetric}` # `:21:29: key 'exclude[0].mode' is 'symetric' (did you mean 'symmetric'?); it must be one of shared, symmetric`
            `- {quantizer: none, mode: symmetric}` # `- {quantizer: "rtn:bits=8"}` # `:21:5: key 'exclude[0]' matches no point of the sweep; its values must be among those listed`
            `- {quantizer: none, mode: symmetric}` # `- {}` # `:21:5: key 'exclude[0]' lists no key and would leave out everything`
            `- {quantizer: none, mode: symmetric}` # `- {mode: [shared, symmetric]}` # `:21:3: key 'exclude' leaves no point of the sweep`
            `- {quantizer: none, mode: symmetric}` # `- none` # `:21:5: key 'exclude[0]' must hold the keys rope, quantizer, bands, layers, grid, mode, weights, objective, not 'none'`
            `strategy: line` # `strategy: coordinates` # `:25:20: key 'search.strategy' is 'coordinates' (did you mean 'coordinate'?); it must be one of STRATEGIES`
            `min-gain: 1e-3` # `min-gian: 1e-3` # `:25:26: key 'search.min-gian' is unknown (did you mean 'min-gain'?); known here: strategy, min-gain, max-passes, screen-documents, gradient-start, start, window`
            `min-gain: 1e-3` # `min-gain: -0.1` # `:25:36: key 'search.min-gain' is '-0.1'; it must be a number in [0.0, 1.0)`
            `min-gain: 1e-3` # `min-gain: 1` # `:25:36: key 'search.min-gain' is '1'; it must be a number in [0.0, 1.0)`
            `min-gain: 1e-3` # `min-gain: .nan` # `:25:36: key 'search.min-gain' must be a number in [0.0, 1.0), not '.nan'`
            `min-gain: 1e-3` # `min-gain: 1e-3x` # `:25:36: key 'search.min-gain' must be a number in [0.0, 1.0), not '1e-3x'`
            `max-passes: 3` # `max-passes: 1.5` # `:25:54: key 'search.max-passes' must be a whole number in [1, 100], not '1.5'`
            `gradient-start: true` # `gradient-start: yes` # `:25:112: key 'search.gradient-start' must be true or false, not 'yes'`
            `gradient-start: true` # `gradient-start: "true"` # `:25:112: key 'search.gradient-start' must be true or false, not the quoted text 'true'`
            `widest: 0.3` # `widest: 3` # `:25:74: key 'search.window.widest' is '3'; it must be a number in (0.0, 2.0]`
            `narrowest: 0.1` # `narrowest: 0.4` # `:25:90: key 'search.window.narrowest' is '0.4'; it must be a number in (0.0, 0.3]`
            `rule: betting` # `rule: Betting` # `:26:18: key 'stopping.rule' is 'Betting' (did you mean 'betting'?); it must be one of RULES`
            `alpha: 0.01` # `alpha: 0` # `:26:34: key 'stopping.alpha' is '0'; it must be a number in (0.0, 0.5]`
            `alpha: 0.01` # `alpha: 0.01, alpha: 0.02` # `:26:40: key 'stopping.alpha' is given twice, first in line 26`
            `stopping: {rule: betting, alpha: 0.01}` # `stopping: {rule: betting` # `:27:1: not YAML while parsing a flow mapping: expected ',' or '}', but got <stream end>`
            `stopping: {rule: betting, alpha: 0.01}` # `\\tstopping: x` # `:26:1: not YAML while scanning for the next token: found character '\\t(TAB)' that cannot start any token. (Do not use \\t(TAB) for indentation)`
            `stopping: {rule: betting, alpha: 0.01}` # `---\\nname: second` # `:27:1: a second YAML document starts here; one file holds one experiment`
            `stopping: {rule: betting, alpha: 0.01}` # `stopping: [[[[[[[[[[[[[[1]]]]]]]]]]]]]]` # `:26:23: is nested more than 12 deep`
            `stopping: {rule: betting, alpha: 0.01}` # `? [a, b]\\n: c` # `:26:4: not YAML: a key must be a single word`
            `stopping: {rule: betting, alpha: 0.01}` # `evaluations: []` # `:26:1: key 'evaluations' is unknown; known here: KNOWN`
            """)
    void oneLineSaysWhereAndWhat(String text, String replacement, String line) {
        assertThat(SampleFiles.VALID).contains(text);
        assertThat(refusal(SampleFiles.VALID.replace(
                        text, replacement.replace("\\n", "\n").replace("\\t", "\t"))))
                .isEqualTo(line.replace("KNOWN", String.join(", ", ExperimentKeys.TOP))
                        .replace(
                                "SCALINGS",
                                RopeScaling.forms().stream().map(SpecForm::word).collect(Collectors.joining(", ")))
                        .replace(
                                "STRATEGIES",
                                Arrays.stream(SearchStrategy.Strategy.values())
                                        .map(SearchStrategy.Strategy::word)
                                        .collect(Collectors.joining(", ")))
                        .replace("RULES", StoppingRule.Rule.words()));
    }

    @Test
    void whatIsNoExperimentAtAllIsRefused() {
        assertThat(refusal(""))
                .isEqualTo(
                        ": is empty; an experiment needs at least name, model, documents, lengths and" + " quantizer");
        assertThat(refusal("# only a comment\n")).startsWith(": is empty");
        assertThat(refusal("- a\n- b\n")).isEqualTo(":1:1: is no experiment: expected lines of the form 'key: value'");
        assertThat(refusal("just text")).startsWith(":1:1: is no experiment");
        assertThat(refusal("name: demo\n")).isEqualTo(":1:1: key 'model' is missing");
        assertThat(refusal(new byte[] {'a', ':', '\n', 'b', (byte) 0xff}))
                .isEqualTo(":2:2: is not UTF-8 text from this byte on");
        assertThat(refusal("name: a\0b")).isEqualTo(":1:8: character U+0000 is not allowed");
        assertThat(refusal(new byte[YamlTree.MAX_BYTES + 1]))
                .isEqualTo(": is larger than 1048576 bytes; this is no experiment file");
    }

    @Test
    void endlessPathsAndPatternsAreRefused() throws Exception {
        String yaml =
                "name: a\nmodel: .\ndocuments:\n  search: ['%s']\n  held-out: [b.txt]\nlengths: [8]\nquantizer: none\n";
        Files.createDirectories(folder.resolve("d"));
        assertThat(refusal(yaml.formatted("x".repeat(5000))))
                .contains("key 'documents.search[0]' is a path of 5000 characters; at most 4096");
        assertThat(refusal(yaml.formatted("*".repeat(4000))))
                .contains("key 'documents.search[0]' is a file pattern with 4000 wildcards; at most 16");
        assertThat(refusal(yaml.formatted("d"))).contains("names 'd', which is a folder; name its files: 'd/*.txt'");
    }

    @Test
    void fileThatCannotBeReadIsRefused() throws Exception {
        Path absent = folder.resolve("absent.yaml");
        assertThatThrownBy(() -> ExperimentFile.read(absent))
                .isInstanceOf(BadInput.class)
                .hasMessage(absent + ": there is no such file");
        Path directory = Files.createDirectory(folder.resolve("sub"));
        assertThatThrownBy(() -> ExperimentFile.read(directory))
                .isInstanceOf(BadInput.class)
                .hasMessage(directory + ": is a directory, not an experiment file");
    }

    @Test
    void sweepBeyondAllReasonIsRefused() {
        StringBuilder many = new StringBuilder("bands: [1");
        for (int b = 2; b <= 256; b++) {
            many.append(", ").append(b);
        }
        String text = SampleFiles.MINIMAL + many + "]\ngrid: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,"
                + " 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42]";
        assertThat(refusal(text))
                .isEqualTo(":7:12: key 'quantizer' and the other lists make 10240 studies; at most 10000 are allowed");
    }

    @Test
    void aliasBombIsRefusedAtItsFirstAnchor() {
        StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for (int i = 1; i < 30; i++) {
            bomb.append("a" + i + ": &a" + i + " [" + ("*a" + (i - 1) + ", ").repeat(9) + "x]\n");
        }
        assertThat(refusal(bomb.toString())).startsWith(":1:5: YAML anchors and aliases");
    }

    @Test
    void deepNestingIsRefusedBeforeItCostsAnything() {
        assertThat(refusal("a: " + "[".repeat(100_000))).contains("nest");
        assertThat(refusal("a: " + "{b: ".repeat(100_000))).contains("nest");
    }

    @Test
    void hostileTextStaysOnOneLine() {
        assertThat(refusal("\"a\\nb\\u001b[31m\": 1"))
                .isEqualTo(":1:1: key 'a b [31m' is unknown; known here: " + String.join(", ", ExperimentKeys.TOP));
        assertThat(refusal("a".repeat(200) + ": 1")).contains("'" + "a".repeat(77) + "...' is unknown");
    }

    @Test
    void nearestWordToleratesTypingErrorsOnly() {
        assertThat(Suggestion.nearest("serach", ExperimentKeys.TOP)).isEqualTo("search");
        assertThat(Suggestion.nearest("windw", ExperimentKeys.TOP)).isEqualTo("window");
        assertThat(Suggestion.nearest("temperature", ExperimentKeys.TOP)).isNull();
        assertThat(Suggestion.nearest("x".repeat(100_000), ExperimentKeys.TOP)).isNull();
    }
}
