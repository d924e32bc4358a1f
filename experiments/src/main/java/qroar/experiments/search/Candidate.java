package qroar.experiments.search;

import java.util.List;
import qroar.protocol.band.BandScales;

/**
 * A point that is raced against the incumbent of its round.
 *
 * @param label its trial's label
 * @param positions lattice position per band
 * @param scales the scales there
 * @param requiredGain the race is lost when the gain over the reference cannot reach this any more
 */
public record Candidate(String label, List<Integer> positions, BandScales scales, double requiredGain) {
    public Candidate {
        positions = List.copyOf(positions);
    }
}
