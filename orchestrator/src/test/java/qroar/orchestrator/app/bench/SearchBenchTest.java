package qroar.orchestrator.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.study.Study;
import qroar.experiments.study.cost.ExhaustiveCost;
import qroar.experiments.trial.TrialLabel.Purpose;
import qroar.orchestrator.app.bench.SearchComparison.Winner;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.workers.torch.TorchDevice;

class SearchBenchTest {
    private static final Path MODEL =
            Path.of("../experiments/samples/demo/model").toAbsolutePath().normalize();

    @TempDir
    private Path folder;

    private void tokens(String name, int count, int step) throws IOException {
        String ids = IntStream.range(0, count)
                .mapToObj(i -> String.valueOf((i * step + 7) % 2000))
                .collect(Collectors.joining(","));
        Files.writeString(folder.resolve(name), "[" + ids + "]");
    }

    private ExperimentInput experiment(String more) throws IOException {
        tokens("a.json", 101, 13);
        tokens("b.json", 61, 29);
        tokens("c.json", 80, 31);
        Path experiment = folder.resolve("tiny.yaml");
        Files.writeString(experiment, """
                name: tiny
                model: %s
                documents:
                  search: [{tokens: a.json}, {tokens: b.json}]
                  held-out: [{tokens: c.json}]
                lengths: [32, 64]
                window: 16
                rope: none
                quantizer: "rtn:bits=3,group=64"
                bands: 2
                grid: 3
                """.formatted(MODEL) + more);
        return ExperimentInput.read(experiment, folder.resolve("digests"));
    }

    @Test
    void aSearchThatStartsFromTheGradientIsGivenIt() throws IOException {
        ExperimentInput input = experiment("search: {strategy: line, gradient-start: true, max-passes: 1}\n");
        Study study = input.plan().studies().get(0);
        try (SearchBench bench = new SearchBench(input, TorchDevice.ofWord("cpu"), 2, 12, line -> {})) {
            SearchComparison comparison = bench.run(study, SearchBench.Scope.PRODUCT_ALONE);
            TokenCount count = new TokenCount();
            RunState searched = bench.search(study, count);

            assertThat(searched.progress().get(0).outcome().bands())
                    .isNotEmpty()
                    .allSatisfy(band -> assertThat(band.diagnosis().gradient()).isFinite());
            assertThat(count.of("gradient")).isEqualTo(64);
            assertThat(comparison.diagnosticTokens())
                    .isEqualTo(count.of("unquantized/long") + count.of("unquantized/short") + 64)
                    .isEqualTo(count.of(Purpose.DIAGNOSTICS));
        }
    }

    @Test
    void tokensThatGoThroughTheModelAreThoseThatWereWorkedOut() throws IOException {
        ExperimentInput input = experiment("");
        Study study = input.plan().studies().get(0);
        try (SearchBench bench = new SearchBench(input, TorchDevice.ofWord("cpu"), 1, 12, line -> {})) {
            SearchComparison comparison = bench.run(study, SearchBench.Scope.COMPARISON);

            assertThat(comparison.exhaustive())
                    .extracting(Winner::search)
                    .containsExactly("exhaustive, one pass", "exhaustive, all passes");
            Winner onePass = comparison.exhaustive().get(0);
            Winner allPasses = comparison.exhaustive().get(1);
            assertThat(onePass.points()).isEqualTo(1 + 2 * 2);
            assertThat(onePass.forwardTokens())
                    .isEqualTo(comparison.exhaustiveTokensOfOnePass())
                    .isEqualTo(ExhaustiveCost.forwardTokens(study, 12))
                    .isLessThanOrEqualTo(allPasses.forwardTokens());
            // Every pass keeps what the one before has found unless something is better, under its own protocol.
            assertThat(allPasses.strided()).isLessThanOrEqualTo(onePass.strided());
            assertThat(comparison.baselineTokens()).isEqualTo(64 + 61);
            assertThat(comparison.candidateTokens()).isPositive();
            assertThat(comparison.product().forwardTokens())
                    .isEqualTo(comparison.baselineTokens() + comparison.candidateTokens());
            assertThat(comparison.product().nested()).isFinite();
            assertThat(comparison.isWithinMinGain(comparison.product())).isTrue();
        }
    }
}
