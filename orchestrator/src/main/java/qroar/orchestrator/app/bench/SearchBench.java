package qroar.orchestrator.app.bench;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.cost.ExhaustiveCost;
import qroar.experiments.trial.TrialLabel;
import qroar.experiments.trial.TrialLabel.Purpose;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.worker.WorkerSettings;
import qroar.orchestrator.coordinator.UnjournaledRun;
import qroar.orchestrator.coordinator.UnjournaledRun.Share;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.trial.Measurement;
import qroar.protocol.trial.TrialSpec;
import qroar.protocol.trial.WindowLoss;
import qroar.workers.checkpoint.Checkpoint;
import qroar.workers.measure.LocalCatalog;
import qroar.workers.measure.LocalMeasurer;
import qroar.workers.measure.ModelKey;
import qroar.workers.measure.ModelShelf;
import qroar.workers.model.DecoderModel;
import qroar.workers.placement.Placement;
import qroar.workers.placement.Residence;
import qroar.workers.quantize.CalibratedQuantizers;
import qroar.workers.quantize.WeightQuantizer;
import qroar.workers.text.TokenizedDocument;
import qroar.workers.torch.TorchDevice;
import qroar.workers.worker.Cancellation;
import qroar.workers.worker.TrialMeasurer;

/**
 * The product's search of a study and the exhaustive one, side by side: forward tokens of both, and what both winners are
 * worth under both protocols. The search is decided by what decides every run ({@link UnjournaledRun}); only actors,
 * journal and held-out trials are left out.
 */
public final class SearchBench implements AutoCloseable {
    private final ExperimentInput input;
    private final int workers;
    private final int stride;
    private final Consumer<String> log;
    private final LocalCatalog catalog;
    private final ModelShelf<DecoderModel> shelf;
    private final TrialMeasurer measurer;
    private final ExecutorService threads;

    /**
     * On the devices of some settings, of which the first computes.
     *
     * @param log told what goes on
     * @throws qroar.protocol.BadInput where the settings are not sensible
     * @throws qroar.orchestrator.console.NoDevice where a device is not there
     */
    public static SearchBench on(WorkerSettings settings, ExperimentInput input, int stride, Consumer<String> log) {
        settings.requireSensible();
        settings.requireAccelerators();
        List<TorchDevice> seats = settings.seats();
        return new SearchBench(input, seats.get(0), seats.size(), stride, log);
    }

    /**
     * @param workers passes at the same time; changes no figure
     * @param log told what goes on
     */
    SearchBench(ExperimentInput input, TorchDevice device, int workers, int stride, Consumer<String> log) {
        this.input = input;
        this.workers = workers;
        this.stride = stride;
        this.log = log;
        this.catalog = LocalCatalog.of(
                input.facts().checkpointDigest(),
                input.checkpoint(),
                List.copyOf(input.documents().values()));
        this.shelf = new ModelShelf<>(
                key -> {
                    QuantizationSpec quantization = key.quantization();
                    Checkpoint checkpoint = catalog.checkpoint(key.checkpointDigest());
                    try (WeightQuantizer quantizer = CalibratedQuantizers.of(
                            quantization.weights(), checkpoint, device, catalog.sequences(key.calibration()))) {
                        return DecoderModel.load(
                                checkpoint,
                                device,
                                quantization,
                                quantizer,
                                Residence.of(Placement.WIDENED, key.precision(), device));
                    }
                },
                key -> 0,
                0);
        this.measurer = new LocalMeasurer(catalog, shelf);
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
        TokenCount count = new TokenCount();
        RunState searched = search(study, count);
        StudyOutcome outcome = searched.progress().get(0).outcome();
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
                        count.of(candidate.label()))));
        BandScales chosen = outcome.scales();
        long baseline = count.of(Purpose.BASELINE);
        long candidates = count.of(Purpose.CANDIDATES);
        long diagnostics = count.of(Purpose.DIAGNOSTICS);
        ToDoubleFunction<BandScales> nested = scales -> nested(study, scales, searched);
        List<SearchComparison.Winner> exhaustive = new ArrayList<>();
        double stridedOfProduct = Double.NaN;
        if (scope == Scope.COMPARISON) {
            try (ModelShelf<DecoderModel>.Loan loan = shelf.lend(ModelKey.of(spec(study, chosen)))) {
                StridedSearch strided = new StridedSearch(study, loan.model(), documents(study), stride, threads);
                StridedSearch.Winners winners = strided.search(outcome.bands().stream()
                        .map(StudyOutcome.BandOutcome::diagnosis)
                        .toList());
                exhaustive.add(winner("exhaustive, one pass", winners.ofFirstPass(), strided, nested));
                exhaustive.add(winner("exhaustive, all passes", winners.ofAllPasses(), strided, nested));
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
                        nested.applyAsDouble(chosen),
                        stridedOfProduct),
                exhaustive);
    }

    private static SearchComparison.Winner winner(
            String name, StridedSearch.Winner winner, StridedSearch strided, ToDoubleFunction<BandScales> nested) {
        return new SearchComparison.Winner(
                name,
                winner.scales(),
                winner.forwardTokens(),
                winner.evaluations(),
                nested.applyAsDouble(winner.scales()),
                strided.objective(winner.scales()));
    }

    /** The study as a run of its own decides it; trials on held-out documents are left waiting. */
    RunState search(Study study, TokenCount count) {
        UnjournaledRun run = UnjournaledRun.begin(study);
        Callable<Boolean> work = () -> {
            try {
                for (Share share = take(run); share != null; share = take(run)) {
                    measure(run, share, count);
                }
                return true;
            } finally {
                // A pass that failed ends the others too: they may be waiting for what it would have brought.
                run.end();
            }
        };
        Parallel.all(threads, Collections.nCopies(workers, work));
        return run.state();
    }

    private static @Nullable Share take(UnjournaledRun run) throws InterruptedException {
        return run.take(label -> TrialLabel.purpose(label) != Purpose.HELD_OUT);
    }

    private void measure(UnjournaledRun run, Share share, TokenCount count) {
        int to = share.firstWindow();
        try (TrialMeasurer.Cursor cursor = measurer.open(share.spec(), share.firstWindow(), new Cancellation())) {
            boolean wanted = true;
            for (Measurement next = cursor.next(); next != null && wanted; next = wanted ? cursor.next() : null) {
                to = next instanceof WindowLoss window ? window.index() + 1 : to;
                wanted = run.measured(share, next);
            }
        }
        count.add(share, to);
    }

    private static TrialSpec spec(Study study, BandScales scales) {
        return new TrialSpec(
                study.checkpointDigest(),
                study.precision(),
                study.quantization(),
                study.calibration(),
                study.rope(),
                scales,
                study.searchPlan(),
                TrialSpec.Probe.LOSSES);
    }

    /** J of a full evaluation under the nested protocol; its tokens count for neither search. */
    private double nested(Study study, BandScales scales, RunState searched) {
        TrialSpec spec = spec(study, scales);
        Integer known = searched.trialNumber(spec.key());
        double[] before = known == null ? new double[0] : searched.trial(known).nllNats();
        double[] nll = Arrays.copyOf(before, spec.plan().windows().size());
        if (before.length < nll.length) {
            try (TrialMeasurer.Cursor cursor = measurer.open(spec, before.length, new Cancellation())) {
                for (Measurement next = cursor.next(); next != null; next = cursor.next()) {
                    if (next instanceof WindowLoss window) {
                        nll[window.index()] = window.nllNats();
                    }
                }
            }
        }
        return study.objective().value(new PlanWindows(study.searchPlan()), nll);
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
