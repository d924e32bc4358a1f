package qroar.reports.best;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import qroar.experiments.attribution.Interval;
import qroar.reports.SampleReport;
import qroar.reports.model.LengthRow;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.RunState;
import qroar.reports.model.StudyReport;

class BestTest {
    private static StudyReport study(String id, String quantizer, double gain) {
        return SampleReport.finished(id, quantizer, 4, 7, 1, 1, gain);
    }

    private static StudyReport withGain(StudyReport study, Interval gain, Interval atTarget) {
        List<LengthRow> rows = study.lengths().stream()
                .map(row -> new LengthRow(
                        row.lengthTokens(),
                        row.trainedWindow(),
                        row.scoredTokens(),
                        row.baseline(),
                        row.tuned(),
                        row.unquantized(),
                        row.control(),
                        atTarget,
                        row.controlPplGain(),
                        row.repairedPplGain(),
                        row.quantizingPplGain()))
                .toList();
        ObjectiveOutcome known = study.objective();
        return SampleReport.with(
                study,
                rows,
                new ObjectiveOutcome(
                        known.searchBefore(),
                        known.searchAfter(),
                        known.heldOutBefore(),
                        known.heldOutAfter(),
                        known.searchGain(),
                        gain,
                        known.heldOutControlGain()));
    }

    private static Best best(StudyReport... studies) {
        return Objects.requireNonNull(Best.of(List.of(studies)));
    }

    @Test
    void theLowestPerplexityAtTheLongestLengthIsTheBestAndNotTheLargestGain() {
        StudyReport better = study("a", "rtn:bits=4,group=0", 0.02);
        StudyReport gaining = SampleReport.worse(study("b", "rtn:bits=2,group=0", 0.06));
        Best best = best(gaining, better);
        assertThat(best.study()).isSameAs(better);
        assertThat(best.target().lengthTokens()).isEqualTo(4096);
        assertThat(best.isScaled()).isTrue();
        assertThat(best.perplexity()).isEqualTo(best.target().tuned());
        assertThat(Best.largestGain(List.of(gaining, better))).isSameAs(gaining);
        assertThat(best(better, study("c", "rtn:bits=3,group=0", 0.02)).study())
                .as("of equals the first")
                .isSameAs(better);
    }

    @Test
    void scalesWhoseGainMayBeNothingAreNotPartOfIt() {
        StudyReport doubtful = study("a", "rtn:bits=4,group=0", 0.002);
        Best best = best(doubtful);
        assertThat(best.worth()).isEqualTo(Worth.DOUBTFUL);
        assertThat(best.perplexity()).isEqualTo(best.target().baseline());
        assertThat(BestWords.model(best)).isEqualTo("rtn:bits=4,group=0 under yarn:factor=4 without scales");
        assertThat(BestWords.whyNoScales(best)).contains("the held-out gain of a", "cannot be told from zero");
        assertThat(BestCommands.best(SampleReport.report(RunState.FINISHED, List.of(doubtful)), best))
                .contains(" --unscaled ");
        // 3.783 falls to 3.767 with doubtful scales and to 3.777 with proven ones: the proven ones are put forward.
        StudyReport proven = withGain(
                study("b", "rtn:bits=4,group=32", 0.0015),
                SampleReport.gain(0.0015, 0.001),
                SampleReport.gain(0.0015, 0.001));
        assertThat(best(doubtful, proven).study()).isSameAs(proven);
    }

    @Test
    void everyReasonAgainstScalesIsTold() {
        StudyReport study = study("a", "rtn:bits=4,group=0", 0.05);
        Interval up = SampleReport.gain(0.05, 0.01);
        Interval down = SampleReport.gain(-0.05, 0.01);
        Interval endless = new Interval(0.05, Double.NEGATIVE_INFINITY, Double.POSITIVE_INFINITY);
        assertThat(best(withGain(study, up, up)).worth()).isEqualTo(Worth.WORTH_USING);
        assertThat(best(withGain(study, endless, endless)).worth()).isEqualTo(Worth.DOUBTFUL);
        assertThat(best(withGain(study, down, down)).worth()).isEqualTo(Worth.LOSS);
        assertThat(best(withGain(study, up, down)).worth()).isEqualTo(Worth.LOSS_AT_TARGET);
        assertThat(best(withGain(study, new Interval(Double.NaN, Double.NaN, Double.NaN), up))
                        .worth())
                .isEqualTo(Worth.UNKNOWN);
        assertThat(best(SampleReport.running("a")).worth()).isEqualTo(Worth.UNKNOWN);
        assertThat(best(SampleReport.unsearched("a", "none", "rtn:bits=4", 5)).worth())
                .isEqualTo(Worth.NOT_SEARCHED);
        for (StudyReport each :
                List.of(withGain(study, down, down), withGain(study, up, down), SampleReport.running("a"))) {
            assertThat(best(each).isScaled()).isFalse();
            assertThat(BestWords.whyNoScales(best(each))).contains("a");
        }
        assertThat(BestWords.whyNoScales(best(withGain(study, up, up)))).isNull();
    }

    @Test
    void anUnquantizedModelIsWhatOthersAreMeasuredBy() {
        StudyReport unquantized = SampleReport.unsearched("a", "yarn:factor=4", "none", 3);
        StudyReport quantized = SampleReport.unsearched("b", "yarn:factor=4", "rtn:bits=4,group=0", 5);
        assertThat(best(unquantized, quantized).study()).isSameAs(quantized);
        assertThat(best(unquantized).study()).isSameAs(unquantized);
        assertThat(Best.of(List.of())).isNull();
    }

    @Test
    void aProvenGainComesBeforeALargerEstimate() {
        StudyReport wide = withGain(
                study("a", "rtn:bits=4,group=0", 0.09), SampleReport.gain(0.09, 0.1), SampleReport.gain(0.09, 0.1));
        StudyReport proven = study("b", "rtn:bits=4,group=0", 0.03);
        assertThat(Best.largestGain(List.of(wide, proven))).isSameAs(proven);
        assertThat(Best.largestGain(List.of(wide))).isSameAs(wide);
        assertThat(Best.largestGain(List.of(SampleReport.running("c")))).isNull();
    }

    @Test
    void commandsAreWordsOfAShell() {
        assertThat(BestCommands.word("demo-0123")).isEqualTo("demo-0123");
        assertThat(BestCommands.word("it's; rm -rf ~")).isEqualTo("'it'\\''s; rm -rf ~'");
    }
}
