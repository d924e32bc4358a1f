package qroar.orchestrator.app.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrchestrationBenchTest {
    @TempDir
    private Path folder;

    @Test
    void aRunIsMeasuredAndTakenUpAgain() {
        OrchestrationBench bench = new OrchestrationBench(folder, 2, 30, 20);
        Stretch stretch = bench.run();

        // After an eighth, of those begun; the last two of each worker need not be durable.
        assertThat(stretch.trials()).isGreaterThanOrEqualTo(20);
        assertThat(stretch.windows()).isGreaterThanOrEqualTo(15 * stretch.trials());
        assertThat(stretch.idleNanos()).isSorted().hasSizeGreaterThanOrEqualTo(20);
        assertThat(stretch.windowsPerSecond()).isPositive();
        assertThat(stretch.idleMillis(0.5)).isBetween(0.0, stretch.idleMillis(0.99));
        assertThat(stretch.heap().peakBytes())
                .isGreaterThanOrEqualTo(stretch.heap().endBytes())
                .isPositive();

        OrchestrationBench.Resumption resumption = bench.resume();
        // Planned, leased, measured, finished, settled.
        assertThat(resumption.events()).isGreaterThanOrEqualTo(5 * stretch.trials());
        assertThat(resumption.seconds()).isPositive();
    }

    @Test
    void withoutASecondTrialNobodyWaited() {
        Stretch stretch = new Stretch(1, 1, 1, 1, new long[0], new Stretch.HeapCourse(1, 1, 1));
        assertThat(stretch.meanIdleMillis()).isNaN();
        assertThat(stretch.idleMillis(0.99)).isNaN();
    }

    @Test
    void quantilesOfIdleTimeAreOnesThatOccurred() {
        Stretch stretch =
                new Stretch(3, 3, 2, 1, new long[] {1_000_000, 2_000_000, 9_000_000}, new Stretch.HeapCourse(1, 1, 1));
        assertThat(stretch.meanIdleMillis()).isEqualTo(4.0);
        assertThat(stretch.idleMillis(0)).isEqualTo(1.0);
        assertThat(stretch.idleMillis(0.5)).isEqualTo(2.0);
        assertThat(stretch.idleMillis(0.99)).isEqualTo(9.0);
    }
}
