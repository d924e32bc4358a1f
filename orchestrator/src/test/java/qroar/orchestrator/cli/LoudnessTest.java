package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code -q} withholds and {@code -v} adds; every parse says anew how loud the process is. */
class LoudnessTest {
    private static final String REMARK = "which names no checkpoint, RoPE scaling or quantizer";

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"-q", "--quiet"})
    void quietCommandsGiveResultsAndErrorsOnly(String quiet) throws IOException {
        CommandRun plain = eval();
        assertThat(plain.err()).contains(REMARK);
        CommandRun silent = eval(quiet);
        assertThat(silent.err()).isEmpty();
        assertThat(silent.out()).isEqualTo(plain.out()).isNotEmpty();
        CommandRun wrong = eval(quiet, "--mode", "sideways");
        assertThat(wrong.code()).isEqualTo(2);
        assertThat(wrong.err().lines()).hasSize(1).allMatch(line -> line.startsWith("qroar: "));
        assertThat(eval().err()).as("of the command after it").isEqualTo(plain.err());
    }

    @Test
    void bothAtOnceAreRefused() throws IOException {
        CommandRun run = eval("-q", "-v");
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("-q and -v contradict each other");
    }

    private CommandRun eval(String... more) throws IOException {
        KnownCase known = KnownCase.of("lm-eval-one-of-two-short", Files.createTempDirectory(folder, "case"));
        Path scales = Files.writeString(
                folder.resolve("scales.json"),
                "{\"format\":\"qroar-scales/1\",\"mode\":\"shared\",\"bands\":[{\"pairs\":[0,4],\"scale\":1.0}]}");
        String[] base = {"eval", "--model", ".", "--docs", "long.txt", "--scales", scales.toString()};
        return known.run(Stream.concat(Arrays.stream(base), Arrays.stream(more)).toArray(String[]::new));
    }
}
