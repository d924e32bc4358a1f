package qroar.experiments.search;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Band after band, outward from the incumbent: the loss is close to unimodal in each band's log-scale, so few candidates
 * of the grid are needed. First both neighbours are raced against the incumbent; then the better side is walked, each
 * step raced against the best point of the band so far, until a step does not gain or the grid ends. When both neighbours
 * gain more than {@code min-gain}, the incumbent lies on a hump, unimodality is contradicted, and the rest of the grid is
 * raced as {@link CoordinateSearch} would.
 *
 * <p>Where the slope of J is known (a gradient start), pass 1 begins with the neighbour on the side of falling J alone;
 * the other one is raced only when that one does not gain, against what the slope promised. Later passes race both: the
 * slope was taken before anything moved.
 *
 * <p>A step is given up when it cannot gain {@code min-gain * (2k-1)/k^2}, k being the steps left to the end of the grid
 * on its side: on a parabola whose vertex lies k steps away the first step gains (2k-1)/k^2 of the whole, so giving up
 * smaller ones loses less than {@code min-gain} in the band. What the band found is promoted when it gains more than
 * {@code min-gain} over the incumbent at the band's start.
 */
final class LineSearch implements SearchStrategy {
    static final StrategyForm FORM = new StrategyForm(
            LineSearch.class,
            "line",
            "band after band, outward from the incumbent while it gains",
            1,
            StrategyForm.ANY,
            beginning -> begin(beginning.space(), beginning.baseline()));

    private static final int BOTH_SIDES = 0;

    private final SearchSpace space;
    private final Incumbent start;
    private final Incumbent best;
    private final @Nullable BandWalk walk;
    private final TreeSet<Integer> seen;
    private final @Nullable Round round;
    /** -1 or 1 while a side is walked, the first step of a slope's side included. */
    private final int side;

    private LineSearch(
            SearchSpace space,
            Incumbent start,
            Incumbent best,
            @Nullable BandWalk walk,
            TreeSet<Integer> seen,
            int side,
            @Nullable Round round) {
        this.space = space;
        this.start = start;
        this.best = best;
        this.walk = walk;
        this.seen = seen;
        this.side = side;
        this.round = round;
    }

    static LineSearch begin(SearchSpace space, Incumbent baseline) {
        return enter(space, baseline, space.maxPasses() < 1 ? null : BandWalk.START);
    }

    /** At the start of a band; bands whose grid offers nothing are passed over. */
    private static LineSearch enter(SearchSpace space, Incumbent incumbent, @Nullable BandWalk start) {
        for (BandWalk at = start; at != null; at = at.next(space, false)) {
            int band = at.band(space);
            int centre = incumbent.positions().get(band);
            BandGrid grid = space.grids().get(band);
            int step = grid.step(at.pass());
            int side = at.pass() == 1 ? falling(space.slopes().get(band)) : BOTH_SIDES;
            List<Candidate> candidates = new ArrayList<>();
            if (side != BOTH_SIDES) {
                candidates.addAll(step(space, at, incumbent, centre, side * step));
            }
            if (candidates.isEmpty()) {
                side = BOTH_SIDES;
                for (int sign : new int[] {-1, 1}) {
                    candidates.addAll(step(space, at, incumbent, centre, sign * step));
                }
            }
            if (!candidates.isEmpty()) {
                int exhaustive = grid.candidates(at.pass(), centre).length;
                Round round = new Round(at.pass(), band, incumbent, candidates, exhaustive);
                return new LineSearch(space, incumbent, incumbent, at, new TreeSet<>(), side, round);
            }
        }
        return new LineSearch(space, incumbent, incumbent, null, new TreeSet<>(), BOTH_SIDES, null);
    }

    /** The side on which J falls; both where the slope says nothing. */
    private static int falling(double slope) {
        return slope > 0 ? -1 : slope < 0 ? 1 : BOTH_SIDES;
    }

    /** The candidate one step beyond a position, if the grid of the pass offers it. */
    private static List<Candidate> step(SearchSpace space, BandWalk at, Incumbent start, int from, int step) {
        int band = at.band(space);
        BandGrid grid = space.grids().get(band);
        int centre = start.positions().get(band);
        int stepsLeft = 0;
        while (grid.offers(at.pass(), centre, from + (stepsLeft + 1) * step)) {
            stepsLeft++;
        }
        if (stepsLeft == 0) {
            return List.of();
        }
        double required = space.minGain() * (2 * stepsLeft - 1) / ((double) stepsLeft * stepsLeft);
        return space.alongBand(at.pass(), start.positions(), band, new int[] {from + step}, required);
    }

    @Override
    public @Nullable Round round() {
        return round;
    }

    /** A walk that has gained enough counts already, though its band is not complete. */
    @Override
    public Incumbent incumbent() {
        return start.gainOf(best) > space.minGain() ? best : start;
    }

    @Override
    public SearchStrategy advance(List<Incumbent> evaluated) {
        if (walk == null || round == null) {
            throw new IllegalStateException("the search is over");
        }
        int band = walk.band(space);
        TreeSet<Integer> seenNow = new TreeSet<>(seen);
        round.candidates().forEach(c -> seenNow.add(c.positions().get(band)));
        Incumbent found = SearchStrategy.best(best, evaluated, 0);
        if (side == BOTH_SIDES
                && evaluated.stream()
                                .filter(e -> start.gainOf(e) > space.minGain())
                                .count()
                        > 1) {
            int[] rest = IntStream.of(space.grids()
                            .get(band)
                            .candidates(walk.pass(), start.positions().get(band)))
                    .filter(position -> !seenNow.contains(position))
                    .toArray();
            List<Candidate> candidates = space.alongBand(walk.pass(), start.positions(), band, rest, space.minGain());
            return candidates.isEmpty() ? leave(found) : on(found, seenNow, BOTH_SIDES, candidates);
        }
        boolean gains = found != best;
        if (!gains && side != BOTH_SIDES && seen.isEmpty()) {
            int centre = start.positions().get(band);
            int back = -side * space.grids().get(band).step(walk.pass());
            List<Candidate> other = step(space, walk, start, centre, back);
            return other.isEmpty() ? leave(found) : on(found, seenNow, -side, other);
        }
        boolean wasWholeGrid = side == BOTH_SIDES && !seen.isEmpty();
        if (!gains || wasWholeGrid) {
            return leave(found);
        }
        int from = found.positions().get(band);
        int direction = Integer.signum(from - start.positions().get(band));
        int step = space.grids().get(band).step(walk.pass());
        List<Candidate> candidates = step(space, walk, start, from, direction * step);
        return candidates.isEmpty() ? leave(found) : on(found, seenNow, direction, candidates);
    }

    private LineSearch on(Incumbent found, TreeSet<Integer> seenNow, int direction, List<Candidate> candidates) {
        if (walk == null) {
            throw new IllegalStateException("the search is over");
        }
        Round next = new Round(walk.pass(), walk.band(space), found, candidates, 0);
        return new LineSearch(space, start, found, walk, seenNow, direction, next);
    }

    private LineSearch leave(Incumbent found) {
        if (walk == null) {
            throw new IllegalStateException("the search is over");
        }
        boolean promoted = start.gainOf(found) > space.minGain();
        return enter(space, promoted ? found : start, walk.next(space, promoted));
    }
}
