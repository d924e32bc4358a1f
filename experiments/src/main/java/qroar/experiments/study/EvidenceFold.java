package qroar.experiments.study;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import qroar.experiments.attribution.ReferenceEvidence;
import qroar.experiments.trial.Evidence;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.trial.ReferenceComparison;

/** Folds what a study's held-out trials say beside the reference. */
final class EvidenceFold {
    private final StudyProgress progress;
    private final Study study;

    EvidenceFold(StudyProgress progress) {
        this.progress = progress;
        this.study = progress.study();
    }

    /** @param unscaled whether the search kept the unscaled model, which then stands for the tuned one too */
    ReferenceEvidence evidence(boolean unscaled) {
        if (study.reference() == null) {
            return ReferenceEvidence.NONE;
        }
        Map<String, List<ReferenceComparison>> models = new LinkedHashMap<>();
        for (Setting setting : Setting.values()) {
            put(models, setting.word(), TrialLabel.heldOut(unscaled ? setting.unscaled() : setting));
        }
        for (String label : progress.answers().keySet()) {
            if (TrialLabel.isControl(label) || label.equals(TrialLabel.NOISE_FLOOR)) {
                put(models, TrialLabel.model(label), label);
            }
        }
        ReferenceEvidence.Fold fold =
                new ReferenceEvidence.Fold(study.heldOutPlan(), models.get(Setting.BASELINE.word()));
        models.forEach((model, found) -> {
            // The reference's own divergence is nothing by definition.
            if (study.evidence().divergence() != Evidence.Divergence.NONE
                    && !model.equals(Setting.UNQUANTIZED.word())) {
                fold.divergence(model, found);
            }
            if (study.evidence().keyTokens() != null && !TrialLabel.NOISE_FLOOR.endsWith(model)) {
                fold.longPerplexity(model, found);
            }
        });
        return fold.evidence();
    }

    private void put(Map<String, List<ReferenceComparison>> models, String model, String label) {
        if (progress.answers().get(label) instanceof TrialResult.Measured measured
                && !measured.comparisons().isEmpty()) {
            models.put(model, measured.comparisons());
        }
    }
}
