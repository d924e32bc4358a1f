package qroar.orchestrator.app.bench;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.objective.Objective;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.Study;
import qroar.orchestrator.coordinator.state.RunPlan;
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

/** Coordinate searches of eight bands and nine scales that share no trial and that no candidate wins. */
final class NoOpStudies {
    static final String RUN = "bench";
    private static final int WINDOW_TOKENS = 32;
    private static final int WINDOWS_PER_DOCUMENT = 8;
    private static final int BANDS = 8;
    private static final int GRID = 9;
    private static final int PAIRS = 32;
    private static final int TRIALS_PER_STUDY = 5 + BANDS * (GRID - 1);
    private static final int MAX_ATTEMPTS = 3;

    private NoOpStudies() {}

    /** At least twice as many trials as asked for, each of so many windows, so that there is always work left. */
    static RunPlan plan(int trials, int windowsPerTrial) {
        int studies = 2 * trials / TRIALS_PER_STUDY + 2;
        return new RunPlan(
                RUN,
                IntStream.range(0, studies)
                        .mapToObj(number -> study(number, windowsPerTrial))
                        .toList(),
                MAX_ATTEMPTS);
    }

    private static Study study(int number, int windows) {
        int inDocument = Math.min(windows, WINDOWS_PER_DOCUMENT);
        int documents = (windows + inDocument - 1) / inDocument;
        int length = inDocument * WINDOW_TOKENS;
        return new Study(
                "study-" + number,
                new Study.Model(
                        String.format(Locale.ROOT, "%064x", number + 1),
                        Precision.FLOAT32,
                        new RopeGeometry(2 * PAIRS, 10_000, length, null),
                        length,
                        YarnScaling.of(4, null),
                        new QuantizationSpec(new RtnQuantization(4, 32), null, 0),
                        Calibration.NONE),
                BandPartition.logSpaced(PAIRS, BANDS),
                ScaleMode.SHARED,
                Objective.lengthWeighted(List.of(length)),
                new SearchSettings(
                        SearchStrategy.Strategy.COORDINATE,
                        GRID,
                        0.0005,
                        1,
                        1,
                        new SearchWindowSettings(0.2231, 0.1484, 0.25, 0.999, 0.5, 2.0),
                        SearchSettings.Start.DIAGNOSTICS),
                new StoppingSettings(StoppingRule.Rule.NONE, 0.05),
                new Study.Plans(
                        documents("search", 1, documents, length),
                        documents("held-out", 2, documents, length),
                        documents("search", 3, documents, length)));
    }

    private static EvaluationPlan documents(String name, int purpose, int count, int length) {
        return new EvaluationPlan(
                IntStream.range(0, count)
                        .mapToObj(d ->
                                new DocumentRef(name + d, String.format(Locale.ROOT, "%02x%062x", purpose, d), length))
                        .toList(),
                List.of(length),
                WINDOW_TOKENS);
    }
}
