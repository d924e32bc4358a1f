package qroar.experiments.search;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import qroar.experiments.diagnosis.SearchWindow;
import qroar.experiments.diagnosis.SearchWindowSettings;

class SearchWindowTest {
    private static final SearchWindowSettings SETTINGS = new SearchWindowSettings(0.2, 0.02, 0.25, 0.999, 0.5, 2.0);

    @Test
    void halfWidthFollowsTheFormulaWithinItsBounds() {
        assertThat(SearchWindow.of(SETTINGS, 3, 3, 1).halfWidth()).isCloseTo(0.1, within(1e-15));
        assertThat(SearchWindow.of(SETTINGS, 0, 3, 1).halfWidth()).isEqualTo(0.2);
        assertThat(SearchWindow.of(SETTINGS, 3000, 3, 1).halfWidth()).isEqualTo(0.02);
        assertThat(SearchWindow.of(SETTINGS, 5, 0, 1).halfWidth()).isEqualTo(0.2);
    }

    @Test
    void inflatedTailsShiftDownButNeverPastOne() {
        SearchWindow doubled = SearchWindow.of(SETTINGS, 0, 3, 2);
        assertThat(doubled.shift()).isCloseTo(0.25 * Math.log(2), within(1e-6));
        assertThat(doubled.lowLog()).isCloseTo(-0.2 - doubled.shift(), within(1e-15));
        assertThat(SearchWindow.of(SETTINGS, 0, 3, 0.3).shift()).isZero();
        assertThat(SearchWindow.of(SETTINGS, 0, 3, Double.NaN).shift()).isZero();
        SearchWindow infinite = SearchWindow.of(SETTINGS, 0, 3, Double.POSITIVE_INFINITY);
        assertThat(infinite.shift()).isEqualTo(0.2);
        assertThat(infinite.highLog()).isZero();
    }

    @Test
    void theFiguresBehindAWindowAreToldInWords() {
        assertThat(SearchWindow.of(SETTINGS, 3, 1.5, Double.NaN).why())
                .isEqualTo("IP 3.000 rad is 2.00 times the median: half-width 0.0667; TIR unknown: not shifted");
        assertThat(SearchWindow.of(new SearchWindowSettings(0.2, 0.02, 0.25, 0.999, 0.9, 2.0), 0, 3, 1.5)
                        .why())
                .isEqualTo(
                        "IP 0.000 rad is 0.00 times the median: half-width 0.2000; TIR 1.500: shifted down by 0.1014;"
                                + " cut at the hard bounds 0.9..2.0");
    }

    @Test
    void lastDigitsOfTheDiagnosticsMakeNoOtherScales() {
        SearchWindow a = SearchWindow.of(SETTINGS, 3.1, 2.7, 1.9);
        SearchWindow b = SearchWindow.of(SETTINGS, Math.nextUp(3.1), 2.7, Math.nextDown(1.9));
        assertThat(BandGrid.of(a, 7, 2)).isEqualTo(BandGrid.of(b, 7, 2));
    }

    @Test
    void everyGridHoldsOneExactlyAndStaysInsideTheHardBounds() {
        Random random = new Random(3);
        for (int i = 0; i < 2000; i++) {
            double widest = 0.01 + random.nextDouble();
            SearchWindowSettings settings = new SearchWindowSettings(
                    widest, widest / 3, 0.5, 0.999, 1 - 0.6 * random.nextDouble(), 1 + 2 * random.nextDouble());
            int gridSize = 2 + random.nextInt(8);
            SearchWindow window = SearchWindow.of(settings, 5 * random.nextDouble(), 2, 4 * random.nextDouble());
            BandGrid grid = BandGrid.of(window, gridSize, 1 << random.nextInt(4));
            List<Double> scales = grid.scales();

            assertThat(scales).contains(1.0).hasSize(gridSize).isSorted();
            assertThat(scales.get(0)).isGreaterThanOrEqualTo(settings.lowestScale() * (1 - 1e-9));
            assertThat(scales.get(gridSize - 1)).isLessThanOrEqualTo(settings.highestScale() * (1 + 1e-9));
            for (int pass = 1; pass <= 3; pass++) {
                int[] around = grid.candidates(pass, 0);
                assertThat(Arrays.stream(around)).doesNotContain(0);
                assertThat(Arrays.stream(around).mapToObj(grid::scale))
                        .allMatch(s ->
                                s >= settings.lowestScale() * (1 - 1e-9) && s <= settings.highestScale() * (1 + 1e-9));
            }
        }
    }

    @Test
    void laterPassesHalveTheStepAroundTheIncumbent() {
        BandGrid grid = BandGrid.of(SearchWindow.of(SETTINGS, 0, 3, 1), 5, 4);
        int winner = grid.candidates(1, 0)[3];

        assertThat(Math.log(grid.scale(winner))).isCloseTo(0.2, within(1e-12));
        assertThat(grid.isEdge(winner)).isTrue();
        assertThat(Arrays.stream(grid.candidates(2, winner)).mapToDouble(p -> Math.log(grid.scale(p))))
                .usingElementComparator((a, b) -> Math.abs(a - b) < 1e-12 ? 0 : Double.compare(a, b))
                .containsExactly(0.1, 0.15, 0.25, 0.3);
        assertThat(grid.candidates(2, winner)[0]).isEqualTo(grid.candidates(1, 0)[2]);
    }

    @Test
    void aGridOfOneOffersNothing() {
        BandGrid grid = BandGrid.of(SearchWindow.of(SETTINGS, 0, 3, 1), 1, 2);
        assertThat(grid.candidates(1, 0)).isEmpty();
        assertThat(grid.scales()).containsExactly(1.0);
    }
}
