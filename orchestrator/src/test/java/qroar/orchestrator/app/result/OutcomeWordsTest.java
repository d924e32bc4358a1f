package qroar.orchestrator.app.result;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import qroar.experiments.attribution.Interval;
import qroar.protocol.band.ScaleMode;
import qroar.reports.ReportWriter;
import qroar.reports.model.BandReport;
import qroar.reports.model.LengthRow;
import qroar.reports.model.ModelSummary;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.RunCost;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunState;
import qroar.reports.model.RunSummary;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudySettings;
import qroar.reports.model.StudyState;
import qroar.reports.model.heldout.HeldOutDetail;

/** Per cent, signs and units of every place that shows an outcome, from J and perplexities that are known. */
class OutcomeWordsTest {
    private static final double BEFORE = 1000;
    private static final double AFTER = 591;

    private static Interval fall(double before, double after) {
        double gain = Math.log(before / after);
        return new Interval(gain, gain - 0.1, gain + 0.1);
    }

    private static RunReport run(String name, double after) {
        StudyReport study = new StudyReport(
                "01-study",
                StudyState.FINISHED,
                new StudySettings(
                        "yarn:factor=4", "rtn:bits=2", 1, 7, ScaleMode.SHARED, "lengths 512", "line", "none", 0.0005),
                List.of(new BandReport(0, 4, 1.05, null, null, null)),
                List.of(),
                List.of(new LengthRow(
                        512,
                        true,
                        1000,
                        200.0,
                        150.0,
                        160.0,
                        140.0,
                        fall(200, 150),
                        fall(160, 140),
                        fall(200.0 / 150, 160.0 / 140),
                        fall(160, 200))),
                new ObjectiveOutcome(
                        BEFORE, after, BEFORE, after, fall(BEFORE, after), fall(BEFORE, after), fall(800, 640)),
                List.of(),
                null,
                null,
                List.of(),
                null,
                HeldOutDetail.NONE,
                List.of());
        RunSummary summary = new RunSummary(
                name,
                "f".repeat(64),
                RunState.FINISHED,
                Instant.EPOCH,
                Instant.EPOCH,
                new ModelSummary("m", "d".repeat(64), "llama", 1, 1, 1, 1, 8, 10000.0, 512),
                List.of(),
                Map.of(),
                List.of(),
                List.of(),
                List.of(),
                "name: x\n");
        return new RunReport(
                summary, List.of(study), List.of(), new RunCost(1, 0, 0, null, 1, 1, 1.0, 1, 1, 0, 0, null, null));
    }

    private static String text(Path page) throws Exception {
        return Files.readString(page)
                .replaceAll("<[^>]+>", " ")
                .replace('\u2212', '-')
                .replaceAll("\\s+", " ");
    }

    @Test
    void consolePageAndComparisonSayTheSameFall(@TempDir Path folder) throws Exception {
        RunReport run = run("falls", AFTER);
        ReportWriter.writePage(folder.resolve("run.html"), run);
        ReportWriter.writeComparison(folder.resolve("both.html"), List.of(run, run("rises", 1200)));
        String console = String.join("\n", OutcomeTable.lines(run));
        assertThat(String.join("\n", OutcomeTable.lines(run("rises", 1200))))
                .as("what rises is nobody's gain")
                .contains(
                        "no study gains on held-out documents beyond doubt; the largest estimate is that of 01-study: J"
                                + " rises by 20.00 %");
        String page = text(folder.resolve("run.html"));
        String comparison = text(folder.resolve("both.html"));

        // 1 - 591/1000 = 40.9 %, ln(1000/591) = 0.5259; 1200/1000 - 1 = 20 %, -ln 1.2 = -0.1823.
        assertThat(console).contains("gain +0.5259 [+0.4259, +0.6259], J falls by 40.90 %; control +0.2231");
        assertThat(page)
                .contains("held-out 1,000 591.0 +0.5259 [+0.4259, +0.6259]")
                .contains("-25.00 % 200.0 before; 95 % interval -32.14 to -17.11 %; J falls by 40.90 %")
                .contains("without quantization they change J by -20.00 %");
        // All four name the same model: the console, the page, the comparison and, by the command, the export.
        assertThat(console)
                .contains(
                        "best: rtn:bits=2 under yarn:factor=4 with the scales of 01-study: perplexity 150.0 at 512"
                                + " tokens, 200.0 unscaled (falls by 25.00 %, 95 % interval 17.11 to 32.14 %), 160.0 unquantized")
                .contains("qroar export falls-ffffffffffff --out falls-tuned");
        assertThat(page).contains("rtn:bits=2 under yarn:factor=4 , with the scales of 01-study");
        assertThat(comparison).contains("rtn:bits=2 yarn:factor=4 scales of 01-study");
        assertThat(comparison).contains("+0.5259 [+0.4259, +0.6259] J falls by 40.90 %");
        assertThat(comparison).contains("-0.1823 [-0.2823, -0.0823] J rises by 20.00 %");
        assertThat(List.of(console, page, comparison))
                .noneMatch(text -> text.contains("52.6") || text.contains("52.59"));
        // At 512 tokens: ln(200/150) = 0.2877, positive because better; quantizing: ln(160/200) = -0.2231.
        assertThat(List.of(console, page, comparison)).allMatch(text -> text.contains("+0.2877"));
        assertThat(page).contains("-0.2231");
        assertThat(List.of(console, page, comparison))
                .allMatch(text -> text.contains("PPL gain") && text.contains("positive is better"));
    }
}
