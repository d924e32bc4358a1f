package qroar.experiments.plan;

import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import qroar.experiments.objective.Objective;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.rope.InverseFrequencies;
import qroar.protocol.rope.RopeScaling;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;

/**
 * Takes studies into their first round with made-up losses, so that whatever a strategy, a stopping rule or a scaling
 * refuses is refused while the run is planned, in a line, and not by a coordinator in mid-run. Checks written out beside
 * the constructors that they foresee were the alternative: they drifted apart. Studies that differ in what no refusal
 * looks at are rehearsed once. Not thread-safe.
 */
final class StudyRehearsal {
    private static final double MADE_UP_NLL_NATS = 1;

    private final Set<Kind> rehearsed = new HashSet<>();

    /** What of a study its constructors look at, but for the documents, which all studies of a plan share. */
    private record Kind(
            RopeScaling rope,
            BandPartition partition,
            ScaleMode mode,
            Objective objective,
            SearchSettings search,
            StoppingSettings stopping,
            boolean noOp) {
        static Kind of(Study study) {
            return new Kind(
                    study.rope(),
                    study.partition(),
                    study.mode(),
                    study.objective(),
                    study.search(),
                    study.stopping(),
                    study.isNoOp());
        }
    }

    /** No refusal looks at how many documents there are, and thousands take their time. */
    private static Study onFewDocuments(Study study) {
        if (study.asked() != null) {
            return study;
        }
        return study.withPlans(new Study.Plans(
                onFewDocuments(study.searchPlan()),
                onFewDocuments(study.heldOutPlan()),
                onFewDocuments(study.shortPlan())));
    }

    /** The longest among them, so that every length has tokens of its own. */
    private static EvaluationPlan onFewDocuments(EvaluationPlan plan) {
        DocumentRef longest = Collections.max(plan.documents(), Comparator.comparingInt(DocumentRef::tokens));
        return new EvaluationPlan(List.of(longest, plan.documents().get(0)), plan.lengths(), plan.windowTokens());
    }

    /** @throws BadInput in one line that names the study, when it cannot be searched */
    void require(Study study) {
        if (!rehearsed.add(Kind.of(study))) {
            return;
        }
        try {
            // Also for studies that search nothing, and so diagnose nothing.
            InverseFrequencies.of(
                    study.geometry(), study.rope(), study.heldOutPlan().maxLength());
            StudyProgress progress = StudyProgress.begin(onFewDocuments(study));
            if (study.awaitsTails()) {
                // What comes after them is what comes first elsewhere.
                progress = StudyProgress.begin(onFewDocuments(study.withTails(List.of(), 1)));
            }
            for (TrialRequest request : progress.wanted()) {
                double[] losses = new double[request.windowLimit()];
                Arrays.fill(losses, MADE_UP_NLL_NATS);
                progress = progress.with(request.label(), new TrialResult.Measured(losses, List.of()));
            }
        } catch (BadInput | IllegalArgumentException | ArithmeticException refused) {
            throw new BadInput("study " + study.id() + " cannot be searched: " + refused.getMessage(), refused);
        }
    }
}
