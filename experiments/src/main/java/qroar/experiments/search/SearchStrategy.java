package qroar.experiments.search;

import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import qroar.protocol.BadInput;

/**
 * The order in which the space of scales is walked, as an immutable state machine: it offers a round, is advanced with
 * the candidates of that round that were evaluated to the end, and offers the next one until it is satisfied. Candidates
 * that were stopped, diverged or failed are simply not among those. Each strategy is a file of its own, and a constant of
 * {@link Strategy}.
 */
public sealed interface SearchStrategy
        permits CoordinateSearch, LineSearch, ParabolicSearch, JointSearch, NoSearch, CommonStart {
    /** All strategies, in the order in which they are listed. */
    enum Strategy {
        COORDINATE(CoordinateSearch.FORM),
        LINE(LineSearch.FORM),
        PARABOLIC(ParabolicSearch.FORM),
        JOINT(JointSearch.FORM),
        NONE(NoSearch.FORM);

        private final StrategyForm form;

        Strategy(StrategyForm form) {
            this.form = form;
        }

        StrategyForm form() {
            return form;
        }

        public String word() {
            return form.word();
        }

        /** What it does, for the reference; without a full stop. */
        public String help() {
            return form.help();
        }
    }

    /** What is raced now; null when the search is over. */
    @Nullable Round round();

    /** The point that would be chosen if the search ended now. */
    Incumbent incumbent();

    /**
     * The state after a round.
     *
     * @param evaluated those candidates of the current round that were fully evaluated, in any order
     */
    SearchStrategy advance(List<Incumbent> evaluated);

    /**
     * What this state may become when its round is complete, the likeliest first: with figures that are made up, so of such a
     * state only what it asks for next means anything. A guess for idle workers; nothing is decided by it. None where many
     * candidates are raced at a time, for they keep workers busy.
     */
    default List<SearchStrategy> foreseen() {
        return List.of();
    }

    default boolean isOver() {
        return round() == null;
    }

    /**
     * The strategy that the settings name, at its start.
     *
     * @param baseline the unscaled model on all documents
     * @param onFirst a point as the first so many documents tell of it
     * @param documents that there are
     */
    static SearchStrategy begin(
            SearchSettings settings,
            SearchSpace space,
            Incumbent baseline,
            BiFunction<Incumbent, Integer, Incumbent> onFirst,
            int documents) {
        StrategyForm.Beginning beginning = new StrategyForm.Beginning(
                space, baseline, first -> onFirst.apply(baseline, first), documents, settings.screenDocuments());
        return settings.common() == SearchSettings.Common.UNSOUGHT || !settings.searches()
                ? settings.strategy().form().starter().begin(beginning)
                : CommonStart.begin(settings, beginning, onFirst::apply);
    }

    /**
     * Everything that a strategy may ask of a study, before it is begun.
     *
     * @throws BadInput for a joint search of more than {@value JointSearch#MAX_CANDIDATES} candidates a pass
     */
    static void requireBounded(SearchSettings settings, int bands) {
        settings.strategy().form().bounds().require(settings.gridSize(), bands);
    }

    /**
     * The best of a complete round, if it gains more than required: smallest J; of equal ones the nearest to the
     * reference, then the first in lattice order. NaN never wins.
     */
    static Incumbent best(Incumbent reference, List<Incumbent> evaluated, double minGain) {
        Incumbent best = reference;
        for (Incumbent candidate : evaluated) {
            boolean gains = reference.gainOf(candidate) > minGain;
            if (gains && (best == reference || precedes(reference, candidate, best))) {
                best = candidate;
            }
        }
        return best;
    }

    private static boolean precedes(Incumbent reference, Incumbent a, Incumbent b) {
        if (a.objective() != b.objective()) {
            return a.objective() < b.objective();
        }
        int nearer = Long.compare(distance(reference, a), distance(reference, b));
        return nearer != 0 ? nearer < 0 : compare(a.positions(), b.positions()) < 0;
    }

    private static long distance(Incumbent a, Incumbent b) {
        long sum = 0;
        for (int i = 0; i < a.positions().size(); i++) {
            sum += Math.abs(a.positions().get(i) - b.positions().get(i));
        }
        return sum;
    }

    private static int compare(List<Integer> a, List<Integer> b) {
        for (int i = 0; i < a.size(); i++) {
            if (!a.get(i).equals(b.get(i))) {
                return Integer.compare(a.get(i), b.get(i));
            }
        }
        return 0;
    }
}
