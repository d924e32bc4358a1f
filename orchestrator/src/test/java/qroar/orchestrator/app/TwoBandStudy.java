package qroar.orchestrator.app;

import java.util.List;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.objective.Objective;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.Study;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Precision;

/**
 * A study small enough to work out by hand: two bands of five candidates over lengths 32 and 64 of two documents of 80 tokens, in
 * windows of 16, trained at 32, nothing stopped early.
 */
public final class TwoBandStudy {
    private TwoBandStudy() {}

    public static Study named(String id) {
        EvaluationPlan search = plan("search", List.of(32, 64));
        return new Study(
                id,
                new Study.Model(
                        "0".repeat(64),
                        Precision.FLOAT32,
                        new RopeGeometry(12, 10_000, 32, null),
                        32,
                        YarnScaling.of(4, null),
                        new QuantizationSpec(new RtnQuantization(4, 32), null, 0),
                        Calibration.NONE),
                BandPartition.logSpaced(6, 2),
                ScaleMode.SHARED,
                Objective.lengthWeighted(List.of(32, 64)),
                new SearchSettings(
                        SearchStrategy.Strategy.COORDINATE,
                        5,
                        0.0005,
                        1,
                        2,
                        new SearchWindowSettings(Math.log(1.3), Math.log(1.3), 0.25, 0.9, 0.5, 2.0),
                        SearchSettings.Start.DIAGNOSTICS),
                new StoppingSettings(StoppingRule.Rule.NONE, 0.05),
                new Study.Plans(search, plan("held-out", List.of(32, 64)), plan("search", List.of(32))));
    }

    private static EvaluationPlan plan(String name, List<Integer> lengths) {
        List<DocumentRef> documents = List.of(new DocumentRef(name + 0, name + 0, 80), new DocumentRef(name, name, 80));
        return new EvaluationPlan(documents, lengths, 16);
    }
}
