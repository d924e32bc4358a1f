package qroar.orchestrator.coordinator.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import qroar.experiments.stopping.Verdict;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.event.RunEventCatalog;
import qroar.orchestrator.journal.codec.EventCatalog;
import qroar.orchestrator.journal.codec.EventCodec;
import qroar.orchestrator.journal.codec.EventSeries;
import qroar.orchestrator.journal.codec.JournalFormatException;
import qroar.protocol.statistics.LogHistogram;
import qroar.protocol.trial.LayerActivations;
import qroar.protocol.trial.ModelLoaded;
import qroar.protocol.trial.ReferenceComparison;
import qroar.protocol.trial.ScaleGradient;

/** What journals of the first version hold, byte for byte: it stays readable for ever. */
class RunEventCatalogTest {
    private static final EventCatalog CATALOG = new RunEventCatalog().catalog();
    private static final EventCodec CODEC = new EventCodec(CATALOG);
    private static final Verdict VERDICT = new Verdict(true, -0.25, 0.001, 3);
    private static final double[] NLL = {1.5, Double.NaN, Double.POSITIVE_INFINITY, -0.0, 0.1};

    /** By manifest at version 1. */
    private static Map<String, Object> samples() {
        List<LogHistogram> pairs = List.of(LogHistogram.ofMagnitudes(new double[] {0, 0.5, 1}), LogHistogram.empty());
        LayerActivations layer = new LayerActivations(1, 2, pairs, pairs, pairs, pairs);
        Map<String, Object> samples = new LinkedHashMap<>();
        samples.put("run-begun", new RunEvent.RunBegun(1_700_000_000_000L));
        samples.put("run-resumed", new RunEvent.RunResumed(1_700_000_000_001L));
        samples.put(
                "request-planned", new RunEvent.RequestPlanned(1, "pass-1/band-0/scale-1.05", 4, "ab".repeat(32), 16));
        samples.put("request-widened", new RunEvent.RequestWidened(5, 32));
        samples.put("trial-leased", new RunEvent.TrialLeased(4, 2, "box/1/gpu:0", 1_700_000_000_002L));
        samples.put("windows-measured", new RunEvent.WindowsMeasured(4, 2, 7, NLL));
        samples.put("layer-measured", new RunEvent.LayerMeasured(4, 2, layer));
        samples.put("trial-finished", new RunEvent.TrialFinished(4, 2, 8192, 123_456_789_012L, 1_700_000_000_003L));
        samples.put("trial-reused", new RunEvent.TrialReused(4, NLL, List.of(layer)));
        samples.put("trial-released", new RunEvent.TrialReleased(4, 1_700_000_000_004L));
        samples.put("attempt-failed", new RunEvent.AttemptFailed(4, 2, "out of memory \"é\"", 1_700_000_000_005L));
        samples.put("attempt-declined", new RunEvent.AttemptDeclined(4, 2, "no checkpoint c0ffee", 1_700_000_000_008L));
        samples.put("trial-failed", new RunEvent.TrialFailed(4, "out of memory", 1_700_000_000_006L));
        samples.put("request-measured", new RunEvent.RequestMeasured(5));
        samples.put("request-stopped", new RunEvent.RequestStopped(5, 12, VERDICT));
        samples.put("request-diverged", new RunEvent.RequestDiverged(5, 3));
        samples.put("request-failed", new RunEvent.RequestFailed(5, "out of memory"));
        samples.put("run-finished", new RunEvent.RunFinished(1_700_000_000_007L));
        samples.put(
                "gradient-measured",
                new RunEvent.GradientMeasured(
                        4,
                        2,
                        new ScaleGradient(1, List.of(-0.1, Double.NaN), List.of(1e-300, Double.NEGATIVE_INFINITY))));
        samples.put("model-readied", new RunEvent.ModelReadied(4, 2, ModelLoaded.Weights.QUANTIZED));
        samples.put("portion-leased", new RunEvent.PortionLeased(4, 3, "box/1/gpu:1", 480, 960, 1_700_000_000_009L));
        samples.put("portion-finished", new RunEvent.PortionFinished(4, 3, 8192, 123_456_789L, 1_700_000_000_010L));
        samples.put("activations-merged", new RunEvent.ActivationsMerged(4, List.of(layer), List.of(2L, 1L << 32 | 2)));
        samples.put("run-worked", new RunEvent.RunWorked(123_456));
        return samples;
    }

