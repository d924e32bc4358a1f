package qroar.experiments.search;

import java.util.List;

/**
 * Candidates that are raced at the same time against the same reference. Nothing is decided before all of them are
 * answered, so decisions do not depend on which answer comes first.
 *
 * @param pass from 1
 * @param band the band that is searched, or {@link #ALL_BANDS}
 * @param reference what the candidates' windows are paired with
 * @param candidates in dispatch order
 * @param exhaustiveCandidates evaluations that this round stands for when every candidate of every grid is evaluated in
 *     full; 0 for later rounds of the same grid
 * @param documents how many of the plan's first documents are read, and decided on
 */
public record Round(
        int pass, int band, Incumbent reference, List<Candidate> candidates, int exhaustiveCandidates, int documents) {
    public static final int ALL_BANDS = -1;
    public static final int ALL_DOCUMENTS = Integer.MAX_VALUE;

    public Round {
        candidates = List.copyOf(candidates);
    }

    /** Whether a candidate may be given up; else all are wanted to the end. */
    public boolean isRace() {
        return candidates.stream().anyMatch(candidate -> candidate.requiredGain() > Double.NEGATIVE_INFINITY);
    }

    /** A round on all documents. */
    Round(int pass, int band, Incumbent reference, List<Candidate> candidates, int exhaustiveCandidates) {
        this(pass, band, reference, candidates, exhaustiveCandidates, ALL_DOCUMENTS);
    }
}
