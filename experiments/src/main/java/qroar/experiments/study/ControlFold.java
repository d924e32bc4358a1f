package qroar.experiments.study;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Comparison;
import qroar.experiments.attribution.ControlGain;
import qroar.experiments.attribution.ReferenceEvidence;
import qroar.experiments.attribution.Shares;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;

/** Folds a study's controls into what they say of its gain. */
final class ControlFold {
    private final StudyProgress progress;
    private final Study study;
    private final PlanWindows plan;
    private final List<ControlTrial> trials;

    /** @param plan the held-out one */
    ControlFold(StudyProgress progress, PlanWindows plan) {
        this.progress = progress;
        this.study = progress.study();
        this.plan = plan;
        this.trials = progress.isScaled()
                ? ControlTrial.allOf(
                        study, Objects.requireNonNull(progress.incumbent()).scales(), progress.common())
                : List.of();
    }

    /** @param losses of all held-out windows, of every setting */
    Comparison of(Map<Setting, double[]> losses) {
        return new Comparison(gains(losses), shares(losses), ReferenceEvidence.NONE);
    }

    /** Of every control whose draws are all measured, in the order of the study's. */
    private List<ControlGain> gains(Map<Setting, double[]> losses) {
        double[] baseline = losses.get(Setting.BASELINE);
        double[] tuned = losses.get(Setting.TUNED);
        List<ControlGain> gains = new ArrayList<>();
        if (baseline == null || tuned == null) {
            return gains;
        }
        for (Control control : study.controls()) {
            List<ControlTrial> draws =
                    trials.stream().filter(trial -> trial.control() == control).toList();
            List<double[]> measured = new ArrayList<>();
            List<List<Double>> scales = new ArrayList<>();
            for (ControlTrial draw : draws) {
                double[] nll = progress.judgedLosses(draw.label(), draw::label);
                if (nll != null) {
                    measured.add(nll);
                    scales.add(Arrays.stream(draw.scales().scales()).boxed().toList());
                }
            }
            if (!draws.isEmpty() && measured.size() == draws.size()) {
                gains.add(ControlGain.of(plan, study.objective(), control, scales, measured, baseline, tuned));
            }
        }
        return gains;
    }

    /** Null without the common control, until it is measured, and where nothing was chosen. */
    private @Nullable Shares shares(Map<Setting, double[]> losses) {
        if (!study.controls().contains(Control.COMMON) || !progress.isScaled() || !study.hasControl()) {
            return null;
        }
        BandScales scale = progress.common();
        double[] common = scale == null
                ? losses.get(Setting.BASELINE)
                : progress.judgedLosses(
                        TrialLabel.heldOut(Control.COMMON, 1), task -> TrialLabel.task(task.name(), Control.COMMON, 1));
        double[] unquantized = scale == null
                ? losses.get(Setting.UNQUANTIZED)
                : progress.judgedLosses(
                        TrialLabel.heldOutUnquantized(Control.COMMON),
                        task -> TrialLabel.taskUnquantized(task.name(), Control.COMMON));
        return common == null || unquantized == null
                ? null
                : Shares.of(plan, study.objective(), scale == null ? 1 : scale.scale(0), losses, common, unquantized);
    }
}