    /** Those that came after the form of a series was new, at their version 1. */
    private static Map<String, Object> laterSamples() {
        LogHistogram kl = LogHistogram.ofMagnitudes(new double[] {0.5, 0.25});
        return Map.of(
                "reference-compared",
                new RunEvent.ReferenceCompared(
                        4,
                        2,
                        new ReferenceComparison(
                                1,
                                List.of(
                                        new ReferenceComparison.Stretch(2, 0.75, 0.5, kl, 1, -0.125, 0.0625, 1, 1.5),
                                        new ReferenceComparison.Stretch(
                                                1, Double.NaN, 0, LogHistogram.empty(), 0, 1e-300, 0, 0, 0)))));
    }

    @Test
    void eventsThatCameLaterAreReadAsTheyWereWrittenAloneAndInASeries() throws Exception {
        for (Map.Entry<String, Object> sample : laterSamples().entrySet()) {
            String json = new String(CODEC.encode(sample.getValue()), StandardCharsets.UTF_8);
            assertThat(json).isEqualTo(new String(stored(sample.getKey()), StandardCharsets.UTF_8).strip());
            assertThat(CODEC.decode(stored(sample.getKey()), sample.getKey() + "/1"))
                    .isEqualTo(sample.getValue());
            EventSeries series = new EventSeries(List.of((RunEvent) sample.getValue(), new RunEvent.RunBegun(7)));
            assertThat(CODEC.decode(CODEC.encode(series), CODEC.manifest(series)))
                    .isEqualTo(series);
        }
    }

    private static byte[] stored(String name) throws Exception {
        try (InputStream in = RunEventCatalogTest.class.getResourceAsStream("/journal/v1/" + name + ".json")) {
            assertThat(in).as("journal/v1/" + name + ".json").isNotNull();
            return in.readAllBytes();
        }
    }

    @Test
    void storedBytesOfTheFirstVersionReadAsTheyWereWritten() throws Exception {
        for (Map.Entry<String, Object> sample : samples().entrySet()) {
            assertThat(CODEC.decode(stored(sample.getKey()), sample.getKey() + "/1"))
                    .as(sample.getKey())
                    .isEqualTo(sample.getValue());
        }
    }

    /** Younger than the series below. */
    @Test
    void aTrialThatNobodyAskedForIsStoredAsItWas() throws Exception {
        RunEvent.TrialSpeculated event =
                new RunEvent.TrialSpeculated(1, "pass-1/band-0/scale-1.05", 4, "ab".repeat(32), 16);
        assertThat(CODEC.manifest(event)).isEqualTo("trial-speculated/1");
        assertThat(CODEC.decode(stored("trial-speculated"), "trial-speculated/1"))
                .isEqualTo(event);
        assertThat(new String(CODEC.encode(event), StandardCharsets.UTF_8))
                .isEqualTo(new String(stored("trial-speculated"), StandardCharsets.UTF_8).strip());
    }

    @Test
    void whatIsWrittenTodayIsWhatIsStored() throws Exception {
        for (Map.Entry<String, Object> sample : samples().entrySet()) {
            if (CODEC.manifest(sample.getValue()).endsWith("/1")) {
                assertThat(new String(CODEC.encode(sample.getValue()), StandardCharsets.UTF_8))
                        .isEqualTo(new String(stored(sample.getKey()), StandardCharsets.UTF_8).strip());
            }
        }
    }

    @Test
    void namesAreOnlyEverAdded() {
        List<String> names = CATALOG.manifests().stream()
                .map(manifest -> manifest.substring(0, manifest.indexOf('/')))
                .toList();
        assertThat(names).containsAll(samples().keySet()).contains("history").doesNotContain("run");
    }

    @Test
    void everyEventHasAName() {
        List<Class<?>> events = Arrays.asList(RunEvent.class.getPermittedSubclasses());
        assertThat(CATALOG.types()).containsAll(events);
    }

    /** All events there were when its form was new, as {@code history/1}. */
    @Test
    void storedSeriesOfTheFirstVersionReadsAsItWasWritten() throws Exception {
        try (InputStream in = RunEventCatalogTest.class.getResourceAsStream("/journal/v1/history.bin")) {
            assertThat(in).as("journal/v1/history.bin").isNotNull();
            EventSeries series = (EventSeries) CODEC.decode(in.readAllBytes(), "history/1");
            assertThat(series.events()).isEqualTo(List.copyOf(samples().values()));
        }
    }

    @Test
    void snapshotsOfATableOfTrialsArePassedOver() throws Exception {
        for (String manifest : List.of("run/1", "run/2", "run/3", "run/4")) {
            assertThat(CODEC.decode(stored("run"), manifest)).hasToString("RetiredState[manifest=" + manifest + "]");
        }
        assertThatThrownBy(() -> CODEC.decode(stored("run"), "runs/1"))
                .isInstanceOf(JournalFormatException.class)
                .hasMessageContaining("does not know");
    }
}
