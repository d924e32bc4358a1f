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
import qroar.experiments.definition.task.ObjectiveNeedles;
import qroar.experiments.objective.Aim;
import qroar.protocol.BadInput;
import qroar.protocol.needle.NeedleTasks;

class ObjectiveInFilesTest {
    @TempDir
    Path folder;

    private ExperimentDefinition read(String keys) throws IOException {
        String valid = SampleFiles.VALID.replace("gradient-start: true", "gradient-start: " + keys.contains("slopes"));
        Path file = new SampleFiles(folder).write(valid + "\n" + keys.replace("; ", "\n") + "\n");
        Files.writeString(folder.resolve("essays.txt"), "words");
        return ExperimentFile.read(file);
    }

    @Test
    void everyKeyReachesTheDefinitionAndTheResolvedFile() throws IOException {
        ExperimentDefinition definition = read("objective: [perplexity, mixture:needles=0.25]\n"
                + "needles: {task: [passkey, niah_single_2], haystack: essays.txt, lengths: [64, 256], depths: [0, 100],"
                + " samples: 3, seed: 5, held-out-seed: 6}");
        assertThat(definition.sweep().objective()).containsExactly(Aim.PERPLEXITY, new Aim(0.25));
        assertThat(definition.needles())
                .isEqualTo(new ObjectiveNeedles(
                        List.of(NeedleTasks.parse("passkey"), NeedleTasks.parse("niah-single:haystack=text")),
                        List.of(folder.resolve("essays.txt")),
                        List.of(64, 256),
                        List.of(0.0, 100.0),
                        3,
                        5,
                        6));
        Path resolved = Files.writeString(folder.resolve("resolved.yaml"), ResolvedFile.write(definition));
        assertThat(ExperimentFile.read(resolved).needles()).isEqualTo(definition.needles());
        assertThat(ExperimentFile.read(resolved).sweep()).isEqualTo(definition.sweep());
        assertThat(definition.settings())
                .containsEntry("objective", "[perplexity, mixture:needles=0.25]")
                .containsEntry("needles.seed", "5")
                .containsEntry("needles.held-out-seed", "6")
                .doesNotContainKey("needles.haystack");
    }

    @Test
    void whatIsLeftOutIsPerplexityAndNoPartOfARunsIdentity() throws IOException {
        ExperimentDefinition plain = read("");
        assertThat(plain.sweep().objective()).containsExactly(Aim.PERPLEXITY);
        assertThat(plain.needles()).isNull();
        assertThat(plain.settings().keySet()).noneMatch(key -> key.contains("objective") || key.contains("needles"));
        assertThat(read("objective: perplexity").settings()).isEqualTo(plain.settings());
        ObjectiveNeedles needles =
                read("objective: needle; needles: {task: passkey}").needles();
        assertThat(needles)
                .isEqualTo(new ObjectiveNeedles(
                        List.of(NeedleTasks.parse("passkey")),
                        List.of(),
                        plain.lengths(),
                        List.of(0.0, 25.0, 50.0, 75.0, 100.0),
                        5,
                        1,
                        42));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "objective: needle | key 'objective' is 'needle', and the key 'needles' that says what is asked is missing",
                "needles: {task: passkey} | key 'needles' is of use with objective 'needle' or 'mixture' only",
                "objective: needles | 'objective' is no valid spec: objective 'needles': 'needles' is unknown; did you mean",
                "objective: 'mixture:needles=1.5'; needles: {task: passkey} | needles=1.5 must lie in 0.01 to 0.99",
                "objective: [needle, needle]; needles: {task: passkey} | 'objective[1]' says the same",
                "objective: needle; needles: {} | key 'needles.task' is missing",
                "objective: needle; needles: {task: []} | 'needles.task'",
                "objective: needle; needles: {task: piqa} | 'needles.task' is no task: needles 'piqa': 'piqa' is unknown",
                "objective: needle; needles: {task: passkey, lengths: []} | 'needles.lengths'",
                "objective: needle; needles: {task: passkey, lengths: [99999]} | 'needles.lengths[0]' is 99999, beyond the",
                "objective: needle; needles: {task: passkey, depths: [101]} | 'needles.depths[0]' is '101'",
                "objective: needle; needles: {task: passkey, samples: 0} | 'needles.samples' is '0'",
                "objective: needle; needles: {task: passkey, samples: 9999} | at most 65536 are asked",
                "objective: needle; needles: {task: passkey, seed: 42} | 'needles.seed' is 42, the seed of both what is",
                "objective: needle; needles: {task: niah_single_2} | 'needles.task' hides its needles in a text",
                "objective: needle; needles: {task: passkey, haystack: essays.txt} | 'needles.haystack' is of no use",
                "objective: needle; needles: {task: passkey, shots: 1} | key 'needles.shots' is unknown",
                "objective: needle; needles: {task: passkey} #slopes | 'search.gradient-start' follows the slopes of",
                "objective: needle; needles: {task: passkey}; tasks: [{task: vt, seed: 1}] | 'tasks[0].seed' is 1, that of"
            })
    void whatIsWrongIsNamedWithItsPlace(String keys, String message) {
        assertThatThrownBy(() -> read(keys)).isInstanceOf(BadInput.class).hasMessageContaining(message);
    }
}
