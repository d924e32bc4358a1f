package qroar.experiments.study.cost;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.CommonStart;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyTrials;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.KeyTokenRule;
import qroar.protocol.trial.Reference;
import qroar.protocol.trial.TrialSpec;

/**
 * What a study will read besides tasks, before anything is computed: forward tokens, a backward pass counted as four forward ones. Trials
 * that an earlier study of the run has already are not counted again.
 *
 * @param first baseline and diagnostics
 * @param candidates what the search may evaluate
 * @param heldOut baseline, unquantized, tuned and control on held-out documents, and whatever else the tuned scales are to
 *     be compared with
 */
public record StudyForecast(Work first, Range candidates, Work heldOut) {
    private static final int BACKWARD = 4;

    /**
     * Trials and what they read.
     *
     * @param forwardTokens of all of them
     */
    public record Work(int trials, long forwardTokens) {
        private Work plus(long tokens) {
            return new Work(trials + 1, forwardTokens + tokens);
        }
    }

    /**
     * Bounds.
     *
     * @param least of a search that ends with its first pass, every candidate given up as early as its rule may
     * @param most of one that needs all its passes and gives up nothing
     */
    public record Range(Work least, Work most) {}

    /**
     * Of one study.
     *
     * @param known trials that earlier studies have; this study's are added
     */
    public static StudyForecast of(Study study, Set<TrialSpec> known) {
        Work first = new Work(0, 0);
        Work heldOut = new Work(0, 0);
        List<TrialRequest> wanted = new ArrayList<>(StudyTrials.first(study));
        for (TrialRequest request : wanted) {
            if (!known.add(request.spec())) {
                continue;
            }
            long tokens = request.spec().plan().forwardTokens();
            TrialLabel.Purpose purpose = TrialLabel.purpose(request.label());
            if (purpose == TrialLabel.Purpose.TASKS) {
                continue;
            }
            if (purpose == TrialLabel.Purpose.HELD_OUT) {
                heldOut = heldOut.plus(tokens + nearbyTokens(request.spec()));
            } else {
                boolean gradient = request.spec().probe() == TrialSpec.Probe.LOSSES_AND_GRADIENT;
                first = first.plus(gradient ? BACKWARD * tokens : tokens);
            }
        }
        if (study.search().searches() && !study.isNoOp()) {
            for (TrialRequest request : afterSearch(study)) {
                heldOut = heldOut.plus(request.spec().plan().forwardTokens());
            }
        }
        return new StudyForecast(first, candidates(study), heldOut);
    }

    /** As if each band found a scale of its own and one scale for all gained: nothing is compared with more than that. */
    private static List<TrialRequest> afterSearch(Study study) {
        int bands = study.partition().cellCount();
        double[] scales = new double[bands];
        Arrays.setAll(scales, band -> 1 + (band + 1) / (2.0 * bands));
        BandScales tuned = new BandScales(study.partition(), study.mode(), scales);
        Arrays.fill(scales, 1.25);
        BandScales common = study.search().common() == SearchSettings.Common.UNSOUGHT
                ? null
                : new BandScales(study.partition(), study.mode(), scales);
        List<TrialRequest> requests = new ArrayList<>(StudyTrials.last(study, tuned));
        requests.addAll(StudyTrials.controls(study, tuned, common));
        return requests;
    }

    /** Of forwards over the short context, by which the reference chooses the tokens that need the long one. */
    private static long nearbyTokens(TrialSpec spec) {
        Reference reference = spec.reference();
        KeyTokenRule rule = reference == null ? null : reference.keyTokens();
        if (rule == null || !spec.isReference()) {
            return 0;
        }
        long tokens = 0;
        for (int document = 0; document < spec.plan().documents().size(); document++) {
            tokens += rule.nearbyTokens(spec.plan().positions(document));
        }
        return tokens;
    }

    private static Range candidates(Study study) {
        Work none = new Work(0, 0);
        if (!study.search().searches() || study.isNoOp()) {
            return new Range(none, none);
        }
        Range bands = study.search().strategy() == Strategy.PARABOLIC ? parabolic(study) : raced(study);
        if (study.search().common() == SearchSettings.Common.UNSOUGHT) {
            return bands;
        }
        Work common = new Work(
                CommonStart.EVALUATIONS,
                CommonStart.EVALUATIONS * study.searchPlan().forwardTokens());
        return new Range(sum(List.of(common, bands.least())), sum(List.of(common, bands.most())));
    }

    /** Both neighbours and the peak of each band in pass 1, a neighbour and the peak later, on more and more documents. */
    private static Range parabolic(Study study) {
        SearchSettings search = study.search();
        PlanWindows windows = study.objective().windows(study.searchPlan());
        EvaluationPlan plan = windows.plan();
        int bands = study.partition().cellCount();
        long screened = windows.first(search.screenDocuments()).plan().forwardTokens();
        Work least = new Work(2 * bands, 2L * bands * screened);
        int trials = 1;
        long tokens = plan.forwardTokens();
        for (int pass = 1; pass <= search.maxPasses(); pass++) {
            int documents = (int) Math.min(windows.groups(), (long) search.screenDocuments() << Math.min(30, pass - 1));
            int each = pass == 1 ? 3 * bands : 2 * bands + 1;
            trials += each;
            tokens += each * windows.first(documents).plan().forwardTokens();
        }
        return new Range(least, new Work(trials, tokens));
    }

    private static Range raced(Study study) {
        SearchSettings search = study.search();
        EvaluationPlan plan = study.searchPlan();
        int bands = study.partition().cellCount();
        long most = search.strategy() == Strategy.JOINT
                ? Math.round(StrictMath.pow(search.gridSize(), bands)) - 1
                : (long) bands * (search.gridSize() - 1);
        long least = search.strategy() == Strategy.LINE ? 2L * bands : most;
        boolean inFull = study.stopping().rule() == StoppingRule.Rule.NONE;
        long shortest = inFull
                ? plan.forwardTokens()
                : study.objective().windows(plan).first(1).plan().forwardTokens();
        long all = Math.min(Integer.MAX_VALUE, most * search.maxPasses());
        return new Range(
                new Work(Math.toIntExact(least), least * shortest), new Work((int) all, all * plan.forwardTokens()));
    }

    /** The sum of some. */
    public static Work sum(Collection<Work> works) {
        return new Work(
                works.stream().mapToInt(Work::trials).sum(),
                works.stream().mapToLong(Work::forwardTokens).sum());
    }

    /** All that is read at least. */
    public long leastTokens() {
        return first.forwardTokens() + candidates.least().forwardTokens() + heldOut.forwardTokens();
    }

    /** All that is read at most. */
    public long mostTokens() {
        return first.forwardTokens() + candidates.most().forwardTokens() + heldOut.forwardTokens();
    }
}
