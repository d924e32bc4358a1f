package qroar.experiments.study.cost;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import qroar.experiments.search.SearchStrategy.Strategy;
import qroar.experiments.stopping.LossPair;
import qroar.experiments.stopping.RecordedLosses;
import qroar.experiments.stopping.StoppingRule.Rule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.SyntheticModel;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;

class ReplayTest {
    private static final SyntheticModel MODEL =
            new SyntheticModel(new double[] {0.12, -0.08}, new double[] {2, 2}, 0.001);

    /** Runs a study and keeps each result as it came. */
    private static Map<String, TrialResult> record(Study study) {
        Map<String, TrialResult> results = new HashMap<>();
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            TrialResult result = MODEL.race(progress, request);
            results.put(request.label(), result);
            progress = progress.with(request.label(), result);
        }
        return results;
    }

    @ParameterizedTest
    @EnumSource(Rule.class)
    void replayUnderTheSameRuleIsTheOriginal(Rule rule) {
        Study study = MODEL.study(Strategy.COORDINATE, rule);
        Replay replay = Replay.of(study, record(study), study.stopping());

        assertThat(replay.undecidable()).isEmpty();
        assertThat(replay.changes()).isEmpty();
        assertThat(replay.replayed()).isEqualTo(replay.recorded());
        assertThat(replay.recorded()).isEqualTo(MODEL.run(study).outcome());
        assertThat(replay.tokensSaved()).isZero();
    }

    @Test
    void aFullRecordIsDecidedUnderEveryRuleAsIfItHadRunUnderIt() {
        Study full = MODEL.study(Strategy.COORDINATE, Rule.NONE);
        Map<String, TrialResult> recorded = record(full);
        for (Rule rule : Rule.values()) {
            StoppingSettings settings = new StoppingSettings(rule, 0.05);
            Replay replay = Replay.of(full, recorded, settings);
            assertThat(replay.undecidable()).as(rule.word()).isEmpty();
            assertThat(replay.replayed())
                    .isEqualTo(MODEL.run(full.withStopping(settings)).outcome());
            assertThat(replay.tokensSaved()).isGreaterThanOrEqualTo(0);
        }
    }

    @Test
    void whatTheRecordLacksIsUndecidable() {
        Study raced = MODEL.study(Strategy.COORDINATE, Rule.PAIRED_T);
        Replay replay = Replay.of(raced, record(raced), new StoppingSettings(Rule.NONE, 0.05));

        assertThat(replay.undecidable())
                .filteredOn(u -> u.label().startsWith("pass-1/band-1"))
                .isNotEmpty()
                .allMatch(u -> u.reason().contains("windows that this rule needs"));
        assertThat(replay.undecidable()).extracting(Replay.Undecidable::label).doesNotContain("held-out/tuned");
        assertThat(replay.isSameChoice()).isTrue();
    }

    @Test
    void recordedLossesSurviveTheirFile() {
        Study full = MODEL.study(Strategy.COORDINATE, Rule.NONE);
        RecordedLosses losses = Replay.losses(MODEL.run(full));
        RecordedLosses read = RecordedLosses.read("losses.json", losses.write());

        assertThat(read).isEqualTo(losses);
        List<LossPair> pairs = read.toPairs();
        assertThat(pairs).hasSize(MODEL.run(full).outcome().candidates().size());
        assertThat(pairs.get(0).gain())
                .isEqualTo(MODEL.run(full).outcome().candidates().get(0).gain());
    }
}
