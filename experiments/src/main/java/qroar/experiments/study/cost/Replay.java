package qroar.experiments.study.cost;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.experiments.search.Candidate;
import qroar.experiments.search.Round;
import qroar.experiments.stopping.RecordedLosses;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.CompletedRound;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.experiments.trial.Ending;
import qroar.protocol.trial.TrialKey;

/**
 * Decides a recorded study again under another stopping rule, without a forward pass.
 *
 * <p>Losses are found by what was evaluated, not by label: when another candidate is promoted, later bands start from
 * other scales. What the new rule needs and the record does not hold cannot be decided: the trial is counted as lost, and
 * listed.
 *
 * @param recorded the study as it was decided
 * @param replayed the study under the other rule
 * @param changes candidates of both that ended differently
 * @param undecidable trials whose losses the record lacks, and why
 */
public record Replay(
        StudyOutcome recorded, StudyOutcome replayed, List<Change> changes, List<Undecidable> undecidable) {
    /** A candidate that ended otherwise. */
    public record Change(String label, Ending recorded, Ending replayed, boolean wasPromoted, boolean isPromoted) {}

    /** A trial that the other rule would have needed. */
    public record Undecidable(String label, String reason) {}

    public Replay {
        changes = List.copyOf(changes);
        undecidable = List.copyOf(undecidable);
    }

    /** Forward tokens of candidates that the other rule would not have spent; negative if it spends more. */
    public long tokensSaved() {
        return recorded.tokens().spent() - replayed.tokens().spent();
    }

    /** Whether both choose the same scales. */
    public boolean isSameChoice() {
        return recorded.scales().equals(replayed.scales());
    }

    /**
     * @param results what was recorded, by label; trials that never ran are absent
     */
    public static Replay of(Study study, Map<String, TrialResult> results, StoppingSettings stopping) {
        Map<TrialKey, TrialResult> byKey = new HashMap<>();
        StudyProgress original = StudyProgress.begin(study);
        for (TrialRequest next = answerable(original, results); next != null; next = answerable(original, results)) {
            TrialResult result = Objects.requireNonNull(results.get(next.label()));
            byKey.merge(next.spec().key(), result, Replay::longer);
            original = original.with(next.label(), result);
        }
        List<Undecidable> undecidable = new ArrayList<>();
        StudyProgress again = StudyProgress.begin(study.withStopping(stopping));
        while (!again.isDone()) {
            TrialRequest request = again.wanted().get(0);
            TrialResult result = byKey.get(request.spec().key());
            StudyProgress next = result == null ? again : again.with(request.label(), result);
            if (next == again) {
                String reason = missing(request, result);
                undecidable.add(new Undecidable(request.label(), reason));
                next = again.with(request.label(), new TrialResult.Failed(reason));
            }
            again = next;
        }
        StudyOutcome before = original.outcome();
        StudyOutcome after = again.outcome();
        return new Replay(before, after, changes(before, after), undecidable);
    }

    /** The first wanted trial whose recorded result takes the study on. */
    private static @Nullable TrialRequest answerable(StudyProgress progress, Map<String, TrialResult> results) {
        for (TrialRequest request : progress.wanted()) {
            TrialResult result = results.get(request.label());
            if (result != null && progress.with(request.label(), result) != progress) {
                return request;
            }
        }
        return null;
    }

    /** The same trial may have been raced twice, against different references. */
    private static TrialResult longer(TrialResult a, TrialResult b) {
        double[] first = a.losses();
        double[] second = b.losses();
        return second != null && (first == null || second.length > first.length) ? b : a;
    }

    private static String missing(TrialRequest request, @Nullable TrialResult result) {
        double[] losses = result == null ? null : result.losses();
        return losses == null
                ? "was not evaluated in the recorded run"
                : "was stopped after " + losses.length + " of the " + request.windowLimit()
                        + " windows that this rule needs";
    }

    private static List<Change> changes(StudyOutcome before, StudyOutcome after) {
        Map<String, CandidateOutcome> old = new LinkedHashMap<>();
        before.candidates().forEach(c -> old.put(c.label(), c));
        List<Change> changes = new ArrayList<>();
        for (CandidateOutcome now : after.candidates()) {
            CandidateOutcome then = old.get(now.label());
            boolean same = then != null
                    && then.scales().equals(now.scales())
                    && (then.ending() != now.ending() || then.promoted() != now.promoted());
            if (then != null && same) {
                changes.add(new Change(now.label(), then.ending(), now.ending(), then.promoted(), now.promoted()));
            }
        }
        return changes;
    }

    /** Full losses of a study's races, to calibrate stopping rules on; all of them where it stopped nothing. */
    public static RecordedLosses losses(StudyProgress progress) {
        Map<String, List<Double>> trials = new HashMap<>();
        List<List<String>> pairs = new ArrayList<>();
        for (CompletedRound past : progress.history()) {
            for (Candidate candidate : past.round().candidates()) {
                boolean whole = past.round().documents() == Round.ALL_DOCUMENTS;
                if (whole && past.results().get(candidate.label()) instanceof TrialResult.Measured measured) {
                    String reference = past.round().reference().label();
                    trials.put(reference, boxed(past.round().reference().nllNats()));
                    trials.put(candidate.label(), boxed(measured.nllNats()));
                    pairs.add(List.of(reference, candidate.label()));
                }
            }
        }
        Study study = progress.study();
        return new RecordedLosses(study.searchPlan(), study.objective(), trials, pairs);
    }

    private static List<Double> boxed(double[] values) {
        return java.util.Arrays.stream(values).boxed().toList();
    }
}
