package qroar.experiments.search;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import qroar.experiments.trial.TrialLabel;

/**
 * Successive parabolic interpolation (Brent 1973, chapter 5) along one band after the other, on few documents first. The
 * loss is smooth in log-scale, so three points tell where a band's best scale lies, more finely than a grid could: both
 * neighbours of the incumbent, one step of the grid away, are measured, then the peak of the parabola through the three
 * where it promises enough beyond them; the best of all is where the next band starts.
 *
 * <p>Pass 1 reads {@code documents} documents. Each later pass halves the step, doubles the documents and, the curvatures
 * being known, needs one neighbour of each incumbent; passes end when one gains and promises nothing. Coarse steps differ by more than
 * documents do; finer ones need more of them. Where the passes end is raced against the unscaled model on all documents,
 * and chosen if it gains more than {@code min-gain} there; else nothing is chosen. Most tokens of the other strategies go
 * to full evaluations of points that the next step beats; here two points are evaluated in full.
 *
 * <p>What this promises: the gain of the chosen scales is measured in full, not only on what they were found on. What it
 * does not: that no candidate would have been better. {@link CoordinateSearch} and {@link LineSearch} bound the
 * probability of giving one up, at several times the cost; docs/search-cost.md compares what all of them end with.
 *
 * <p>Tried and rejected: the joint peak of all bands' parabolas from a common start in later passes. It costs less and
 * can be measured in parallel, but bands act on each other: on stories260K it ended 0.3 % above where visits one by one do.
 */
final class ParabolicSearch implements SearchStrategy {
    static final StrategyForm FORM = new StrategyForm(
            ParabolicSearch.class,
            "parabolic",
            "band after band to the peak of a parabola, on few documents; what it finds is confirmed on all of them (costs a"
                    + " fraction of the others, see search-cost.md)",
            ParabolicSearch.RESOLUTION,
            StrategyForm.ANY,
            beginning -> begin(
                    beginning.space(),
                    beginning.baseline(),
                    beginning.onFirst(),
                    beginning.screenDocuments(),
                    beginning.documents()));

    /** Positions per step of pass 1: peaks are found to a thirty-second of a step. */
    static final int RESOLUTION = 32;

    /** What a point must gain that is wanted whatever it gains. */
    private static final double ANYTHING = Double.NEGATIVE_INFINITY;

    private enum Phase {
        START,
        NEIGHBOURS,
        PEAK,
        CONFIRM,
        OVER
    }

    /**
     * What does not change.
     *
     * @param baseline where the search begins, on all documents: the unscaled model or a common scale
     * @param baselineOnFirst the same on the first n of them
     * @param first documents that pass 1 reads
     * @param all documents there are
     */
    private record Ground(
            SearchSpace space, Incumbent baseline, IntFunction<Incumbent> baselineOnFirst, int first, int all) {
        int documents(int pass) {
            return (int) Math.min(all, (long) first << Math.min(30, pass - 1));
        }

        Incumbent baselineOf(int pass) {
            return baselineOnFirst.apply(documents(pass));
        }
    }

    private final Ground ground;
    private final Phase phase;
    /** Where the search stands, on the documents of its pass or, while that begins, of the one before. */
    private final Incumbent start;
    /** Points of the band that is visited, by position, the start among them. */
    private final TreeMap<Integer, Incumbent> measured;
    /** Of each band, in gain per squared position; NaN while it is not known to be positive. */
    private final double[] curvatures;

    private final @Nullable BandWalk walk;
    private final Incumbent chosen;
    private final @Nullable Round round;

    private ParabolicSearch(
            Ground ground,
            Phase phase,
            Incumbent start,
            TreeMap<Integer, Incumbent> measured,
            double[] curvatures,
            @Nullable BandWalk walk,
            Incumbent chosen,
            @Nullable Round round) {
        this.ground = ground;
        this.phase = phase;
        this.start = start;
        this.measured = measured;
        this.curvatures = curvatures;
        this.walk = walk;
        this.chosen = chosen;
        this.round = round;
    }

    /**
     * @param baseline where the search begins, on all documents: the unscaled model or a common scale
     * @param baselineOnFirst the same on the first so many documents
     * @param first documents that pass 1 reads
     * @param all documents there are
     */
    static SearchStrategy begin(
            SearchSpace space, Incumbent baseline, IntFunction<Incumbent> baselineOnFirst, int first, int all) {
        Ground ground = new Ground(space, baseline, baselineOnFirst, first, all);
        double[] unknown = new double[space.grids().size()];
        Arrays.fill(unknown, Double.NaN);
        return new ParabolicSearch(
                        ground, Phase.OVER, ground.baselineOf(1), new TreeMap<>(), unknown, null, baseline, null)
                .enter(space.maxPasses() < 1 ? null : BandWalk.START);
    }

