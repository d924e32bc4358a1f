package qroar.experiments.study;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.CandidateScore;
import qroar.experiments.attribution.Comparison;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.PairedGain;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.diagnosis.TailInflation;
import qroar.experiments.objective.Objective;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.BandGrid;
import qroar.experiments.search.Candidate;
import qroar.experiments.search.Incumbent;
import qroar.experiments.search.Round;
import qroar.experiments.study.StudyOutcome.BandOutcome;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.experiments.study.StudyOutcome.Course;
import qroar.experiments.study.StudyOutcome.LayerTails;
import qroar.experiments.study.StudyOutcome.SearchFigures;
import qroar.experiments.study.StudyOutcome.Status;
import qroar.experiments.study.StudyOutcome.TokenAccount;
import qroar.experiments.study.StudyOutcome.Visit;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;

/** Folds a study's progress into its outcome. */
final class OutcomeFold {
    private final StudyProgress progress;
    private final Study study;
    private final PlanWindows searchPlan;
    private final List<CandidateOutcome> candidates = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private final Map<BandScales, Long> tokensByScales = new HashMap<>();
    private long tokensSpent;
    private long tokensExhaustive;

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
        foldCandidates();
        List<BandOutcome> bands = bands(scales);
        PlanWindows heldOutPlan = new PlanWindows(study.heldOutPlan());
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
        int passes = candidates.stream().mapToInt(CandidateOutcome::pass).max().orElse(0);
        RoundState round = progress.round();
        Comparison compared = attribution == null ? Comparison.NONE : new ControlFold(progress, heldOutPlan).of(losses);
        return new StudyOutcome(
                study.id(),
                status,
                scales,
                searchFigures(incumbent),
                bands,
                new Course(
                        candidates,
                        round == null ? passes : Math.max(passes, round.round().pass()),
                        new TokenAccount(tokensSpent, tokensExhaustive)),
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
        progress.answers().forEach((label, result) -> {
            if (!(result instanceof TrialResult.Measured)) {
                notes.add(label + " " + cause(result) + consequence(label));
            }
        });
        Incumbent incumbent = progress.incumbent();
        boolean over = status == Status.DONE || status == Status.CONFIRMING;
        if (over && incumbent != null && incumbent.scales().isIdentity()) {
            notes.add("No candidate gained more than min-gain, "
                    + study.search().minGain() + " nats of ln J: the model is best left unscaled.");
        }
    }

