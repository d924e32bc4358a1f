package qroar.orchestrator.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.orchestrator.app.input.PrecisionChoice;
import qroar.protocol.trial.Precision;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.torch.TorchDevice;

/** A run's precision is part of what it is. */
class PrecisionOfRunsTest {
    private static final TorchDevice GPU = new TorchDevice(TorchDevice.Kind.GPU, 0);

    @TempDir
    Path scratch;

    private void ids(String name, int step) throws IOException {
        String ids = IntStream.range(0, 120)
                .map(i -> i * step % 256)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(","));
        Files.writeString(scratch.resolve(name), "[" + ids + "]");
    }

    private CommandRun run(String... more) throws IOException {
        ids("search.json", 37);
        ids("held-out.json", 41);
        Path model = CommandRun.GOLDEN.resolve("checkpoints/tiny-llama").toAbsolutePath();
        Path experiment = Files.writeString(
                scratch.resolve("small.yaml"),
                String.join(
                                "\n",
                                "name: small",
                                "model: \"" + model.toString().replace("\\", "\\\\") + '"',
                                "documents: {search: [{tokens: search.json}], held-out: [{tokens: held-out.json}]}",
                                "lengths: [64]",
                                "window: 32",
                                "rope: none",
                                "quantizer: \"rtn:bits=2,group=32\"",
                                "bands: 2",
                                "grid: 3",
                                "search: {max-passes: 1}",
                                "")
                        + String.join("\n", more));
        return CommandRun.of("run", experiment, "--runs", scratch.resolve("runs"), "--no-progress", "--json");
    }

    private List<String> experiments() throws IOException {
        try (Stream<Path> files = Files.walk(scratch.resolve("runs"))) {
            return files.filter(file -> file.endsWith("experiment.yaml"))
                    .map(CommandRun::text)
                    .toList();
        }
    }

    @Test
    void eachPrecisionIsARunOfItsOwnWithNumbersOfItsOwn() throws IOException {
        CommandRun open = run();
        assertThat(open.code()).as(open.err()).isZero();
        assertThat(experiments()).singleElement().asString().contains("\nprecision: \"float32\"\n");
        CommandRun narrow = run("precision: bfloat16");
        assertThat(narrow.code()).as(narrow.err()).isZero();
        assertThat(experiments()).hasSize(2).anyMatch(text -> text.contains("\nprecision: \"bfloat16\"\n"));
        double before = open.json().at("/studies/0/lengths/0/baseline").doubleValue();
        double after = narrow.json().at("/studies/0/lengths/0/baseline").doubleValue();
        assertThat(after).isNotEqualTo(before).isCloseTo(before, withinPercentage(5));
    }

    @Test
    void autoIsFloat32OnProcessorsAndTheCheckpointsSixteenBitsElsewhere() {
        Checkpoint wide = Checkpoint.open(CommandRun.GOLDEN.resolve("checkpoints/tiny-llama"));
        Checkpoint narrow = Checkpoint.open(CommandRun.GOLDEN.resolve("checkpoints/tiny-llama-bf16-sharded"));
        assertThat(PrecisionChoice.resolved("auto", List.of(), narrow)).isEqualTo(Precision.FLOAT32);
        assertThat(PrecisionChoice.resolved("auto", List.of(TorchDevice.CPU), narrow))
                .isEqualTo(Precision.FLOAT32);
        assertThat(PrecisionChoice.resolved("auto", List.of(TorchDevice.CPU, GPU), narrow))
                .isEqualTo(Precision.BFLOAT16);
        assertThat(PrecisionChoice.resolved("auto", List.of(GPU), wide)).isEqualTo(Precision.BFLOAT16);
        assertThat(PrecisionChoice.resolved("float32", List.of(GPU), wide)).isEqualTo(Precision.FLOAT32);
        assertThat(PrecisionChoice.note(Precision.BFLOAT16, GPU)).isNull();
    }
}
