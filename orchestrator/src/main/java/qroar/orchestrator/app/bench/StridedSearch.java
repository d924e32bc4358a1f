package qroar.orchestrator.app.bench;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.atomic.LongAdder;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.search.Incumbent;
import qroar.experiments.search.Round;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchSpace;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.study.Study;
import qroar.protocol.band.BandScales;
import qroar.workers.evaluation.Evaluator;
import qroar.workers.evaluation.Perplexity;
import qroar.workers.model.DecoderModel;
import qroar.workers.text.TokenizedDocument;

/**
 * The exhaustive coordinate search: every candidate of a band's grid evaluated in full, every length by a sliding window
 * of that length. A document shorter than a length is one window. Nothing is stopped, and no point is evaluated twice.
 */
final class StridedSearch {
    private final Study study;
    private final DecoderModel model;
    private final List<TokenizedDocument> documents;
    private final int stride;
    private final ExecutorService threads;
    private final LongAdder forwardTokens = new LongAdder();
    private final Map<BandScales, Double> objectives = new HashMap<>();

    /**
     * @param documents those of the study's search plan, in its order
     */
    StridedSearch(
            Study study, DecoderModel model, List<TokenizedDocument> documents, int stride, ExecutorService threads) {
        this.study = study;
        this.model = model;
        this.stride = stride;
        this.threads = threads;
        this.documents = new ArrayList<>();
        for (int d = 0; d < documents.size(); d++) {
            TokenizedDocument document = documents.get(d);
            int[] prefix = java.util.Arrays.copyOf(
                    document.tokens(), study.searchPlan().positions(d));
            this.documents.add(TokenizedDocument.of(document.ref().name(), prefix));
        }
    }

    long forwardTokens() {
        return forwardTokens.sum();
    }

    int evaluations() {
        return objectives.size();
    }

    /**
     * The product's own coordinate search over the product's grids, every candidate evaluated in full.
     *
     * @param bands as the product diagnosed them
     */
    Winners search(List<BandDiagnosis> bands) {
        SearchSettings settings = study.search();
        SearchSettings exhaustive = new SearchSettings(
                SearchStrategy.Strategy.COORDINATE,
                settings.gridSize(),
                settings.minGain(),
                settings.maxPasses(),
                settings.screenDocuments(),
                settings.window(),
                settings.start());
        SearchSpace space = SearchSpace.of(study.partition(), study.mode(), bands, exhaustive);
        BandScales identity = BandScales.identity(study.partition(), study.mode());
        Incumbent baseline = point("baseline", Collections.nCopies(bands.size(), 0), identity);
        SearchStrategy search =
                SearchStrategy.begin(exhaustive, space, baseline, (point, first) -> point, documents.size());
        BandScales afterFirstPass = identity;
        long tokensOfFirstPass = forwardTokens();
        int evaluationsOfFirstPass = evaluations();
        for (Round round = search.round(); round != null; round = search.round()) {
            search = search.advance(round.candidates().stream()
                    .map(candidate -> point(candidate.label(), candidate.positions(), candidate.scales()))
                    .toList());
            if (round.pass() == 1) {
                afterFirstPass = search.incumbent().scales();
                tokensOfFirstPass = forwardTokens();
                evaluationsOfFirstPass = evaluations();
            }
        }
        return new Winners(
                new Winner(afterFirstPass, tokensOfFirstPass, evaluationsOfFirstPass),
                new Winner(search.incumbent().scales(), forwardTokens(), evaluations()));
    }

    private Incumbent point(String label, List<Integer> positions, BandScales scales) {
        return new Incumbent(label, positions, scales, new double[0], objective(scales));
    }

    /** What a search ends with, and what it took until then. */
    record Winner(BandScales scales, long forwardTokens, int evaluations) {}

    /** After the first pass, and after all that the study allows. */
    record Winners(Winner ofFirstPass, Winner ofAllPasses) {}

    /** J from sliding windows; evaluated once for each point. */
    double objective(BandScales scales) {
        Double known = objectives.get(scales);
        if (known == null) {
            known = evaluate(scales);
            objectives.put(scales, known);
        }
        return known;
    }

    private double evaluate(BandScales scales) {
        List<Integer> lengths = study.objective().lengths();
        List<Callable<Perplexity>> parts = new ArrayList<>();
        // Long lengths first: they are the longest tasks.
        for (int l = lengths.size() - 1; l >= 0; l--) {
            for (TokenizedDocument document : documents) {
                int length = Math.min(lengths.get(l), document.ref().tokens());
                parts.add(() -> part(scales, document, length));
            }
        }
        List<Perplexity> measured = Parallel.all(threads, parts);
        double[] meanNll = new double[lengths.size()];
        for (int l = 0; l < meanNll.length; l++) {
            int first = (lengths.size() - 1 - l) * documents.size();
            double sum = 0;
            long tokens = 0;
            for (Perplexity figure : measured.subList(first, first + documents.size())) {
                sum += figure.meanNll() * figure.tokens();
                tokens += figure.tokens();
            }
            meanNll[l] = sum / tokens;
        }
        return study.objective().value(meanNll);
    }

    private Perplexity part(BandScales scales, TokenizedDocument document, int length) {
        Evaluator evaluator = new Evaluator(model, study.rope(), scales);
        Perplexity figure = evaluator
                .sliding(List.of(document), length, Math.min(stride, length))
                .perplexities()
                .get(0);
        forwardTokens.add(evaluator.forwardTokens());
        return figure;
    }
}
