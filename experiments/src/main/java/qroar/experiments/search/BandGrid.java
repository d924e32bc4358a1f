package qroar.experiments.search;

import java.util.List;
import java.util.stream.IntStream;
import qroar.experiments.diagnosis.SearchWindow;

/**
 * The scales that one band may take: a lattice in log-scale. Pass 1 offers G points of the search window, one step
 * apart; 1 is always exactly one of them, because the window is shifted by whole steps: with half-width h and centre c
 * the step is (width of the window after clipping to the hard bounds) / (G - 1), and as many steps lie below 1 as bring
 * the grid nearest to the window. Each further pass halves the step and centres the G points on the incumbent, so it
 * refines, and may also leave the window by half its width when the winner lay on its edge, within the hard bounds.
 *
 * <p>A position counts steps of the finest pass, so the same point has the same double in every pass, and trials that
 * meet it again share its result.
 *
 * @param finestStep log-scale between two neighbouring positions
 * @param passStep positions between neighbours in pass 1; a power of two
 * @param below points of pass 1 below 1
 * @param above points of pass 1 above 1
 * @param lowestScale hard lower bound
 * @param highestScale hard upper bound
 */
public record BandGrid(double finestStep, int passStep, int below, int above, double lowestScale, double highestScale) {
    /** Passes after which the step is not halved any more. */
    static final int MAX_HALVINGS = 10;

    /** The grid of a band's search window; a strategy that interpolates is given finer positions than its passes need. */
    public static BandGrid of(SearchWindow window, SearchSettings settings) {
        int halvings = Math.min(MAX_HALVINGS, Math.max(0, settings.maxPasses() - 1));
        int positions = Math.max(1 << halvings, settings.strategy().form().positions());
        return of(window, settings.gridSize(), positions);
    }

    /**
     * @param passStep positions between neighbours in pass 1; a power of two
     */
    static BandGrid of(SearchWindow window, int gridSize, int passStep) {
        int points = gridSize - 1;
        double low = window.lowLog();
        double high = window.highLog();
        int below = points == 0 || high <= low ? 0 : (int) Math.round(-low / (high - low) * points);
        int above = points - below;
        double step = points == 0 ? 0 : (high - low) / points;
        // Rounding to whole steps must not push an end over a hard bound.
        double hardLow = StrictMath.log(window.lowestScale());
        double hardHigh = StrictMath.log(window.highestScale());
        step = below == 0 ? step : Math.min(step, -hardLow / below);
        step = above == 0 ? step : Math.min(step, hardHigh / above);
        return new BandGrid(step / passStep, passStep, below, above, window.lowestScale(), window.highestScale());
    }

    /** The same steps where position 0 stands for this scale; the hard bounds stay where they are. */
    BandGrid around(double scale) {
        return new BandGrid(finestStep, passStep, below, above, lowestScale / scale, highestScale / scale);
    }

    /** The scale at a position, relative to that of position 0, where it is exactly 1. */
    public double scale(int position) {
        return StrictMath.exp(position * finestStep);
    }

    /** Scales of pass 1, rising, 1 among them. */
    public List<Double> scales() {
        return IntStream.rangeClosed(-below, above)
                .filter(steps -> steps == 0 || offers(1, 0, steps * passStep))
                .mapToObj(steps -> scale(steps * passStep))
                .toList();
    }

    /** Positions between neighbouring candidates of a pass, counted from 1. */
    int step(int pass) {
        return Math.max(1, passStep >> Math.min(MAX_HALVINGS, pass - 1));
    }

    /** Whether a pass offers this position when the incumbent of the band is at {@code centre}. */
    boolean offers(int pass, int centre, int position) {
        int step = step(pass);
        if ((position - centre) % step != 0 || !(finestStep > 0)) {
            return false;
        }
        int[] reach = reach(pass, centre);
        return position >= reach[0] && position <= reach[1];
    }

    /** Lowest and highest position that a pass may reach when the incumbent of the band is at {@code centre}. */
    int[] reach(int pass, int centre) {
        int step = step(pass);
        int half = (below + above) / 2;
        int low = pass == 1 ? -below * step : centre - half * step;
        int high = pass == 1 ? above * step : centre + half * step;
        // A little slack: the outermost point may be the hard bound itself, up to rounding.
        double hardLow = StrictMath.log(lowestScale) / finestStep - 1e-9;
        double hardHigh = StrictMath.log(highestScale) / finestStep + 1e-9;
        return new int[] {(int) Math.max(low, Math.ceil(hardLow)), (int) Math.min(high, Math.floor(hardHigh))};
    }

    /** All candidates of a pass but the centre itself, rising. */
    int[] candidates(int pass, int centre) {
        int step = step(pass);
        int reach = (below + above + 1) * 2;
        return IntStream.rangeClosed(-reach, reach)
                .filter(steps -> steps != 0)
                .map(steps -> centre + steps * step)
                .filter(position -> offers(pass, centre, position))
                .toArray();
    }

    /** Whether a pass offers no candidate beyond this position on one of its sides. */
    public boolean isEdge(int position) {
        int step = step(1);
        return finestStep > 0 && (position <= -below * step || position >= above * step);
    }
}
