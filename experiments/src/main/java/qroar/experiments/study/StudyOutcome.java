package qroar.experiments.study;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.Interval;
import qroar.experiments.search.BandDiagnosis;
import qroar.experiments.stopping.Verdict;
import qroar.protocol.rope.BandScales;

/**
 * What is known of a study: everything a report needs, at any moment of it.
 *
 * @param studyId the study
 * @param status how far it is
 * @param scales the best so far; the identity where nothing was searched
 * @param search what the search documents say; null until the baseline is measured
 * @param bands per band; empty before the diagnostics are in
 * @param candidates every candidate answered so far, round by round in dispatch order
 * @param passes passes begun
 * @param heldOut figures on held-out documents by setting ({@code baseline}, {@code unquantized}, {@code tuned},
 *     {@code control}), as far as measured
 * @param attribution null until all four are measured
 * @param tokens what the search cost
 * @param trials how many candidates came out how
 * @param notes for people: no-op, failures, winners on an edge, quantized beating unquantized
 */
public record StudyOutcome(
        String studyId,
        Status status,
        BandScales scales,
        @Nullable SearchFigures search,
        List<BandOutcome> bands,
        List<CandidateOutcome> candidates,
        int passes,
        Map<String, HeldOutFigures> heldOut,
        @Nullable Attribution attribution,
        TokenAccount tokens,
        Map<Ending, Integer> trials,
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

    /** How a candidate's trial ended. */
    public enum Ending {
        FINISHED,
        STOPPED,
        DIVERGED,
        FAILED
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
            perplexitiesBefore = java.util.Collections.unmodifiableMap(new TreeMap<>(perplexitiesBefore));
            perplexitiesAfter = java.util.Collections.unmodifiableMap(new TreeMap<>(perplexitiesAfter));
        }
    }

    /**
     * One band.
     *
     * @param index from 0, highest frequency first
     * @param diagnosis IP, phase deviation, pooled TIR, search window and why
     * @param grid scales of pass 1, rising, 1 among them
     * @param scale the best so far
     * @param onEdge whether the scale lies on or beyond an edge of the search window
     * @param layers TIR per layer
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

    /** TIR_W and TIR_A of one layer; NaN when unknown. */
    public record LayerTails(int layer, double beforeRotation, double afterRotation) {}

    /**
     * One candidate.
     *
     * @param band the band searched, or -1 when all were
     * @param reference label of the trial it was raced against
     * @param windowsSeen windows that its decision rests on; for a failed trial 0
     * @param objective J, over the documents that its round reads; NaN unless finished
     * @param gain ln J(reference) - ln J(candidate); NaN unless finished
     * @param verdict the statistic that stopped it; null unless stopped
     * @param promoted whether its band, or pass, ended with it as the incumbent
     * @param cause why it failed or where it diverged; empty otherwise
     */
    public record CandidateOutcome(
            String label,
            int pass,
            int band,
            BandScales scales,
            String reference,
            Ending ending,
            int windowsSeen,
            double objective,
            double gain,
            @Nullable Verdict verdict,
            boolean promoted,
            String cause) {}

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
        candidates = List.copyOf(candidates);
        heldOut = java.util.Collections.unmodifiableMap(new TreeMap<>(heldOut));
        trials = java.util.Collections.unmodifiableMap(new TreeMap<>(trials));
        notes = List.copyOf(notes);
    }
}
