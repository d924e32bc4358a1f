package qroar.experiments.study;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.CandidateScore;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.Candidate;
import qroar.experiments.search.Round;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.study.StudyOutcome.Course;
import qroar.experiments.study.StudyOutcome.TokenAccount;
import qroar.experiments.study.StudyOutcome.Visit;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;

/** Folds the rounds of a search into what was tried, how it came out and what it cost. */
final class CourseFold {
    private final StudyProgress progress;
    private final Study study;
    private final PlanWindows searchPlan;
    private final List<CandidateOutcome> candidates = new ArrayList<>();
    private final Map<BandScales, Long> tokensByScales = new HashMap<>();
    private long tokensSpent;
    private long tokensExhaustive;

    private CourseFold(StudyProgress progress) {
        this.progress = progress;
        this.study = progress.study();
        this.searchPlan = progress.searchPlan();
    }

    static Course of(StudyProgress progress) {
        return new CourseFold(progress).fold();
    }

    private Course fold() {
        Set<String> promoted = promotedLabels();
        for (CompletedRound past : progress.history()) {
            fold(past.round(), past.results(), promoted);
        }
        @Nullable RoundState running = progress.round();
        int begun = 0;
        if (running != null) {
            fold(running.round(), running.settled(), promoted);
            begun = running.round().pass();
        }
        int answered =
                candidates.stream().mapToInt(CandidateOutcome::pass).max().orElse(0);
        return new Course(candidates, Math.max(answered, begun), new TokenAccount(tokensSpent, tokensExhaustive));
    }

    /** Of each band visit, or joint pass, the incumbent after its last round, where it is new. */
    private Set<String> promotedLabels() {
        Set<String> promoted = new HashSet<>();
        String before = TrialLabel.BASELINE;
        List<CompletedRound> history = progress.history();
        for (int i = 0; i < history.size(); i++) {
            Round round = history.get(i).round();
            Round next = i + 1 < history.size() ? history.get(i + 1).round() : null;
            boolean lastOfVisit = next == null || next.pass() != round.pass() || next.band() != round.band();
            String after = history.get(i).incumbent().label();
            if (lastOfVisit && !after.equals(before)) {
                promoted.add(after);
                before = after;
            }
        }
        return promoted;
    }

    private void fold(Round round, Map<String, TrialResult> results, Set<String> promoted) {
        tokensExhaustive += round.exhaustiveCandidates() * study.searchPlan().forwardTokens();
        for (Candidate candidate : round.candidates()) {
            TrialResult result = results.get(candidate.label());
            if (result != null) {
                int windows = windowsSeen(result);
                count(candidate.scales(), searchPlan.forwardTokens(Math.min(windows, searchPlan.count())));
                candidates.add(new CandidateOutcome(
                        candidate.label(),
                        new Visit(round.pass(), round.band(), round.reference().label()),
                        candidate.scales(),
                        result.ending(),
                        windows,
                        score(round, result),
                        result instanceof TrialResult.Stopped stopped ? stopped.verdict() : null,
                        promoted.contains(candidate.label()),
                        result.fault()));
            }
        }
    }

    private static int windowsSeen(TrialResult result) {
        if (result instanceof TrialResult.Diverged diverged) {
            return diverged.window() + 1;
        }
        double[] losses = result.losses();
        return losses == null ? 0 : losses.length;
    }

    /** A point that is met again is one trial, measured as far as whoever wanted most of it. */
    private void count(BandScales scales, long tokens) {
        tokensSpent += Math.max(0, tokens - tokensByScales.getOrDefault(scales, 0L));
        tokensByScales.merge(scales, tokens, Math::max);
    }

    private CandidateScore score(Round round, TrialResult result) {
        return result instanceof TrialResult.Measured measured
                ? CandidateScore.of(
                        searchPlan.first(round.documents()),
                        study.objective(),
                        round.reference().nllNats(),
                        round.reference().objective(),
                        measured.nllNats())
                : CandidateScore.UNKNOWN;
    }
}