    @Override
    public @Nullable Round round() {
        return round;
    }

    /** Nothing is chosen on some documents only. */
    @Override
    public Incumbent incumbent() {
        return chosen;
    }

    @Override
    public SearchStrategy advance(List<Incumbent> evaluated) {
        return switch (phase) {
            case START -> startMeasured(evaluated);
            case NEIGHBOURS -> neighboursMeasured(evaluated);
            case PEAK -> leave(with(evaluated), curvatures, 0);
            case CONFIRM ->
                over(SearchStrategy.best(
                        ground.baseline(), evaluated, ground.space().minGain()));
            case OVER -> throw new IllegalStateException("the search is over");
        };
    }

    /**
     * A peak is the best of its band or it is not, and either way the next band's neighbours are known; the start of a pass is
     * measured again for its losses alone; and in a pass whose curvatures are known most bands stay where they are.
     */
    @Override
    public List<SearchStrategy> foreseen() {
        Round open = round;
        if (open == null) {
            return List.of();
        }
        List<SearchStrategy> next = new ArrayList<>();
        Incumbent better = made(open.candidates().get(0), open);
        switch (phase) {
            case PEAK, CONFIRM -> {
                next.add(advance(List.of(better)));
                next.add(advance(List.of()));
            }
            case START -> next.add(advance(List.of(better)));
            case NEIGHBOURS -> next.add(advance(List.of()));
            case OVER -> {}
        }
        return next;
    }

    /** The candidate as it would be if it were better than all others. */
    private Incumbent made(Candidate candidate, Round in) {
        Incumbent like = phase == Phase.START ? ground.baselineOf(in.pass()) : in.reference();
        double least = measured.values().stream()
                .mapToDouble(Incumbent::objective)
                .filter(Double::isFinite)
                .min()
                .orElse(like.objective());
        double lower = Math.min(least, like.objective())
                * StrictMath.exp(-2 * (1e-3 + ground.space().minGain()));
        return new Incumbent(candidate.label(), candidate.positions(), candidate.scales(), like.nllNats(), lower);
    }

    /** The first band from there on that has neighbours to offer; null ends the passes. */
    private ParabolicSearch enter(@Nullable BandWalk from) {
        for (BandWalk at = from; at != null; at = at.next(ground.space(), false)) {
            List<Integer> neighbours = neighbours(at);
            if (!neighbours.isEmpty()) {
                return needsMoreDocuments(at.pass())
                        ? measureStart(at)
                        : measure(Phase.NEIGHBOURS, at, fromStart(at), curvatures, neighbours);
            }
        }
        return confirm(from == null ? ground.space().maxPasses() : from.pass());
    }

    private static boolean isBaseline(Incumbent point) {
        return point.positions().stream().allMatch(position -> position == 0);
    }

    private boolean needsMoreDocuments(int pass) {
        return start.nllNats().length < ground.baselineOf(pass).nllNats().length;
    }

    private TreeMap<Integer, Incumbent> fromStart(BandWalk at) {
        TreeMap<Integer, Incumbent> points = new TreeMap<>();
        points.put(start.positions().get(at.band(ground.space())), start);
        return points;
    }

    private ParabolicSearch measureStart(BandWalk at) {
        Incumbent reference = ground.baselineOf(at.pass());
        if (isBaseline(start)) {
            return standingAt(reference).enter(at);
        }
        Candidate same = new Candidate(TrialLabel.start(at.pass()), start.positions(), start.scales(), ANYTHING);
        Round again = new Round(at.pass(), Round.ALL_BANDS, reference, List.of(same), 0, ground.documents(at.pass()));
        return new ParabolicSearch(ground, Phase.START, start, measured, curvatures, at, chosen, again);
    }

    private ParabolicSearch startMeasured(List<Incumbent> evaluated) {
        BandWalk at = Objects.requireNonNull(walk);
        // A start that cannot be measured where it is needed is no start.
        return standingAt(evaluated.isEmpty() ? ground.baselineOf(at.pass()) : evaluated.get(0))
                .enter(at);
    }

    private ParabolicSearch standingAt(Incumbent point) {
        return new ParabolicSearch(ground, Phase.OVER, point, measured, curvatures, walk, chosen, null);
    }

    /** Two positions beside the incumbent, or one where the curvature is known; none where the grid offers none. */
    private List<Integer> neighbours(BandWalk at) {
        int band = at.band(ground.space());
        BandGrid grid = ground.space().grids().get(band);
        int centre = start.positions().get(band);
        int step = grid.step(at.pass());
        boolean curved = !Double.isNaN(curvatures[band]);
        List<Integer> positions = new ArrayList<>();
        // Towards 1 first: bands that moved early have been overtaken by the later ones.
        int towardsOne = centre > 0 ? -step : step;
        for (int side : new int[] {towardsOne, -towardsOne}) {
            if (grid.offers(at.pass(), centre, centre + side) && !(curved && positions.size() == 1)) {
                positions.add(centre + side);
            }
        }
        if (positions.size() == 1 && !curved) {
            int further = 2 * positions.get(0) - centre;
            if (grid.offers(at.pass(), centre, further)) {
                positions.add(further);
            }
        }
        return positions;
    }

