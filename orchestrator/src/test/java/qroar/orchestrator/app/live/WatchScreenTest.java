package qroar.orchestrator.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.reports.live.LiveRun;
import qroar.reports.model.RunState;

class WatchScreenTest {
    @ParameterizedTest
    @CsvSource({"40,24", "80,24", "132,50", "80,8", "200,12"})
    void theScreenFits(int columns, int rows) {
        for (LiveRun run : List.of(
                LiveRuns.of("017-yarn16-awq-w4g128-kv8-bands8-shared-heads", "pass 2 band 7 of 0..7", -0.5, 1e6),
                LiveRuns.of("a\u001b[31mb", "held-out", null, null),
                LiveRuns.sweep(100))) {
            List<String> lines = WatchScreen.lines(run, columns, rows);
            assertThat(lines).allMatch(line -> line.length() < columns).noneMatch(line -> line.contains("\u001b"));
            if (rows >= 12) {
                assertThat(lines.size()).isLessThan(rows);
            }
        }
    }

    @Test
    void whatIsWorkedOnIsShownAndTheRestIsCounted() {
        List<String> lines = WatchScreen.lines(LiveRuns.sweep(100), 80, 20);
        assertThat(lines).anyMatch(line -> line.matches("and \\d\\d more studies, 0 of 100 done"));
        assertThat(WatchScreen.lines(LiveRuns.sweep(100), 80, Integer.MAX_VALUE))
                .as("nothing is left out of a file")
                .hasSizeGreaterThan(100);
        List<String> under = WatchScreen.lines(LiveRuns.of("01-a", "held-out", 0.01, 30.0), 80, 24);
        assertThat(under).anyMatch(line -> line.matches("01-a baseline +\\[=== {7}] 3/9 +2\\.5000 +- +-"));
        assertThat(WatchScreen.lines(LiveRuns.of("01-a", "held-out", 0.01, 30.0).ended(RunState.STOPPED), 80, 24))
                .anyMatch(line -> line.matches("01-a +40 % +stopped +\\+0\\.0100 +-"))
                .noneMatch(line -> line.startsWith("queue"));
    }
}
