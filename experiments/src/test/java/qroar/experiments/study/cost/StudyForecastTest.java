package qroar.experiments.study.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import qroar.experiments.search.SearchSettings.Common;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.SyntheticModel;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.TrialLabel;

/** What a study was forecast to read, against what it read. */
class StudyForecastTest {
    @ParameterizedTest
    @CsvSource({
        "PARABOLIC, UNSOUGHT",
        "PARABOLIC, CONTROL",
        "PARABOLIC, START",
        "COORDINATE, UNSOUGHT",
        "COORDINATE, START",
        "LINE, START",
        "JOINT, CONTROL"
    })
    void boundsWhatTheSearchReadsAndCountsWhatIsHeldOut(Strategy strategy, Common common) {
        SyntheticModel model = SyntheticModel.smooth(-0.10, -0.02, 0.05);
        List<Control> controls = common == Common.UNSOUGHT ? List.of() : List.of(Control.values());
        Study study = model.study(strategy, Rule.NONE).withControls(controls, common);
        StudyForecast forecast = StudyForecast.of(study, new HashSet<>());
        long search = 0;
        long heldOut = 0;
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            long tokens = request.spec().plan().forwardTokens(0, request.windowLimit());
            if (TrialLabel.purpose(request.label()) == TrialLabel.Purpose.HELD_OUT) {
                heldOut += tokens;
            } else {
                search += tokens;
            }
            progress = progress.with(request.label(), model.measure(request));
        }

        assertThat(heldOut).isEqualTo(forecast.heldOut().forwardTokens());
        long first = forecast.first().forwardTokens();
        assertThat(search)
                .isBetween(
                        first + forecast.candidates().least().forwardTokens(),
                        first + forecast.candidates().most().forwardTokens());
    }
}