    private ParabolicSearch measure(
            Phase next, BandWalk at, TreeMap<Integer, Incumbent> known, double[] learned, List<Integer> positions) {
        SearchSpace space = ground.space();
        int band = at.band(space);
        int[] rising = positions.stream().mapToInt(Integer::intValue).sorted().toArray();
        List<Candidate> candidates = space.alongBand(at.pass(), start.positions(), band, rising, ANYTHING);
        int exhaustive = next == Phase.NEIGHBOURS
                ? space.grids()
                        .get(band)
                        .candidates(at.pass(), start.positions().get(band))
                        .length
                : 0;
        Round wanted = new Round(at.pass(), band, start, candidates, exhaustive, ground.documents(at.pass()));
        return new ParabolicSearch(ground, next, start, known, learned, at, chosen, wanted);
    }

    private TreeMap<Integer, Incumbent> with(List<Incumbent> evaluated) {
        int band = Objects.requireNonNull(walk).band(ground.space());
        TreeMap<Integer, Incumbent> more = new TreeMap<>(measured);
        evaluated.forEach(point -> more.put(point.positions().get(band), point));
        return more;
    }

    private TreeMap<Integer, Double> gains(TreeMap<Integer, Incumbent> points) {
        TreeMap<Integer, Double> gains = new TreeMap<>();
        points.forEach((position, point) -> gains.put(position, start.gainOf(point)));
        gains.values().removeIf(gain -> !Double.isFinite(gain));
        return gains;
    }

    private ParabolicSearch neighboursMeasured(List<Incumbent> evaluated) {
        BandWalk at = Objects.requireNonNull(walk);
        int band = at.band(ground.space());
        TreeMap<Integer, Incumbent> points = with(evaluated);
        TreeMap<Integer, Double> gains = gains(points);
        Parabola parabola = Parabola.through(gains, curvatures[band]);
        if (parabola == null) {
            return leave(points, curvatures, 0);
        }
        double[] learned = curvatures.clone();
        learned[band] = parabola.curvature() > 0 ? parabola.curvature() : Double.NaN;
        int[] reach = ground.space()
                .grids()
                .get(band)
                .reach(at.pass(), start.positions().get(band));
        int peak = (int) Math.rint(parabola.peak(reach[0], reach[1]));
        double promise = parabola.gain(peak) - Parabola.best(gains).getValue();
        return points.containsKey(peak) || promise <= worthwhile(at.pass())
                ? leave(points, learned, promise)
                : measure(Phase.PEAK, at, points, learned, List.of(peak));
    }

    /** Smallest promise that is looked into: one document says little of less, and the second pass sees it more sharply. */
    private double worthwhile(int pass) {
        SearchSpace space = ground.space();
        return pass == 1 && space.maxPasses() > 1 ? 4 * space.minGain() : space.minGain();
    }

    /**
     * @param promise of a peak that was not measured; where it is more than min-gain it is reason enough for another pass
     */
    private ParabolicSearch leave(TreeMap<Integer, Incumbent> points, double[] learned, double promise) {
        BandWalk at = Objects.requireNonNull(walk);
        Incumbent best =
                Objects.requireNonNull(points.get(Parabola.best(gains(points)).getKey()));
        double minGain = ground.space().minGain();
        boolean promoted = start.gainOf(best) > minGain;
        Incumbent onwards = promoted ? best : start;
        return new ParabolicSearch(ground, Phase.OVER, onwards, points, learned, at, chosen, null)
                .enter(at.next(ground.space(), promoted || promise > minGain));
    }

    private ParabolicSearch confirm(int pass) {
        if (isBaseline(start)) {
            return over(ground.baseline());
        }
        double minGain = ground.space().minGain();
        if (start.nllNats().length == ground.baseline().nllNats().length) {
            return over(SearchStrategy.best(ground.baseline(), List.of(start), minGain));
        }
        Candidate found = new Candidate(TrialLabel.CONFIRM, start.positions(), start.scales(), minGain);
        Round all = new Round(pass, Round.ALL_BANDS, ground.baseline(), List.of(found), 0);
        return new ParabolicSearch(ground, Phase.CONFIRM, start, measured, curvatures, null, chosen, all);
    }

    private ParabolicSearch over(Incumbent end) {
        return new ParabolicSearch(ground, Phase.OVER, start, measured, curvatures, null, end, null);
    }
}
