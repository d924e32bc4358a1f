package qroar.orchestrator.app.bench;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import qroar.experiments.search.PlanWindows;
import qroar.experiments.study.ExhaustiveCost;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.orchestrator.app.bench.CountingMeasurer.Purpose;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.protocol.rope.BandScales;
import qroar.protocol.trial.TrialSpec;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.LocalMeasurer;
import qroar.workers.measure.ModelKey;
import qroar.workers.measure.ModelShelf;
import qroar.workers.model.DecoderModel;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.TorchDevice;

/**
 * The product's search of a study and the exhaustive one, side by side: forward tokens of both, and what both winners are
 * worth under both protocols. The study itself is the product's ({@link StudyProgress}); only actors, journal and held-out
 * trials are left out.
 */
public final class SearchBench implements AutoCloseable {
    private final ExperimentInput input;
    private final int stride;
    private final Consumer<String> log;
    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel> shelf;
    private final ExecutorService threads;

    /**
     * @param workers passes at the same time; changes no figure
     * @param log told what goes on
     */
    public SearchBench(ExperimentInput input, TorchDevice device, int workers, int stride, Consumer<String> log) {
        this.input = input;
        this.stride = stride;
        this.log = log;
        this.catalog = LocalCatalog.of(
                input.facts().checkpointDigest(),
                input.checkpoint(),
                List.copyOf(input.documents().values()));
        this.shelf = new ModelShelf<>(
                key -> DecoderModel.load(
                        catalog.checkpoint(key.checkpointDigest()),
                        device,
                        key.quantization(),
                        catalog.sequences(key.calibration())),
                key -> 0,
                0);
        this.threads = Executors.newFixedThreadPool(workers);
    }

    /** Which searches are run. */
    public enum Scope {
        /** Both. */
        COMPARISON,
        /** The product's alone: its tokens and scales, in a minute instead of ten. */
        PRODUCT_ALONE
    }

    /** The study's figures. */
    public SearchComparison run(Study study, Scope scope) {
        CountingMeasurer measurer = new CountingMeasurer(new LocalMeasurer(catalog, shelf));
        StudyProgress progress = search(study, measurer);
        StudyOutcome outcome = progress.outcome();
        outcome.candidates()
                .forEach(candidate -> log.accept(String.format(
                        Locale.ROOT,
                        "  %s %s after %d windows, gain %+.5f nats of ln J, %d tokens",
                        candidate.label(),
                        candidate.ending().name().toLowerCase(Locale.ROOT),
                        candidate.windowsSeen(),
                        candidate.verdict() == null
                                ? candidate.gain()
                                : candidate.verdict().gainEstimate(),
                        measurer.tokens(candidate.label()))));
        BandScales chosen = outcome.scales();
        long baseline = measurer.tokens(Purpose.BASELINE);
        long candidates = measurer.tokens(Purpose.CANDIDATES);
        long diagnostics = measurer.tokens(Purpose.DIAGNOSTICS);
        List<SearchComparison.Winner> exhaustive = new ArrayList<>();
        double stridedOfProduct = Double.NaN;
        if (scope == Scope.COMPARISON) {
            try (ModelShelf<DecoderModel>.Loan loan = shelf.lend(ModelKey.of(spec(study, chosen)))) {
                StridedSearch strided = new StridedSearch(study, loan.model(), documents(study), stride, threads);
                StridedSearch.Winners winners = strided.search(outcome.bands().stream()
                        .map(StudyOutcome.BandOutcome::diagnosis)
                        .toList());
                exhaustive.add(winner("exhaustive, one pass", winners.ofFirstPass(), study, strided, measurer));
                exhaustive.add(winner("exhaustive, all passes", winners.ofAllPasses(), study, strided, measurer));
                stridedOfProduct = strided.objective(chosen);
            }
        }
        return new SearchComparison(
                study.id(),
                study.search().minGain(),
                ExhaustiveCost.forwardTokens(study, stride),
                baseline,
                candidates,
                diagnostics,
                new SearchComparison.Winner(
                        study.search().strategy().word(),
                        chosen,
                        baseline + candidates,
                        1 + outcome.candidates().size(),
                        nested(study, chosen, measurer),
                        stridedOfProduct),
                exhaustive);
    }

    private static SearchComparison.Winner winner(
            String name, StridedSearch.Winner winner, Study study, StridedSearch strided, CountingMeasurer measurer) {
        return new SearchComparison.Winner(
                name,
                winner.scales(),
                winner.forwardTokens(),
                winner.evaluations(),
                nested(study, winner.scales(), measurer),
                strided.objective(winner.scales()));
    }

    private StudyProgress search(Study study, CountingMeasurer measurer) {
        StudyProgress progress = StudyProgress.begin(study);
        while (true) {
            List<TrialRequest> wanted = progress.wanted().stream()
                    .filter(request -> Purpose.of(request.label()) != Purpose.HELD_OUT)
                    .toList();
            if (wanted.isEmpty()) {
                return progress;
            }
            StudyProgress now = progress;
            List<Callable<TrialResult>> tasks = new ArrayList<>();
            // One task per key: equal trials wait for each other and share, as they do in a run.
            Map<String, List<Integer>> byKey = new LinkedHashMap<>();
            for (int i = 0; i < wanted.size(); i++) {
                byKey.computeIfAbsent(wanted.get(i).spec().key().hex(), k -> new ArrayList<>())
                        .add(i);
            }
            TrialResult[] answers = new TrialResult[wanted.size()];
            for (List<Integer> same : byKey.values()) {
                tasks.add(() -> {
                    for (int i : same) {
                        answers[i] = measurer.answer(now, wanted.get(i));
                    }
                    return answers[same.get(0)];
                });
            }
            Parallel.all(threads, tasks);
            for (int i = 0; i < answers.length; i++) {
                progress = progress.with(wanted.get(i).label(), answers[i]);
            }
        }
    }

    private static TrialSpec spec(Study study, BandScales scales) {
        return new TrialSpec(
                study.checkpointDigest(),
                study.quantization(),
                study.calibration(),
                study.rope(),
                scales,
                study.searchPlan(),
                TrialSpec.Probe.LOSSES);
    }

    /** J of a full evaluation under the nested protocol; its tokens count for neither search. */
    private static double nested(Study study, BandScales scales, CountingMeasurer measurer) {
        TrialSpec spec = spec(study, scales);
        TrialRequest all =
                new TrialRequest("yardstick", spec, spec.plan().windows().size(), 0);
        TrialResult full = measurer.answer(StudyProgress.begin(study), all);
        return study.objective().value(new PlanWindows(study.searchPlan()), ((TrialResult.Measured) full).nllNats());
    }

    private List<TokenizedDocument> documents(Study study) {
        Map<String, TokenizedDocument> byDigest = input.documents();
        return study.searchPlan().documents().stream()
                .map(ref -> java.util.Objects.requireNonNull(byDigest.get(ref.digest())))
                .toList();
    }

    @Override
    public void close() {
        threads.shutdownNow();
        shelf.close();
    }
}