    private static String consequence(String label) {
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

    private static String cause(TrialResult result) {
        if (result instanceof TrialResult.Diverged diverged) {
            return "diverged in window " + diverged.window();
        }
        return result instanceof TrialResult.Failed failed ? "failed: " + failed.cause() : "";
    }

    private void foldCandidates() {
        Set<String> promoted = promotedLabels();
        for (CompletedRound past : progress.history()) {
            fold(past.round(), past.results(), promoted);
        }
        RoundState round = progress.round();
        if (round != null && !round.isComplete()) {
            fold(round.round(), round.settled(), promoted);
        }
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
                candidates.add(candidate(round, candidate, result, promoted.contains(candidate.label())));
            }
        }
    }

    private CandidateOutcome candidate(Round round, Candidate candidate, TrialResult result, boolean promoted) {
        double[] losses = Settlement.losses(result);
        int windows = losses == null ? 0 : losses.length;
        if (result instanceof TrialResult.Diverged diverged) {
            windows = diverged.window() + 1;
        }
        PlanWindows read = searchPlan.first(round.documents());
        long tokens = searchPlan.forwardTokens(Math.min(windows, searchPlan.count()));
        // A point that is met again is one trial, measured as far as whoever wanted most of it.
        tokensSpent += Math.max(0, tokens - tokensByScales.getOrDefault(candidate.scales(), 0L));
        tokensByScales.merge(candidate.scales(), tokens, Math::max);
        CandidateScore score = result instanceof TrialResult.Measured measured
                ? CandidateScore.of(
                        read,
                        study.objective(),
                        round.reference().nllNats(),
                        round.reference().objective(),
                        measured.nllNats())
                : CandidateScore.UNKNOWN;
        return new CandidateOutcome(
                candidate.label(),
                new Visit(round.pass(), round.band(), round.reference().label()),
                candidate.scales(),
                result.ending(),
                windows,
                score,
                result instanceof TrialResult.Stopped stopped ? stopped.verdict() : null,
                promoted,
                cause(result));
    }

    private List<BandOutcome> bands(BandScales scales) {
        if (progress.bands() == null) {
            return List.of();
        }
        List<BandDiagnosis> diagnosed = progress.bands();
        double centre = progress.centre();
        TreeMap<Integer, TailInflation> layers = TailInflation.perLayer(
                study.partition(),
                study.search().window().quantile(),
                progress.activations(TrialLabel.UNQUANTIZED_LONG),
                progress.activations(TrialLabel.UNQUANTIZED_SHORT));
        List<BandOutcome> bands = new ArrayList<>();
        List<String> onEdges = new ArrayList<>();
        Incumbent incumbent = progress.incumbent();
        for (int b = 0; b < diagnosed.size(); b++) {
            int band = study.partition().bandOf(b);
            int group = study.partition().groupOf(b);
            BandGrid grid = BandGrid.of(diagnosed.get(b).window(), study.search());
            boolean moved = incumbent != null && incumbent.positions().get(b) != 0;
            boolean onEdge = moved
                    && incumbent != null
                    && grid.isEdge(incumbent.positions().get(b));
            if (onEdge) {
                onEdges.add(edge(
                        study.partition().words(b),
                        scales.scale(b),
                        diagnosed.get(b).around(centre)));
            }
            List<LayerTails> tails = new ArrayList<>();
            layers.forEach((layer, tail) -> {
                if (study.partition().layers().groupOf(layer) == group) {
                    tails.add(new LayerTails(layer, tail.beforeRotation()[band], tail.afterRotation()[band]));
                }
            });
            bands.add(new BandOutcome(
                    b,
                    diagnosed.get(b).around(centre),
                    grid.scales().stream().map(scale -> centre * scale).toList(),
                    scales.scale(b),
                    onEdge,
                    tails));
        }
        if (!onEdges.isEmpty()) {
            notes.add(edgeNote(onEdges, study.search().window()));
        }
        return bands;
    }

    private static String edge(String words, double scale, BandDiagnosis diagnosis) {
        return String.format(
                java.util.Locale.ROOT,
                "%s (%.4f of %.4f..%.4f)",
                words,
                scale,
                diagnosis.window().low(),
                diagnosis.window().high());
    }

    private static String edgeNote(List<String> edges, SearchWindowSettings settings) {
        return String.format(
                java.util.Locale.ROOT,
                "The winner lies on or beyond the edge of the search window in %s; a wider one (search.window.widest, hard"
                        + " bounds %.4g..%.4g) may hold better scales.",
                String.join(", ", edges),
                settings.lowestScale(),
                settings.highestScale());
    }

    private @Nullable SearchFigures searchFigures(@Nullable Incumbent incumbent) {
        Incumbent start = progress.start();
        if (start == null) {
            return null;
        }
        Incumbent best = incumbent == null ? start : incumbent;
        PairedGain gain =
                PairedGain.of(new PlanWindows(study.searchPlan()), study.objective(), start.nllNats(), best.nllNats());
        return new SearchFigures(
                start.objective(),
                best.objective(),
                start.gainOf(best),
                gain.objective(),
                perplexities(start),
                perplexities(best));
    }

    private Map<Integer, Double> perplexities(Incumbent point) {
        List<Integer> lengths = study.searchPlan().lengths();
        double[] values =
                Objective.perplexities(searchPlan.meanNll(point.nllNats(), lengths, PlanWindows.ALL_DOCUMENTS));
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
            double[] nll = progress.losses(TrialLabel.heldOut(unscaled ? setting.unscaled() : setting));
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
        return study.hasControl() ? attribution : attribution.withoutControl();
    }
}
