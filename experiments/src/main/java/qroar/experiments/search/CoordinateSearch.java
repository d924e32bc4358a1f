package qroar.experiments.search;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Band after band in order of sensitivity (Q-ROAR, arXiv 2509.14391, section 3.4): every candidate of the band's grid is
 * raced against the incumbent at the band's start, and the best is promoted when the band is complete and it gains more
 * than {@code min-gain}. Passes repeat, each on a grid half as coarse around the incumbent (see {@link BandGrid}), until
 * one gains nothing.
 */
final class CoordinateSearch implements SearchStrategy {
    static final StrategyForm FORM = new StrategyForm(
            CoordinateSearch.class,
            "coordinate",
            "band after band, all candidates",
            1,
            StrategyForm.ANY,
            beginning -> begin(beginning.space(), beginning.baseline()));

    private final SearchSpace space;
    private final Incumbent incumbent;
    private final @Nullable BandWalk walk;
    private final @Nullable Round round;

    private CoordinateSearch(SearchSpace space, Incumbent incumbent, @Nullable BandWalk start) {
        this.space = space;
        this.incumbent = incumbent;
        BandWalk at = start;
        Round found = at == null ? null : roundOf(space, incumbent, at);
        while (at != null && found == null) {
            at = at.next(space, false);
            found = at == null ? null : roundOf(space, incumbent, at);
        }
        this.walk = at;
        this.round = found;
    }

    static CoordinateSearch begin(SearchSpace space, Incumbent baseline) {
        return new CoordinateSearch(space, baseline, space.maxPasses() < 1 ? null : BandWalk.START);
    }

    /** Null when the grid of the band holds nothing but the incumbent. */
    private static @Nullable Round roundOf(SearchSpace space, Incumbent incumbent, BandWalk at) {
        int band = at.band(space);
        int[] positions = space.grids()
                .get(band)
                .candidates(at.pass(), incumbent.positions().get(band));
        List<Candidate> candidates =
                space.alongBand(at.pass(), incumbent.positions(), band, positions, space.minGain());
        return candidates.isEmpty() ? null : new Round(at.pass(), band, incumbent, candidates, candidates.size());
    }

    @Override
    public @Nullable Round round() {
        return round;
    }

    @Override
    public Incumbent incumbent() {
        return incumbent;
    }

    @Override
    public SearchStrategy advance(List<Incumbent> evaluated) {
        if (walk == null) {
            throw new IllegalStateException("the search is over");
        }
        Incumbent best = SearchStrategy.best(incumbent, evaluated, space.minGain());
        return new CoordinateSearch(space, best, walk.next(space, best != incumbent));
    }
}
