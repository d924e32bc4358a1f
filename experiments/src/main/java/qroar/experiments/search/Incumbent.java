package qroar.experiments.search;

import java.util.List;
import qroar.protocol.band.BandScales;

/**
 * A fully evaluated point.
 *
 * @param label the trial that measured it
 * @param positions lattice position per band
 * @param scales the scales there
 * @param nllNats its window losses on the search plan, or on the first documents of it while few are read; copied
 * @param objective J over these
 */
public record Incumbent(String label, List<Integer> positions, BandScales scales, double[] nllNats, double objective) {
    public Incumbent {
        positions = List.copyOf(positions);
        nllNats = nllNats.clone();
    }

    @Override
    public double[] nllNats() {
        return nllNats.clone();
    }

    /** Relative fall of the objective from this point to another: ln J(this) - ln J(other). Positive: other is better. */
    public double gainOf(Incumbent other) {
        return StrictMath.log(objective) - StrictMath.log(other.objective);
    }
}
