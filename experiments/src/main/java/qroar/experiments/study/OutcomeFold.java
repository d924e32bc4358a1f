package qroar.experiments.study;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.Comparison;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.PairedGain;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.Incumbent;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.study.StudyOutcome.SearchFigures;
import qroar.experiments.study.StudyOutcome.Status;
import qroar.experiments.trial.Ending;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;
import qroar.protocol.quantization.QuantizationText;

/** Folds a study's progress into its outcome: status, notes and figures of its own, the rest by the folds that it calls. */
final class OutcomeFold {
    private final StudyProgress progress;
    private final Study study;
    private final PlanWindows searchPlan;
    private final List<String> notes = new ArrayList<>();

    private OutcomeFold(StudyProgress progress) {
        this.progress = progress;
        this.study = progress.study();
        this.searchPlan = progress.searchPlan();
    }

    static StudyOutcome of(StudyProgress progress) {
        return new OutcomeFold(progress).fold();
    }

    private StudyOutcome fold() {
        Incumbent incumbent = progress.incumbent();
        BandScales scales =
                incumbent == null ? BandScales.identity(study.partition(), study.mode()) : incumbent.scales();
        Status status = status();
        noteTrials(status);
        BandFold bands = BandFold.of(progress, scales);
        if (bands.note() != null) {
            notes.add(bands.note());
        }
        PlanWindows heldOutPlan = study.objective().windows(study.judgedPlan());
        Map<Setting, double[]> losses = heldOutLosses(scales);
        Map<Setting, HeldOutFigures> heldOut = new EnumMap<>(Setting.class);
        losses.forEach((setting, nll) -> {
            if (setting.isQuantized() || study.hasControl()) {
                heldOut.put(setting, HeldOutFigures.of(heldOutPlan, study.objective(), nll));
            }
        });
        Attribution attribution = attribution(heldOutPlan, losses);
        if (attribution != null) {
            notes.addAll(attribution.notes());
        }
        Comparison compared = attribution == null ? Comparison.NONE : new ControlFold(progress, heldOutPlan).of(losses);
        return new StudyOutcome(
                study.id(),
                status,
                scales,
                searchFigures(incumbent),
                bands.bands(),
                CourseFold.of(progress),
                heldOut,
                attribution,
                new Comparison(
                        compared.controls(),
                        compared.shares(),
                        new EvidenceFold(progress).evidence(isUnscaled(scales))),
                notes);
    }

    private Status status() {
        if (!study.search().searches()) {
            boolean failed = progress.isDone() && progress.losses(TrialLabel.heldOut(Setting.BASELINE)) == null;
            return failed ? Status.FAILED : progress.isDone() ? Status.DONE : Status.CONFIRMING;
        }
        if (progress.bands() == null) {
            if (study.awaitsTails() && progress.isDone()) {
                return Status.FAILED;
            }
            return Status.DIAGNOSING;
        }
        if (!progress.searchIsOver()) {
            return Status.SEARCHING;
        }
        if (!progress.isDone()) {
            return Status.CONFIRMING;
        }
        if (progress.start() == null) {
            return Status.FAILED;
        }
        return study.isNoOp() ? Status.NO_OP : Status.DONE;
    }

    private void noteTrials(Status status) {
        if (!study.search().searches()) {
            notes.add("Nothing was searched: search.strategy is none.");
        } else if (study.isNoOp()) {
            notes.add("Symmetric scales change no logit while keys keep full precision: nothing was searched."
                    + " They matter once keys are quantized (kv-bits).");
        }
        if (progress.planned().awaitsTails() && !study.awaitsTails()) {
            notes.add("Tails were measured on the search documents: the quantizer is "
                    + QuantizationText.format(study.quantization()) + ".");
        }
        progress.answers().forEach((label, result) -> {
            if (!(result instanceof TrialResult.Measured)) {
                notes.add(label + " " + result.fault() + consequence(label));
            }
        });
        Incumbent incumbent = progress.incumbent();
        boolean over = status == Status.DONE || status == Status.CONFIRMING;
        if (over && incumbent != null && incumbent.scales().isIdentity()) {
            notes.add(unscaled(CourseFold.of(progress).candidates()));
        }
    }

