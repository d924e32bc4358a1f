package qroar.orchestrator.cli.bench;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import qroar.experiments.study.Study;
import qroar.experiments.study.cost.ExhaustiveCost;
import qroar.orchestrator.app.bench.SearchBench;
import qroar.orchestrator.app.bench.SearchComparison;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.input.RunsFolder;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.cli.option.WorkerOptions;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.BadInput;

/** {@code qroar bench search}: the product's search against an exhaustive one. */
@Command(
        name = "search",
        description =
                "Searches each study twice, as the product does and exhaustively (every candidate of every grid, each"
                        + " length by sliding windows), and prints forward tokens and winners of both. Nothing is kept.",
        mixinStandardHelpOptions = true)
public final class BenchSearchCommand implements Callable<Integer> {
    @Parameters(paramLabel = "EXPERIMENT", description = "experiment file (YAML)")
    private Path experiment = Path.of("");

    @Mixin
    private WorkerOptions workers = new WorkerOptions(WorkerSettings.Role.WHOLE_RUN);

    @Option(
            names = "--stride",
            paramLabel = "S",
            description = "of the sliding windows, tokens (default " + ExhaustiveCost.STRIDE_TOKENS + ")")
    private int stride = ExhaustiveCost.STRIDE_TOKENS;

    @Option(names = "--studies", paramLabel = "N", description = "only the first N studies; left out, all")
    private int studies = Integer.MAX_VALUE;

    @Option(
            names = "--product-only",
            description = "do not run the exhaustive search, only work its tokens out: minutes instead of hours")
    private boolean productOnly;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        ExperimentInput input = ExperimentInput.read(experiment, new RunsFolder(Path.of("runs")).digests());
        List<Study> chosen = input.plan().studies();
        chosen = chosen.subList(0, Math.min(studies, chosen.size()));
        for (Study study : chosen) {
            if (study.awaitsTails()) {
                throw new BadInput("study " + study.id() + ": auto tails are measured by a run alone; give the numbers,"
                        + " which its report names");
            }
            if (study.objective().aim().asks()) {
                throw new BadInput("study " + study.id() + ": its objective is "
                        + study.objective().aim().text()
                        + ", and the exhaustive search that is compared with knows perplexity alone");
            }
        }
        int shortest =
                chosen.isEmpty() ? 1 : chosen.get(0).searchPlan().lengths().get(0);
        if (stride < 1 || stride > shortest) {
            throw new BadInput(
                    "--stride " + stride + " must lie between 1 and the shortest length " + shortest + " tokens");
        }
        List<SearchComparison> comparisons = new ArrayList<>();
        SearchBench.Scope scope = productOnly ? SearchBench.Scope.PRODUCT_ALONE : SearchBench.Scope.COMPARISON;
        try (SearchBench bench = SearchBench.on(workers.settings(), input, stride, System.err::println)) {
            for (Study study : chosen) {
                SearchComparison comparison = bench.run(study, scope);
                comparisons.add(comparison);
                if (!json) {
                    comparison.lines().forEach(System.out::println);
                }
            }
        }
        if (json) {
            System.out.println(Output.json(Map.of(
                    "stride",
                    stride,
                    "studies",
                    comparisons.stream().map(SearchComparison::toMap).toList())));
        }
        return ExitCode.DONE.code();
    }
}
