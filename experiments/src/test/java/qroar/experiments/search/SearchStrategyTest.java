package qroar.experiments.search;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.experiments.diagnosis.SearchWindow;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;

/** What holds of every strategy. */
class SearchStrategyTest {
    private static final BandPartition PARTITION = BandPartition.logSpaced(8, 2);
    private static final Incumbent BASELINE = measured("baseline", List.of(0, 0), new double[] {1, 1});

    @Test
    void everyStrategyIsListed() {
        assertThat(Arrays.stream(Strategy.values())
                        .map(strategy -> strategy.form().type())
                        .collect(Collectors.<Class<?>>toList()))
                .containsExactlyInAnyOrderElementsOf(Arrays.stream(SearchStrategy.class.getPermittedSubclasses())
                        // Comes before whichever is named.
                        .filter(type -> type != CommonStart.class)
                        .toList());
        assertThat(Arrays.stream(Strategy.values()).map(Strategy::word)).doesNotHaveDuplicates();
    }

    /** On a bowl around (0.1, -0.1) in log-scale: every strategy ends, never worse than it began, whatever arrives first. */
    @ParameterizedTest
    @EnumSource(Strategy.class)
    void everyStrategyEndsWithABetterPointWhateverArrivesFirst(Strategy strategy) {
        SearchStrategy inOrder = run(strategy, false);
        SearchStrategy reversed = run(strategy, true);
        assertThat(inOrder).isInstanceOf(strategy.form().type());
        assertThat(inOrder.incumbent().positions())
                .isEqualTo(reversed.incumbent().positions());
        if (strategy == Strategy.NONE) {
            assertThat(inOrder.incumbent()).isEqualTo(BASELINE);
        } else {
            assertThat(inOrder.incumbent().objective()).isLessThan(0.99 * BASELINE.objective());
        }
    }

    private static SearchStrategy run(Strategy strategy, boolean reversed) {
        SearchSettings settings = new SearchSettings(
                strategy,
                5,
                0.0005,
                2,
                1,
                new SearchWindowSettings(0.2, 0.1, 0, 0.999, 0.5, 2),
                SearchSettings.Start.DIAGNOSTICS);
        BandGrid grid = BandGrid.of(SearchWindow.of(settings.window(), 1, 1, 1), settings);
        SearchSpace space = new SearchSpace(
                PARTITION,
                ScaleMode.SHARED,
                List.of(grid, grid),
                List.of(0, 1),
                List.of(Double.NaN, Double.NaN),
                settings.minGain(),
                settings.maxPasses());
        SearchStrategy.requireBounded(settings, 2);
        SearchStrategy state = SearchStrategy.begin(settings, space, BASELINE, (point, documents) -> point, 4);
        int rounds = 0;
        for (Round round = state.round(); round != null; round = state.round()) {
            assertThat(rounds++).as("rounds of " + strategy).isLessThan(200);
            List<Incumbent> evaluated = new ArrayList<>();
            for (Candidate candidate : round.candidates()) {
                evaluated.add(measured(
                        candidate.label(),
                        candidate.positions(),
                        candidate.scales().scales()));
            }
            if (reversed) {
                Collections.reverse(evaluated);
            }
            state = state.advance(evaluated);
        }
        return state;
    }

    private static Incumbent measured(String label, List<Integer> positions, double[] scales) {
        double a = Math.log(scales[0]) - 0.1;
        double b = Math.log(scales[1]) + 0.1;
        return new Incumbent(
                label,
                positions,
                new BandScales(PARTITION, ScaleMode.SHARED, scales),
                new double[] {1, 1},
                Math.exp(2 * (a * a + b * b)));
    }
}
