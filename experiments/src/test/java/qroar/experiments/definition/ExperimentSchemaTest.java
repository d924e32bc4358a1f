package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import com.networknt.schema.ValidationMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What editors are told of experiment files agrees with what is read. */
class ExperimentSchemaTest {
    private static final Path STORED = Path.of("../docs/experiment.schema.json");
    private static final Path REFERENCE = Path.of("../docs/experiment-file.md");

    @TempDir
    Path folder;

    private static JsonSchema schema() throws IOException {
        return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(Files.readString(STORED));
    }

    private static Set<ValidationMessage> problems(String yaml) throws IOException {
        return schema().validate(new YAMLMapper().readTree(yaml));
    }

    @Test
    void theStoredSchemaIsMadeFromTheListOfKeysAndTheirReference() throws IOException {
        ObjectMapper json = new ObjectMapper();
        JsonNode made = ExperimentSchema.of(REFERENCE);
        Path fresh = Files.createDirectories(Path.of("target")).resolve("experiment.schema.json");
        Files.writeString(fresh, json.writerWithDefaultPrettyPrinter().writeValueAsString(made) + "\n");
        assertThat(json.readTree(Files.readString(STORED)))
                .withFailMessage("%s is not what the keys say; put %s there", STORED, fresh.toAbsolutePath())
                .isEqualTo(made);
    }

    @Test
    void everySampleAndItsResolvedFormIsValid() throws IOException {
        try (Stream<Path> samples = Files.list(Path.of("samples"))) {
            for (Path sample : samples.filter(file -> file.toString().endsWith(".yaml"))
                    .sorted()
                    .toList()) {
                assertThat(problems(Files.readString(sample)))
                        .as(sample.toString())
                        .isEmpty();
                assertThat(Files.readString(sample))
                        .as("what an editor looks for")
                        .startsWith("# yaml-language-server: $schema=../../docs/experiment.schema.json\n");
            }
        }
        ExperimentDefinition minimal =
                ExperimentFile.read(new SampleFiles(folder).write(SampleFiles.MINIMAL), Map.of());
        assertThat(problems(minimal.resolved())).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            bands: 0                             | $.bands
            bands: [4, many]                     | $.bands
            lenghts: [512]                       | lenghts
            precision: int8                      | $.precision
            quantizer: hqq:bits=3                | $.quantizer
            rope: [yarn:factor=4, yran:factor=2] | $.rope
            search: {strategy: greedy}           | $.search.strategy
            search: {window: {wide: 1}}          | wide
            stopping: {alpha: 0}                 | $.stopping.alpha
            exclude: [{}]                        | $.exclude
            tasks: [{file: a.jsonl}]             | task
            held-out: {long-ppl: sometimes}      | $.held-out.long-ppl
            """)
    void whatIsRefusedIsMarkedInTheEditor(String line, String place) throws IOException {
        String key = line.substring(0, line.indexOf(':'));
        String valid =
                "name: n\nmodel: m\ndocuments: {search: a.txt, held-out: [b.txt]}\nlengths: 512\nquantizer: none\n";
        assertThat(problems(valid)).isEmpty();
        List<String> others =
                valid.lines().filter(other -> !other.startsWith(key + ":")).toList();
        assertThat(problems(String.join("\n", others) + "\n" + line + "\n"))
                .anyMatch(problem -> problem.toString().contains(place));
    }
}
