package qroar.orchestrator.coordinator.state;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.experiments.trial.Ending;
import qroar.orchestrator.coordinator.trial.TrialState;
import qroar.protocol.trial.TrialSpec;

/**
 * What a run must come to, found without the coordinator: each study alone, one trial after the other, window by window.
 *
 * @param answers how each label of each study was settled in the end
 * @param outcomes per study
 */
public record SequentialReference(Map<RunState.StudyLabel, Answer> answers, List<StudyOutcome> outcomes) {
    public record Answer(
            @Nullable Ending settlement,
            int windows,
            @Nullable Verdict verdict) {}

    /** @param poisonous trials on which every attempt fails */
    public static SequentialReference of(List<Study> studies, SyntheticTrials trials, Predicate<TrialSpec> poisonous) {
        Map<RunState.StudyLabel, Answer> answers = new HashMap<>();
        List<StudyOutcome> outcomes = new java.util.ArrayList<>();
        for (int study = 0; study < studies.size(); study++) {
            StudyProgress progress = StudyProgress.begin(studies.get(study));
            while (!progress.isDone()) {
                TrialRequest request = progress.wanted().get(0);
                TrialResult result = poisonous.test(request.spec())
                        ? new TrialResult.Failed(Faults.POISON)
                        : race(progress, request, trials);
                answers.put(new RunState.StudyLabel(study, request.label()), answer(result));
                progress = progress.with(request.label(), result);
            }
            outcomes.add(progress.outcome());
        }
        return new SequentialReference(answers, outcomes);
    }

    private static TrialResult race(StudyProgress progress, TrialRequest request, SyntheticTrials trials) {
        double[] losses = Arrays.copyOf(trials.losses(request.spec()), request.windowLimit());
        for (int seen = 1; seen <= losses.length; seen++) {
            if (!Double.isFinite(losses[seen - 1])) {
                return new TrialResult.Diverged(seen - 1);
            }
            double[] prefix = Arrays.copyOf(losses, seen);
            Verdict verdict = progress.judge(request.label(), prefix);
            if (verdict.stop()) {
                return new TrialResult.Stopped(prefix, verdict);
            }
        }
        TrialState complete = trials.complete(request.spec());
        return new TrialResult.Measured(
                losses,
                List.copyOf(complete.layers().values()),
                List.copyOf(complete.gradients().values()),
                List.copyOf(complete.comparisons().values()));
    }

    private static Answer answer(TrialResult result) {
        if (result instanceof TrialResult.Measured measured) {
            return new Answer(Ending.MEASURED, measured.nllNats().length, null);
        }
        if (result instanceof TrialResult.Stopped stopped) {
            return new Answer(Ending.STOPPED, stopped.nllNats().length, stopped.verdict());
        }
        return result instanceof TrialResult.Diverged diverged
                ? new Answer(Ending.DIVERGED, diverged.window() + 1, null)
                : new Answer(Ending.FAILED, 0, null);
    }
}
