package qroar.experiments.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.CommonStart;
import qroar.experiments.search.Incumbent;
import qroar.experiments.search.Round;
import qroar.experiments.search.SearchSpace;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.Verdict;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.trial.TrialKey;

/**
 * The search of a study while it runs: where its strategy stands, the round that is raced now, and the rounds behind it.
 * Immutable, like the strategy and the round it holds; a round that is complete is handed to the strategy at once, so what
 * is wanted is never nothing before the search is over.
 */
final class StudySearch {
    /** Rounds ahead that are foreseen: each is less likely than the one before. */
    private static final int FORESEEN_ROUNDS = 3;

    private static final int FORESEEN_TRIALS = 16;

    /** What one message holds. */
    private static final int MAX_SCALES = 4096;

    private final Study study;
    private final PlanWindows plan;
    private final SearchStrategy strategy;
    private final @Nullable RoundState round;
    private final List<CompletedRound> history;

    private StudySearch(
            Study study,
            PlanWindows plan,
            SearchStrategy strategy,
            @Nullable RoundState round,
            List<CompletedRound> history) {
        this.study = study;
        this.plan = plan;
        this.strategy = strategy;
        this.round = round;
        this.history = history;
    }

    /** @throws BadInput where more scales, or slopes, would be searched than can be */
    static void requireBounded(Study study) {
        BandPartition cells = study.partition();
        SearchStrategy.requireBounded(study.search(), cells.cellCount());
        boolean slopes = StudyTrials.wantsGradient(study);
        int scales = slopes ? cells.layers().count() * cells.pairCount() : cells.cellCount();
        if (scales > MAX_SCALES) {
            throw new BadInput("key 'layers' makes " + cells.layers().count() + " groups of layers, and so " + scales
                    + (slopes ? " slopes of search.gradient-start" : " scales") + "; at most " + MAX_SCALES
                    + " are searched: use larger groups");
        }
    }

    /**
     * At its first round.
     *
     * @param plan the windows of the study's search documents
     * @param baseline the unscaled model on all of them
     * @param bands what is known of every cell
     */
    static StudySearch begin(Study study, PlanWindows plan, Incumbent baseline, List<BandDiagnosis> bands) {
        SearchStrategy start = SearchStrategy.begin(
                study.search(),
                SearchSpace.of(study.partition(), study.mode(), bands, study.search()),
                baseline,
                (point, documents) -> onFirst(study, plan.first(documents), point),
                plan.groups());
        return at(study, plan, start, List.of()).afterCompleteRounds();
    }

    private static Incumbent onFirst(Study study, PlanWindows first, Incumbent point) {
        double[] nll = Arrays.copyOf(point.nllNats(), first.count());
        return new Incumbent(
                point.label(),
                point.positions(),
                point.scales(),
                nll,
                study.objective().value(first, nll));
    }

    private static StudySearch at(
            Study study, PlanWindows plan, SearchStrategy strategy, List<CompletedRound> history) {
        Round next = strategy.round();
        RoundState round = next == null ? null : RoundState.begin(study, plan, next);
        return new StudySearch(study, plan, strategy, round, history);
    }

    private StudySearch afterCompleteRounds() {
        if (round == null || !round.isComplete()) {
            return this;
        }
        SearchStrategy next = strategy.advance(round.evaluated());
        List<CompletedRound> longer = new ArrayList<>(history);
        longer.add(new CompletedRound(round.round(), round.settled(), next.incumbent()));
        return at(study, plan, next, List.copyOf(longer)).afterCompleteRounds();
    }

    /** Candidates that are wanted now, in dispatch order; none once the search is over. */
    List<TrialRequest> wanted() {
        return round == null ? List.of() : round.wanted();
    }

    /** Whether a label is a candidate's of the round that is raced now. */
    boolean races(String label) {
        return round != null && round.holds(label);
    }

    /** Whether a label is a candidate's of a round that is complete. */
    boolean hasRaced(String label) {
        return history.stream().anyMatch(past -> past.results().containsKey(label));
    }

    /** What the rule says of a candidate that is raced now; undecided for other trials. */
    Verdict judge(String label, double[] nllPrefix) {
        return round != null && round.holds(label) ? round.judge(label, nllPrefix) : Verdict.UNDECIDED;
    }

    /** What a candidate that is raced now will gain; null for other trials, and while nothing can be said. */
    @Nullable Interval forecast(String label, double[] nllPrefix) {
        return round != null && round.holds(label) ? round.forecast(label, nllPrefix) : null;
    }

    /** This search when the answer of a candidate that is raced now does not reach as far as is wanted, or was given already. */
    StudySearch with(String label, TrialResult result) {
        RoundState next = round == null ? null : round.with(label, result);
        return next == round ? this : new StudySearch(study, plan, strategy, next, history).afterCompleteRounds();
    }

    /**
     * Trials by what they measure that may be wanted when those are answered that are wanted now, the likeliest first; of
     * those that follow the search, its chosen scales on held-out documents only.
     *
     * @param wanted trials that need no foresight
     */
    List<TrialRequest> foreseen(List<TrialRequest> wanted) {
        Map<TrialKey, TrialRequest> likely = new LinkedHashMap<>();
        if (round != null) {
            foresee(strategy, FORESEEN_ROUNDS, likely);
        }
        wanted.forEach(request -> likely.remove(request.spec().key()));
        return likely.values().stream().limit(FORESEEN_TRIALS).toList();
    }

    private void foresee(SearchStrategy from, int rounds, Map<TrialKey, TrialRequest> likely) {
        List<SearchStrategy> next = from.foreseen();
        for (SearchStrategy state : next) {
            requestsOf(state)
                    .forEach(request -> likely.putIfAbsent(request.spec().key(), request));
        }
        if (rounds > 1) {
            next.forEach(state -> foresee(state, rounds - 1, likely));
        }
    }

    private List<TrialRequest> requestsOf(SearchStrategy state) {
        Round next = state.round();
        if (next != null) {
            return StudyTrials.candidates(
                    study, next.candidates(), plan.first(next.documents()).count());
        }
        BandScales chosen = state.incumbent().scales();
        return chosen.isIdentity() ? List.of() : StudyTrials.last(study, chosen);
    }

    /** What is being done, in a few words, bands numbered as in labels: {@code pass 1 band 2 of 0..3}; once it is over, what follows. */
    String stage() {
        if (round == null) {
            return "held-out";
        }
        Round now = round.round();
        if (now.pass() == CommonStart.PASS) {
            return "common scale";
        }
        return "pass " + now.pass()
                + (now.band() == Round.ALL_BANDS
                        ? " all bands"
                        : " " + study.partition().words(now.band()) + " of 0.."
                                + (study.partition().bandCount() - 1));
    }

    boolean isOver() {
        return strategy.isOver();
    }

    /** The best point so far. */
    Incumbent incumbent() {
        return strategy.incumbent();
    }

    /** One scale for all bands; null where it was not sought, is not known yet, or gained nothing. */
    @Nullable BandScales common() {
        return strategy instanceof CommonStart start ? start.common() : null;
    }

    /** Where the bands' search begins: 1, or the common scale. */
    double centre() {
        return strategy instanceof CommonStart start ? start.centre() : 1;
    }

    /** The round that is raced now; null when the search is over. */
    @Nullable RoundState round() {
        return round;
    }

    /** Complete rounds, in their order. */
    List<CompletedRound> history() {
        return history;
    }
}
