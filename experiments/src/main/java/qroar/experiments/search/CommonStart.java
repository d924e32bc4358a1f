package qroar.experiments.search;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;

/**
 * One scale for all bands first: a temperature of the attention's logits, which is the cheapest gain there is and the
 * control that bands have to beat. J is smooth in its logarithm, so three evaluations find it: half the widest search
 * window above 1 and below it, and the peak of the parabola through the two and the unscaled model, within that window.
 * All three read all documents, whatever the strategy begins with: a control that was tuned on one document is none. It
 * counts where it gains more than {@code min-gain}.
 *
 * <p>Then the strategy that the settings name begins: from the common scale, its grids centred there, or from the unscaled
 * model where the common scale is sought as a control only or has gained nothing.
 */
public final class CommonStart implements SearchStrategy {
    /** Of the rounds before pass 1. */
    public static final int PASS = 0;

    /** A point on each side and the peak. */
    public static final int EVALUATIONS = 3;

    /** Logarithms of common scales are whole multiples of one over this, and so the same on every platform. */
    private static final double PER_UNIT = 1e4;

    /** What a point must gain that is wanted whatever it gains. */
    private static final double ANYTHING = Double.NEGATIVE_INFINITY;

    private enum Phase {
        SIDES,
        PEAK,
        ONWARDS
    }

    /** What does not change. */
    private record Ground(SearchSettings settings, StrategyForm.Beginning beginning, StrategyForm.Cut cut) {
        Incumbent baseline() {
            return beginning.baseline();
        }

        SearchStrategy begin(StrategyForm.Beginning from) {
            return settings.strategy().form().starter().begin(from);
        }
    }

    private final Ground ground;
    private final Phase phase;
    /** The points measured so far, by {@code PER_UNIT} ln scale, the unscaled model among them. */
    private final TreeMap<Integer, Incumbent> measured;

    private final @Nullable Incumbent found;
    private final @Nullable Round round;
    private final @Nullable SearchStrategy onwards;

    private CommonStart(
            Ground ground,
            Phase phase,
            TreeMap<Integer, Incumbent> measured,
            @Nullable Incumbent found,
            @Nullable Round round,
            @Nullable SearchStrategy onwards) {
        this.ground = ground;
        this.phase = phase;
        this.measured = measured;
        this.found = found;
        this.round = round;
        this.onwards = onwards;
    }

    static SearchStrategy begin(SearchSettings settings, StrategyForm.Beginning beginning, StrategyForm.Cut cut) {
        Ground ground = new Ground(settings, beginning, cut);
        int[] reach = reach(settings.window());
        List<Candidate> sides = new ArrayList<>();
        for (int end : reach) {
            if (end / 2 != 0) {
                sides.add(candidate(ground, end / 2, ANYTHING));
            }
        }
        TreeMap<Integer, Incumbent> measured = new TreeMap<>();
        measured.put(0, ground.baseline());
        CommonStart start = new CommonStart(ground, Phase.SIDES, measured, null, null, null);
        return sides.isEmpty()
                ? start.goOn(ground.baseline())
                : start.measuring(Phase.SIDES, measured, new Round(PASS, Round.ALL_BANDS, ground.baseline(), sides, 0));
    }

    /** How far the common scale may move down and up: the widest search window, within the hard bounds. */
    private static int[] reach(SearchWindowSettings window) {
        double low = Math.max(-window.widest(), StrictMath.log(window.lowestScale()));
        double high = Math.min(window.widest(), StrictMath.log(window.highestScale()));
        return new int[] {(int) Math.ceil(low * PER_UNIT), (int) Math.floor(high * PER_UNIT)};
    }

    private static Candidate candidate(Ground ground, int position, double requiredGain) {
        SearchSpace space = ground.beginning().space();
        double scale = StrictMath.exp(position / PER_UNIT);
        // Six digits: neighbours on the lattice must not have one label.
        String label = TrialLabel.common(String.format(Locale.ROOT, "%.6f", scale));
        List<Integer> centre = Collections.nCopies(space.partition().cellCount(), 0);
        return new Candidate(label, centre, space.around(scale).scales(centre), requiredGain);
    }