    /** Why nothing was found: no candidate was better, or none could be measured. */
    private String unscaled(List<CandidateOutcome> candidates) {
        long failed = candidates.stream()
                .filter(each -> each.ending() == Ending.FAILED || each.ending() == Ending.DIVERGED)
                .count();
        if (failed > 0 && failed == candidates.size()) {
            return "None of the " + failed + " candidates could be measured: whether scales help is not known.";
        }
        String least = BigDecimal.valueOf(study.search().minGain())
                .stripTrailingZeros()
                .toPlainString();
        return "No candidate gained more than min-gain, " + least + " "
                + study.objective().aim().unit() + ": the model is best left unscaled."
                + (failed == 0 ? "" : " " + failed + " of " + candidates.size() + " could not be measured.");
    }

    private String consequence(String label) {
        if (study.awaitsTails() && TrialLabel.purpose(label) == TrialLabel.Purpose.DIAGNOSTICS) {
            return "; without it tails are unknown and nothing quantized is measured.";
        }
        return switch (label) {
            case TrialLabel.BASELINE -> "; without it nothing can be searched.";
            case TrialLabel.UNQUANTIZED_LONG, TrialLabel.UNQUANTIZED_SHORT ->
                "; tail inflation is unknown and no" + " search window is shifted.";
            case TrialLabel.GRADIENT -> "; bands are ordered without it, and a line search begins on both sides.";
            case TrialLabel.NOISE_FLOOR -> "; the divergence's noise floor is missing.";
            default ->
                TrialLabel.purpose(label) == TrialLabel.Purpose.TASKS
                        ? "; that score is missing."
                        : TrialLabel.isControl(label)
                                ? "; that control is missing."
                                : "; its figures are missing and nothing is attributed.";
        };
    }

    private @Nullable SearchFigures searchFigures(@Nullable Incumbent incumbent) {
        Incumbent start = progress.start();
        if (start == null) {
            return null;
        }
        Incumbent best = incumbent == null ? start : incumbent;
        PairedGain gain = PairedGain.of(searchPlan, study.objective(), start.nllNats(), best.nllNats());
        return new SearchFigures(
                start.objective(),
                best.objective(),
                start.gainOf(best),
                gain.objective(),
                perplexities(start),
                perplexities(best));
    }

    /** None where no text is read. */
    private Map<Integer, Double> perplexities(Incumbent point) {
        if (searchPlan.texts() == 0) {
            return Map.of();
        }
        List<Integer> lengths = study.searchPlan().lengths();
        double[] values = Objective.perplexities(searchPlan.meanNll(point.nllNats(), lengths, PlanWindows.ALL_GROUPS));
        Map<Integer, Double> byLength = new HashMap<>();
        for (int l = 0; l < values.length; l++) {
            byLength.put(lengths.get(l), values[l]);
        }
        return byLength;
    }

    private boolean isUnscaled(BandScales scales) {
        return progress.searchIsOver() && progress.incumbent() != null && scales.isIdentity();
    }

    /** Where the search kept the unscaled model, tuned is the baseline and the control is the unquantized model. */
    private Map<Setting, double[]> heldOutLosses(BandScales scales) {
        boolean unscaled = isUnscaled(scales);
        Map<Setting, double[]> losses = new EnumMap<>(Setting.class);
        for (Setting setting : Setting.values()) {
            Setting read = unscaled ? setting.unscaled() : setting;
            double[] nll = progress.judgedLosses(TrialLabel.heldOut(read), task -> TrialLabel.task(task.name(), read));
            if (nll != null) {
                losses.put(setting, nll);
            }
        }
        return losses;
    }

    private @Nullable Attribution attribution(PlanWindows plan, Map<Setting, double[]> losses) {
        if (!losses.keySet().containsAll(EnumSet.allOf(Setting.class))) {
            return null;
        }
        Attribution attribution = Attribution.of(plan, study.objective(), study.trainedWindow(), losses);
        return study.hasControl()
                ? attribution
                : attribution.withoutControl(study.objective().aim());
    }
}
