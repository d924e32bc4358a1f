package qroar.experiments.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.diagnosis.TailInflation;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.WindowSpan;

/**
 * Folds the trials that come before a search into what is known of every cell: interpolation pressure from the geometry, tail
 * inflation from the unquantized distributions, slopes from the gradient. Trials that failed leave their figures unknown.
 */
final class DiagnosisFold {
    private final StudyProgress progress;
    private final Study study;

    private DiagnosisFold(StudyProgress progress) {
        this.progress = progress;
        this.study = progress.study();
    }

    /** Whether all trials that a search waits for are answered, well or not. */
    static boolean isReady(StudyProgress progress) {
        return progress.study().search().searches()
                && (!StudyTrials.wantsGradient(progress.study())
                        || progress.answers().containsKey(TrialLabel.GRADIENT))
                && progress.answers().containsKey(TrialLabel.BASELINE)
                && progress.answers().containsKey(TrialLabel.UNQUANTIZED_LONG)
                && progress.answers().containsKey(TrialLabel.UNQUANTIZED_SHORT);
    }

    /** Of every cell, group after group: each group of layers has its own tails, and its own slopes. */
    static List<BandDiagnosis> of(StudyProgress progress) {
        return new DiagnosisFold(progress).diagnoses();
    }

    private List<BandDiagnosis> diagnoses() {
        double[] gradient = gradient();
        int bands = study.partition().bandCount();
        List<BandDiagnosis> cells = new ArrayList<>();
        for (int group = 0; group < study.partition().layers().count(); group++) {
            cells.addAll(BandDiagnosis.ofAll(
                    study.partition(),
                    study.geometry(),
                    study.rope(),
                    study.textPlan().maxLength(),
                    tails(group),
                    study.search().window(),
                    gradient == null ? null : Arrays.copyOfRange(gradient, group * bands, (group + 1) * bands)));
        }
        return List.copyOf(cells);
    }

    private TailInflation tails(int group) {
        return TailInflation.pooled(
                study.partition(),
                study.search().window().quantile(),
                ofGroup(group, progress.activations(TrialLabel.UNQUANTIZED_LONG)),
                ofGroup(group, progress.activations(TrialLabel.UNQUANTIZED_SHORT)));
    }

    private List<LayerActivations> ofGroup(int group, List<LayerActivations> activations) {
        return activations.stream()
                .filter(layer -> study.partition().layers().groupOf(layer.layer()) == group)
                .toList();
    }

    /**
     * d ln J / d ln s per cell. The gradient's plan has one length, so its ln J is the mean loss: the derivative of the
     * sum over the scored tokens. Null when not asked for, failed, or not finite.
     */
    private double @Nullable [] gradient() {
        if (!(progress.answers().get(TrialLabel.GRADIENT) instanceof TrialResult.Measured measured)
                || measured.gradients().isEmpty()) {
            return null;
        }
        int tokens = StudyTrials.gradientPlan(study).windows().stream()
                .mapToInt(WindowSpan::tokens)
                .sum();
        double[] gradient = new double[study.partition().cellCount()];
        for (int cell = 0; cell < gradient.length; cell++) {
            for (ScaleGradient document : measured.gradients()) {
                gradient[cell] += document.ofCell(study.partition(), cell, study.mode()) / tokens;
            }
        }
        return Arrays.stream(gradient).allMatch(Double::isFinite) ? gradient : null;
    }
}