    private CommonStart measuring(Phase next, TreeMap<Integer, Incumbent> points, Round wanted) {
        return new CommonStart(ground, next, points, null, wanted, null);
    }

    @Override
    public @Nullable Round round() {
        return onwards == null ? round : onwards.round();
    }

    @Override
    public Incumbent incumbent() {
        return onwards == null ? ground.baseline() : onwards.incumbent();
    }

    /** The common scale, for all bands; null before it is known, and where none gained more than {@code min-gain}. */
    public @Nullable BandScales common() {
        return found == null || found == ground.baseline() ? null : found.scales();
    }

    /** Where the strategy that follows begins: the common scale, or 1. */
    public double centre() {
        BandScales common = common();
        return common == null || ground.settings().common() != SearchSettings.Common.START ? 1 : common.scale(0);
    }

    /** Whether the common scale is known, if there is one. */
    public boolean isKnown() {
        return phase == Phase.ONWARDS;
    }

    @Override
    public SearchStrategy advance(List<Incumbent> evaluated) {
        return switch (phase) {
            case SIDES -> sidesMeasured(evaluated);
            case PEAK -> best(with(evaluated));
            case ONWARDS -> {
                if (onwards == null) {
                    throw new IllegalStateException("the search is over");
                }
                yield new CommonStart(ground, phase, measured, found, null, onwards.advance(evaluated));
            }
        };
    }

    @Override
    public List<SearchStrategy> foreseen() {
        List<SearchStrategy> wrapped = new ArrayList<>();
        if (onwards != null) {
            for (SearchStrategy next : onwards.foreseen()) {
                wrapped.add(new CommonStart(ground, phase, measured, found, null, next));
            }
        }
        return wrapped;
    }

    private TreeMap<Integer, Incumbent> with(List<Incumbent> evaluated) {
        TreeMap<Integer, Incumbent> points = new TreeMap<>(measured);
        for (Incumbent point : evaluated) {
            points.put((int) Math.rint(StrictMath.log(point.scales().scale(0)) * PER_UNIT), point);
        }
        return points;
    }

    private SearchStrategy sidesMeasured(List<Incumbent> evaluated) {
        TreeMap<Integer, Incumbent> points = with(evaluated);
        TreeMap<Integer, Double> gains = new TreeMap<>();
        points.forEach(
                (position, point) -> gains.put(position, ground.baseline().gainOf(point)));
        gains.values().removeIf(gain -> !Double.isFinite(gain));
        Parabola parabola = Parabola.through(gains, Double.NaN);
        int[] reach = reach(ground.settings().window());
        int peak =
                parabola == null ? Parabola.best(gains).getKey() : (int) Math.rint(parabola.peak(reach[0], reach[1]));
        if (points.containsKey(peak)) {
            return best(points);
        }
        Candidate candidate = candidate(ground, peak, ground.settings().minGain());
        return measuring(
                Phase.PEAK, points, new Round(PASS, Round.ALL_BANDS, ground.baseline(), List.of(candidate), 0));
    }

    private CommonStart best(TreeMap<Integer, Incumbent> points) {
        List<Incumbent> others = new ArrayList<>(points.values());
        others.remove(ground.baseline());
        return goOn(
                SearchStrategy.best(ground.baseline(), others, ground.settings().minGain()));
    }

    private CommonStart goOn(Incumbent best) {
        StrategyForm.Beginning beginning = ground.beginning();
        boolean moves = best != ground.baseline() && ground.settings().common() == SearchSettings.Common.START;
        StrategyForm.Beginning from = !moves
                ? beginning
                : new StrategyForm.Beginning(
                        beginning.space().around(best.scales().scale(0)),
                        best,
                        documents -> ground.cut().first(best, documents),
                        beginning.documents(),
                        beginning.screenDocuments());
        return new CommonStart(ground, Phase.ONWARDS, measured, best, null, ground.begin(from));
    }
}
