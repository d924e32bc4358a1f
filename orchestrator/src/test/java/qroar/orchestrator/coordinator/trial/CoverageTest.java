package qroar.orchestrator.coordinator.trial;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class CoverageTest {
    private static final int WINDOWS = 40;

    private static Portion portion(int attempt, int from, int to) {
        return new Portion(attempt, "w" + attempt, from, to, 7);
    }

    private static Evidence measured(int from, int to) {
        return Evidence.NONE.with(from, new double[to - from]);
    }

    @Test
    void whoeverTakesWindowsLeavesThoseBeforeThemToTheirHolder() {
        Coverage whole = Coverage.NONE.with(portion(1, 0, 40));
        Coverage shared = whole.with(portion(2, 20, 40)).with(portion(3, 30, 40));
        assertThat(shared.portions()).containsExactly(portion(1, 0, 20), portion(2, 20, 30), portion(3, 30, 40));
        assertThat(whole.meets(portion(2, 20, 40))).isTrue();
        assertThat(shared.without(portion(2, 20, 30)).meets(portion(4, 20, 30))).isFalse();
    }

    @Test
    void whatIsMeasuredOrHasMoreBehindItIsNotTaken() {
        Coverage coverage = Coverage.NONE.with(portion(1, 0, 40));
        assertThat(coverage.inTheWayOf(portion(2, 20, 40), measured(0, 20))).isNull();
        assertThat(coverage.inTheWayOf(portion(2, 20, 40), measured(0, 21))).isEqualTo(portion(1, 0, 40));
        assertThat(coverage.inTheWayOf(portion(2, 20, 30), Evidence.NONE)).isEqualTo(portion(1, 0, 40));
        assertThat(Coverage.NONE.with(portion(1, 0, 10)).inTheWayOf(portion(2, 10, 20), measured(0, 10)))
                .isNull();
    }

    @Test
    void aPortionIsAtItsFirstMissingWindowAndNeverBeyondItsEnd() {
        assertThat(Coverage.next(portion(1, 10, 20), Evidence.NONE)).isEqualTo(10);
        assertThat(Coverage.next(portion(1, 10, 20), measured(10, 15))).isEqualTo(15);
        assertThat(Coverage.next(portion(1, 10, 20), measured(10, 30))).isEqualTo(20);
    }

    /** Against a plain look at every window; {@code -Dseed=} replays one. */
    @Test
    void gapsAreWhatIsNeitherMeasuredNorLeased() {
        long first = Long.getLong("seed", 1);
        for (long seed = first; seed < first + 300; seed++) {
            Random random = new Random(seed);
            boolean[] taken = new boolean[WINDOWS + 1];
            Evidence evidence = Evidence.NONE;
            Coverage coverage = Coverage.NONE;
            List<Integer> edges = new ArrayList<>();
            for (int i = 0; i < 7; i++) {
                edges.add(random.nextInt(WINDOWS + 1));
            }
            edges.sort(null);
            for (int i = 0; i + 1 < edges.size(); i++) {
                int from = edges.get(i);
                int to = edges.get(i + 1);
                int kind = random.nextInt(3);
                if (from < to && kind > 0) {
                    if (kind == 1) {
                        evidence = evidence.with(from, new double[to - from]);
                    } else {
                        coverage = coverage.with(portion(i + 1, from, to));
                    }
                    Arrays.fill(taken, from, to, true);
                }
            }
            int gap = 0;
            while (gap < WINDOWS && taken[gap]) {
                gap++;
            }
            assertThat(coverage.firstGap(WINDOWS, evidence))
                    .as("-Dseed=" + seed)
                    .isEqualTo(gap == WINDOWS ? -1 : gap);
            if (gap < WINDOWS) {
                int end = gap;
                while (end < WINDOWS && !taken[end]) {
                    end++;
                }
                assertThat(coverage.gapEnd(gap, WINDOWS, evidence))
                        .as("-Dseed=" + seed)
                        .isEqualTo(end);
            }
        }
    }
}
