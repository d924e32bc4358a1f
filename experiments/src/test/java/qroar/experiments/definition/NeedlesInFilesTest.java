package qroar.experiments.definition;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.experiments.definition.task.TaskEvaluation;
import qroar.protocol.BadInput;
import qroar.protocol.needle.NeedleTasks;

class NeedlesInFilesTest {
    @TempDir
    Path folder;

    private ExperimentDefinition read(String tasks) throws IOException {
        Path file = new SampleFiles(folder).write(SampleFiles.VALID + "\n" + tasks + "\n");
        Files.writeString(folder.resolve("essays.txt"), "words");
        return ExperimentFile.read(file);
    }

    @Test
    void everyKeyReachesTheDefinitionAndTheResolvedFile() throws IOException {
        ExperimentDefinition definition = read("tasks:\n"
                + "  - {task: passkey}\n"
                + "  - {task: niah_multikey_1, haystack: [essays.txt], lengths: [2048, 256], depths: [0, 12.5], samples:"
                + " 3, seed: 7}\n"
                + "  - {task: vt, depths: random}\n");
        assertThat(definition.tasks())
                .containsExactly(
                        needles(
                                "passkey",
                                List.of(),
                                definition.lengths(),
                                List.of(0.0, 25.0, 50.0, 75.0, 100.0),
                                5,
                                42),
                        needles(
                                "niah-multikey",
                                List.of(folder.resolve("essays.txt")),
                                List.of(2048, 256),
                                List.of(0.0, 12.5),
                                3,
                                7),
                        needles("vt", List.of(), definition.lengths(), List.of(), 5, 42));
        Path resolved = Files.writeString(folder.resolve("resolved.yaml"), ResolvedFile.write(definition));
        assertThat(ExperimentFile.read(resolved).tasks()).isEqualTo(definition.tasks());
    }

    private static TaskEvaluation needles(
            String spec, List<Path> haystack, List<Integer> lengths, List<Double> depths, int samples, long seed) {
        return TaskEvaluation.of(
                new TaskEvaluation.Needles(NeedleTasks.parse(spec), haystack, lengths, depths, samples, seed));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "task: passkye | 'tasks[0].task' is 'passkye' (did you mean 'passkey'?); it must be one of arc-easy,",
                "task: 'passkey:digits=0' | 'tasks[0].task' is no task: needles 'passkey:digits=0': digits=0 must lie in 1",
                "task: passkey, shots: 2 | 'tasks[0].shots' is none of the task 'passkey'",
                "task: piqa, depths: [1] | 'tasks[0].depths' is none of the task 'piqa'",
                "task: niah_single_2 | 'tasks[0].task' hides its needles in a text",
                "task: passkey, haystack: [essays.txt] | 'tasks[0].haystack' is of no use: passkey hides",
                "task: passkey, lengths: [31] | 'tasks[0].lengths[0]' is '31'; it must be a whole number in [32,",
                "task: passkey, depths: [100.5] | 'tasks[0].depths[0]' is '100.5'; it must be a number",
                "task: passkey, depths: deep | 'tasks[0].depths' must be a number",
                "task: passkey, samples: 0 | 'tasks[0].samples' is '0'",
                "task: passkey, depths: [5, 5] | tasks[0].depths"
            })
    void whatIsWrongIsNamedWithItsPlace(String group, String message) {
        assertThatThrownBy(() -> read("tasks:\n  - {" + group + "}"))
                .isInstanceOf(BadInput.class)
                .hasMessageContaining(message);
    }
}
