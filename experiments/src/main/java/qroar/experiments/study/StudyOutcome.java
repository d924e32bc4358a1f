package qroar.experiments.study;

import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.CandidateScore;
import qroar.experiments.attribution.Comparison;
import qroar.experiments.attribution.ControlGain;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.Interval;
import qroar.experiments.attribution.Shares;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.search.Round;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.trial.Ending;
import qroar.experiments.trial.Setting;
import qroar.protocol.band.BandScales;

/**
 * What is known of a study: everything a report needs, at any moment of it.
 *
 * @param studyId the study
 * @param status how far it is
 * @param scales the best so far; the identity where nothing was searched
 * @param search what the search documents say; null until the baseline is measured
 * @param bands per band, or per band of each group of layers; empty before the diagnostics are in
 * @param course what was tried, and what it cost
 * @param heldOut figures on held-out documents by setting, as far as measured
 * @param attribution null until all four are measured
 * @param comparison what the chosen scales are compared with
 * @param notes for people: no-op, failures, winners on an edge, quantized beating unquantized
 */
public record StudyOutcome(
        String studyId,
        Status status,
        BandScales scales,
        @Nullable SearchFigures search,
        List<BandOutcome> bands,
        Course course,
        Map<Setting, HeldOutFigures> heldOut,
        @Nullable Attribution attribution,
        Comparison comparison,
        List<String> notes) {
    /** How far a study is. */
    public enum Status {
        DIAGNOSING,
        SEARCHING,
        /** The search is over; held-out trials are still running. */
        CONFIRMING,
        /** Also of studies that were not to search anything, once their held-out trials are in. */
        DONE,
        /** Done: no scale can change a logit, so nothing was searched. */
        NO_OP,
        /** Done: the baseline was not measured, so nothing was searched. */
        FAILED
    }

    /** Whether the search itself is over. */
    public boolean hasChosen() {
        return status != Status.DIAGNOSING && status != Status.SEARCHING;
    }

    /** Controls whose trials are all measured. */
    public List<ControlGain> controls() {
        return comparison.controls();
    }

    /** What one scale for all bands gains and what bands add; null until it is measured. */
    public @Nullable Shares shares() {
        return comparison.shares();
    }

    /** Every candidate answered so far, round by round in dispatch order. */
    public List<CandidateOutcome> candidates() {
        return course.candidates();
    }

    /** What the search cost. */
    public TokenAccount tokens() {
        return course.tokens();
    }

    /**
     * The course of a search.
     *
     * @param candidates every candidate answered so far, round by round in dispatch order
     * @param passes begun
     * @param tokens what they cost
     */
    public record Course(List<CandidateOutcome> candidates, int passes, TokenAccount tokens) {
        public Course {
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * Objective and perplexities on the search documents.
     *
     * @param objectiveBefore J of the unscaled quantized model
     * @param objectiveAfter J of the best scales so far
     * @param gain ln before - ln after
     * @param gainInterval the same with its interval over documents; optimistic, for the winner was chosen on them
     * @param perplexitiesBefore by length
     * @param perplexitiesAfter by length
     */
    public record SearchFigures(
            double objectiveBefore,
            double objectiveAfter,
            double gain,
            Interval gainInterval,
            Map<Integer, Double> perplexitiesBefore,
            Map<Integer, Double> perplexitiesAfter) {
        public SearchFigures {
            perplexitiesBefore = Collections.unmodifiableMap(new TreeMap<>(perplexitiesBefore));
            perplexitiesAfter = Collections.unmodifiableMap(new TreeMap<>(perplexitiesAfter));
        }
    }

    /**
     * One band, or one band of a group of layers.
     *
     * @param index cell of the study's partition: from 0, highest frequency first, group after group
     * @param diagnosis IP, phase deviation, pooled TIR, search window and why
     * @param grid scales of pass 1, rising, 1 among them
     * @param scale the best so far
     * @param onEdge whether the scale lies on or beyond an edge of the search window
     * @param layers TIR per layer of its group
     */
    public record BandOutcome(
            int index,
            BandDiagnosis diagnosis,
            List<Double> grid,
            double scale,
            boolean onEdge,
            List<LayerTails> layers) {
        public BandOutcome {
            grid = List.copyOf(grid);
            layers = List.copyOf(layers);
        }
    }

    /** TIR_W, before rotation, and TIR_A, after it, of one layer; NaN when unknown. */
    public record LayerTails(int layer, double tirWeights, double tirActivations) {}

    /**
     * One candidate.
     *
     * @param visit when it was tried, and against whom
     * @param windowsSeen windows that its decision rests on; for a failed trial 0
     * @param score J and the gain over the reference, over the documents that its round reads; unknown unless finished
     * @param verdict the statistic that stopped it; null unless stopped
     * @param promoted whether its band, or pass, ended with it as the incumbent
     * @param cause why it failed or where it diverged; empty otherwise
     */
    public record CandidateOutcome(
            String label,
            Visit visit,
            BandScales scales,
            Ending ending,
            int windowsSeen,
            CandidateScore score,
            @Nullable Verdict verdict,
            boolean promoted,
            String cause) {
        /** J, NaN unless finished. */
        public double objective() {
            return score.objective().estimate();
        }

        /** ln J(reference) - ln J(candidate), NaN unless finished. */
        public double gain() {
            return score.gain().estimate();
        }

        public int pass() {
            return visit.pass();
        }

        /** The band searched, or {@link Round#ALL_BANDS}. */
        public int band() {
            return visit.band();
        }

        public String reference() {
            return visit.reference();
        }
    }

    /**
     * When a candidate was tried.
     *
     * @param pass from 1
     * @param band the band searched, or {@link Round#ALL_BANDS}
     * @param reference label of the trial it was raced against
     */
    public record Visit(int pass, int band, String reference) {}

    /**
     * Forward tokens of candidates' trials, as this study's decisions needed them.
     *
     * @param spent up to where each was stopped; sharing between studies may have saved some of these too
     * @param exhaustive had every candidate of every grid visited been evaluated in full
     */
    public record TokenAccount(long spent, long exhaustive) {
        public long saved() {
            return exhaustive - spent;
        }
    }

    public StudyOutcome {
        bands = List.copyOf(bands);
        Map<Setting, HeldOutFigures> figures = new EnumMap<>(Setting.class);
        figures.putAll(heldOut);
        heldOut = Collections.unmodifiableMap(figures);
        notes = List.copyOf(notes);
    }
}
