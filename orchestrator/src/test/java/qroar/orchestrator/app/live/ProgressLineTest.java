package qroar.orchestrator.app.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.reports.live.LiveRun;

class ProgressLineTest {
    private static final String LONG = "017-yarn16-awq-w4g128-kv8-bands8-shared-heads";

    private static LiveRun run(String study, String stage, @Nullable Double gain, @Nullable Double left) {
        return LiveRuns.of(study, stage, gain, left);
    }

    @ParameterizedTest
    @ValueSource(ints = {40, 60, 79, 100, 132, 200})
    void theLineFitsAndSaysWhatMatters(int columns) {
        for (Double gain : new Double[] {null, 0.01234, -0.5}) {
            for (Double left : new Double[] {null, 3.0, 119.6, 360_000.0}) {
                for (String name : List.of("a", "01-yarn4-rtn-w2g32-b4-shared", LONG)) {
                    String line = ProgressLine.of(run(name, "pass 2 band 7 of 0..7", gain, left), columns);
                    assertThat(line.length()).as(line).isLessThanOrEqualTo(columns);
                    assertThat(line).startsWith(" 20 %");
                    if (columns >= 79) {
                        assertThat(line).contains("pass 2 band 7 of 0..7").contains(name.substring(0, 1));
                        assertThat(line.contains("best")).as(line).isEqualTo(gain != null);
                        assertThat(line.contains("left")).as(line).isEqualTo(left != null);
                    }
                }
            }
        }
    }

    @Test
    void aLogHasItWhole() {
        assertThat(ProgressLine.whole(run(LONG, "held-out", 0.01234, 5_400.0)))
                .isEqualTo("20 %, about 90 min left, 0/2 studies, " + LONG + " held-out, best +0.0123, 812 tokens/s");
        assertThat(ProgressLine.whole(run("a", "diagnostics", null, null)))
                .isEqualTo("20 %, 0/2 studies, a diagnostics, 812 tokens/s");
    }

    @Test
    void theMovingLineCoversTheOneBeforeAndStaysWithinTheTerminal() {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
                RunProgress progress = new RunProgress.Moving(out, 80)) {
            progress.show(run(LONG, "pass 2 band 7 of 0..7", 0.01234, 187.0));
            progress.show(run("a", "held-out", null, 3.0));
            progress.say("qroar: a worker has joined");
            progress.show(run("a", "held-out", null, 2.0));
        }
        List<String> moved = new ArrayList<>();
        for (String line : bytes.toString(StandardCharsets.UTF_8).lines().toList()) {
            for (String part : line.split("\r")) {
                moved.add(part);
            }
        }
        moved.removeIf(String::isEmpty);
        assertThat(moved).hasSize(4).allMatch(part -> part.length() < 80);
        assertThat(moved.get(1).length()).isGreaterThanOrEqualTo(moved.get(0).length());
        assertThat(moved.get(2)).isEqualTo("qroar: a worker has joined");
    }

    @Test
    void timesAndNamesAreBrief() {
        assertThat(LiveWords.left(59.4)).isEqualTo("59 s");
        assertThat(LiveWords.left(125.0)).isEqualTo("2 min");
        assertThat(LiveWords.left(11_100.0)).isEqualTo("3 h 05 min");
        assertThat(LiveWords.left(Double.NaN)).isEqualTo("-");
        assertThat(LiveWords.percent(0.9999)).isEqualTo("99 %");
        assertThat(LiveWords.percent(1)).isEqualTo("100 %");
        assertThat(LiveWords.shorten("abcdefghij", 6)).isEqualTo("ab..ij");
        assertThat(LiveWords.devices(List.of("cpu", "gpu:0", "cpu"))).isEqualTo("cpu x2, gpu:0");
    }
}
