package qroar.experiments.search;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.BadInput;

/**
 * The full product of the bands' grids, for few bands: it sees what bands do together. Passes repeat like those of
 * {@link CoordinateSearch}, on the refined product around the incumbent.
 */
final class JointSearch implements SearchStrategy {
    static final StrategyForm FORM = new StrategyForm(
            JointSearch.class,
            "joint",
            String.format(
                    Locale.ROOT,
                    "all combinations, at most %,d of them besides the unscaled model (grid to the power of bands)",
                    JointSearch.MAX_CANDIDATES),
            1,
            JointSearch::requireBounded,
            beginning -> begin(beginning.space(), beginning.baseline()));

    /** Evaluations of one pass at most: more is a typing error, or a year. The one place that says so. */
    public static final int MAX_CANDIDATES = 2_000;

    private final SearchSpace space;
    private final Incumbent incumbent;
    private final int pass;
    private final @Nullable Round round;

    private JointSearch(SearchSpace space, Incumbent incumbent, int pass, boolean goesOn) {
        this.space = space;
        this.incumbent = incumbent;
        this.pass = pass;
        List<Candidate> candidates = goesOn ? product(space, incumbent, pass) : List.of();
        this.round = candidates.isEmpty()
                ? null
                : new Round(pass, Round.ALL_BANDS, incumbent, candidates, candidates.size());
    }

    static JointSearch begin(SearchSpace space, Incumbent baseline) {
        return new JointSearch(space, baseline, 1, space.maxPasses() >= 1);
    }

    /** @throws BadInput when a pass may have more than {@value #MAX_CANDIDATES} candidates; no grid is wider than its size */
    static void requireBounded(int gridSize, int bands) {
        double candidates = StrictMath.pow(gridSize, bands) - 1;
        if (candidates > MAX_CANDIDATES) {
            throw new BadInput(String.format(
                    Locale.ROOT,
                    "key 'search.strategy' is 'joint', which means %d^%d - 1 = %.0f candidates; at most %d are allowed:"
                            + " use another strategy, fewer bands or a smaller grid",
                    gridSize,
                    bands,
                    candidates,
                    MAX_CANDIDATES));
        }
    }

    private static List<Candidate> product(SearchSpace space, Incumbent incumbent, int pass) {
        List<List<Integer>> points = List.of(List.of());
        for (int b = 0; b < space.grids().size(); b++) {
            int centre = incumbent.positions().get(b);
            List<Integer> choices = new ArrayList<>();
            choices.add(centre);
            for (int position : space.grids().get(b).candidates(pass, centre)) {
                choices.add(position);
            }
            choices.sort(null);
            List<List<Integer>> longer = new ArrayList<>();
            for (List<Integer> point : points) {
                for (int choice : choices) {
                    List<Integer> extended = new ArrayList<>(point);
                    extended.add(choice);
                    longer.add(extended);
                }
            }
            points = longer;
        }
        List<Candidate> candidates = new ArrayList<>();
        for (List<Integer> point : points) {
            if (!point.equals(incumbent.positions())) {
                candidates.add(new Candidate(label(space, pass, point), point, space.scales(point), space.minGain()));
            }
        }
        return candidates;
    }

    private static String label(SearchSpace space, int pass, List<Integer> point) {
        List<String> scales = new ArrayList<>();
        for (int b = 0; b < point.size(); b++) {
            scales.add(String.format(Locale.ROOT, "%.4f", space.scale(b, point.get(b))));
        }
        return TrialLabel.joint(pass, scales, point);
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
        Incumbent best = SearchStrategy.best(incumbent, evaluated, space.minGain());
        return new JointSearch(space, best, pass + 1, best != incumbent && pass < space.maxPasses());
    }
}
