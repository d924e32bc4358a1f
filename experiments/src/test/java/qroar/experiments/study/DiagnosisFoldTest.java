package qroar.experiments.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.search.SearchSettings.Start;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.trial.ScaleGradient;
import qroar.protocol.trial.WindowSpan;

class DiagnosisFoldTest {
    private static final SyntheticModel MODEL = SyntheticModel.smooth(0.12, -0.08, 0.03);
    private static final Study STUDY = MODEL.study(Strategy.LINE, Rule.NONE, ScaleMode.SHARED, 4, 64, Start.GRADIENT);

    /** All first trials measured but one, whose answer is given. */
    private static StudyProgress answered(String label, TrialResult answer) {
        StudyProgress progress = StudyProgress.begin(STUDY);
        for (TrialRequest request : progress.wanted()) {
            TrialResult result = request.label().equals(label) ? answer : MODEL.measure(request);
            progress = progress.with(request.label(), result);
        }
        return progress;
    }

    @ParameterizedTest
    @ValueSource(strings = {"baseline", "unquantized/long", "unquantized/short", "gradient"})
    void everyTrialBeforeTheSearchIsWaitedForButNeedNotSucceed(String last) {
        StudyProgress progress = StudyProgress.begin(STUDY);
        for (TrialRequest request : progress.wanted()) {
            if (!request.label().equals(last)) {
                progress = progress.with(request.label(), MODEL.measure(request));
            }
        }
        assertThat(DiagnosisFold.isReady(progress)).isFalse();
        assertThat(progress.bands()).isNull();
        assertThat(DiagnosisFold.isReady(progress.with(last, new TrialResult.Failed("x"))))
                .isTrue();
    }

    @Test
    void withoutASearchNothingIsDiagnosed() {
        assertThat(DiagnosisFold.isReady(MODEL.run(MODEL.study(Strategy.NONE, Rule.NONE))))
                .isFalse();
    }

    /** The model's long context has tails twice as heavy as its short one, in every pair of every layer. */
    @Test
    void tailsAreWhatTheLongContextHasMoreThanTheShortOne() {
        List<BandDiagnosis> bands = DiagnosisFold.of(answered("", new TrialResult.Failed("x")));
        assertThat(bands).hasSize(3);
        for (BandDiagnosis band : bands) {
            assertThat(band.tailInflationBefore()).isCloseTo(2, within(0.1));
            assertThat(band.tailInflationAfter()).isCloseTo(2, within(0.1));
        }
        assertThat(DiagnosisFold.of(answered("unquantized/short", new TrialResult.Failed("x"))))
                .allMatch(band -> Double.isNaN(band.tailInflationBefore()));
    }

    /** The mean loss of the model is a parabola in each band's ln s, so its slope at 1 is known. */
    @Test
    void aSlopeIsThatOfTheMeanLossPerToken() {
        StudyProgress progress = answered("", new TrialResult.Failed("x"));
        List<WindowSpan> windows = StudyTrials.gradientPlan(STUDY).windows();
        double tokens = windows.stream().mapToInt(WindowSpan::tokens).sum();
        double weights = 0;
        for (WindowSpan window : windows) {
            weights += window.tokens() * MODEL.curvature()[0] * (0.5 + window.fromPosition() / 512.0);
        }
        List<BandDiagnosis> bands = DiagnosisFold.of(progress);
        for (int b = 0; b < 3; b++) {
            assertThat(bands.get(b).gradient()).isCloseTo(-2 * weights * MODEL.optimum()[b] / tokens, within(1e-9));
        }
    }

    @Test
    void aSlopeThatIsNoNumberIsUnknownInEveryBand() {
        List<Double> slopes = Collections.nCopies(8, Double.POSITIVE_INFINITY);
        TrialRequest asked = StudyProgress.begin(STUDY).wanted().stream()
                .filter(request -> request.label().equals("gradient"))
                .findFirst()
                .orElseThrow();
        TrialResult infinite = new TrialResult.Measured(
                MODEL.measure(asked).nllNats(), List.of(), List.of(new ScaleGradient(0, slopes, slopes)));
        assertThat(DiagnosisFold.of(answered("gradient", infinite))).allMatch(band -> Double.isNaN(band.gradient()));
    }
}
