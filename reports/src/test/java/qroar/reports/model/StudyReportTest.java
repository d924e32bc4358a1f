package qroar.reports.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.diagnosis.SearchWindowSettings;
import qroar.experiments.objective.Objective;
import qroar.experiments.search.SearchSettings;
import qroar.experiments.search.SearchStrategy;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.study.TrialRequest;
import qroar.experiments.study.TrialResult;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.Standing;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.ScaleMode;
import qroar.protocol.quantization.QuantizationSpec;
import qroar.protocol.quantization.RtnQuantization;
import qroar.protocol.rope.RopeGeometry;
import qroar.protocol.rope.YarnScaling;
import qroar.protocol.trial.Calibration;
import qroar.protocol.trial.DocumentRef;
import qroar.protocol.trial.EvaluationPlan;
import qroar.protocol.trial.Precision;
import qroar.protocol.trial.TrialSpec;
import qroar.reports.Markup;
import qroar.reports.ReportWriter;
import qroar.reports.ResultFile;
import qroar.reports.SampleReport;

/** A study whose losses are known, searched and reported. */
class StudyReportTest {
    private static final List<Integer> LENGTHS = List.of(64, 128);
    private static final int TRAINED_WINDOW = 64;

    /** Loss per token: quantizing costs 0.1 nats; scales gain the quantized model up to 0.05, the other one a fifth of it. */
    private static double loss(TrialSpec spec) {
        double off = 0;
        for (double scale : spec.scales().scales()) {
            off += Math.pow(Math.log(scale) - Math.log(1.1), 2) / Math.pow(Math.log(1.1), 2) / 2;
        }
        double gain = 0.05 * (1 - off);
        return spec.quantization().isNone() ? 1.0 - gain / 5 : 1.1 - gain;
    }

    private static EvaluationPlan plan(String name, List<Integer> lengths) {
        return new EvaluationPlan(
                IntStream.range(0, 3)
                        .mapToObj(d -> new DocumentRef(name + d, name + d, 130))
                        .toList(),
                lengths,
                16);
    }

    private static Study study() {
        return new Study(
                "01-study",
                new Study.Model(
                        "0".repeat(64),
                        Precision.FLOAT32,
                        new RopeGeometry(16, 10_000, TRAINED_WINDOW, null),
                        TRAINED_WINDOW,
                        YarnScaling.of(2, null),
                        new QuantizationSpec(new RtnQuantization(4, 32), null, 0),
                        Calibration.NONE),
                BandPartition.logSpaced(8, 2),
                ScaleMode.SHARED,
                Objective.lengthWeighted(LENGTHS),
                new SearchSettings(
                        SearchStrategy.Strategy.COORDINATE,
                        5,
                        0.0005,
                        1,
                        1,
                        new SearchWindowSettings(0.2231, 0.1484, 0.25, 0.999, 0.5, 2.0),
                        SearchSettings.Start.DIAGNOSTICS),
                new StoppingSettings(StoppingRule.Rule.NONE, 0.05),
                new Study.Plans(plan("search", LENGTHS), plan("held-out", LENGTHS), plan("search", List.of(64))));
    }

    private static StudyProgress searched(Study study, Map<String, TrialRow> rows) {
        StudyProgress progress = StudyProgress.begin(study);
        while (!progress.isDone()) {
            TrialRequest request = progress.wanted().get(0);
            double[] losses = request.spec().plan().windows().stream()
                    .limit(request.windowLimit())
                    .mapToDouble(window -> window.tokens() * loss(request.spec()))
                    .toArray();
            progress = progress.with(request.label(), new TrialResult.Measured(losses, List.of()));
            Standing standing = rows.size() % 2 == 0 ? Standing.FINISHED : Standing.SHARED;
            rows.put(
                    request.label(),
                    new TrialRow(
                            rows.size() + 1,
                            study.id(),
                            request.label(),
                            "key of " + request.label(),
                            standing,
                            null,
                            1,
                            losses.length,
                            losses.length,
                            0,
                            null,
                            null));
        }
        return progress;
    }

    @Test
    void whatAnOutcomeSaysIsInTheReport() {
        Study study = study();
        Map<String, TrialRow> rows = new HashMap<>();
        StudyOutcome outcome = searched(study, rows).outcome();
        StudyReport report = StudyReport.of(study, outcome, rows, List.of());

        assertThat(report.state()).isEqualTo(StudyState.FINISHED);
        assertThat(report.bands()).extracting(BandReport::scale).doesNotContain(1.0);
        double gain = loss(trial(study, report, 1)) - loss(trial(study, report, 0));
        LengthRow row = report.lengths().get(0);
        assertThat(known(row.tunedPplGain()).estimate()).isCloseTo(-gain, within(1e-12));
        assertThat(known(row.repairedPplGain()).estimate()).isCloseTo(-gain * 4 / 5, within(1e-12));
        assertThat(report.candidates())
                .anyMatch(candidate -> candidate.state() == Standing.SHARED)
                .allMatch(candidate -> (candidate.state() == Standing.SHARED) == (candidate.sharedKey() != null));
        RepairFigures repair = report.repair();
        Attribution attribution = outcome.attribution();
        assertThat(repair).isNotNull();
        assertThat(attribution).isNotNull();
        assertThat(repair.interpolationShare()).isCloseTo(0.2, within(1e-9));
        assertThat(repair.repairedGain()).isEqualTo(attribution.repaired().objective());
        assertThat(repair.quantizingGain().estimate()).isCloseTo(-0.1, within(1e-9));
        assertThat(repair.shortContext()).isEqualTo(Attribution.ShortContext.IMPROVED);
        assertThat(repair.shortContextTokens()).isEqualTo(TRAINED_WINDOW);
        assertThat(report.lengths().get(0).baseline())
                .isEqualTo(known(known(outcome.heldOut().get(Setting.BASELINE)).perplexity(64))
                        .estimate());
    }

    private static <T> T known(@Nullable T value) {
        return Objects.requireNonNull(value);
    }

    /** @param chosen 1 for the scales that were found, 0 for none */
    private static TrialSpec trial(Study study, StudyReport report, int chosen) {
        TrialSpec baseline = study.baseline();
        double[] scales = report.bands().stream()
                .mapToDouble(band -> Math.pow(known(band.scale()), chosen))
                .toArray();
        return new TrialSpec(
                baseline.checkpointDigest(),
                baseline.quantization(),
                baseline.calibration(),
                baseline.rope(),
                new BandScales(study.partition(), study.mode(), scales),
                baseline.plan(),
                baseline.probe());
    }

    @Test
    void figuresOfRepairComeBackAndAFileFromBeforeThemIsRead(@TempDir Path run) throws Exception {
        Study study = study();
        Map<String, TrialRow> rows = new HashMap<>();
        StudyReport studied = StudyReport.of(study, searched(study, rows).outcome(), rows, List.of());
        RunReport report = SampleReport.report(RunState.FINISHED, List.of(studied));
        ReportWriter.write(run, report);
        Path file = run.resolve("result.json");
        assertThat(ResultFile.read(file)).isEqualTo(report);
        JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(file));
        assertThat(root.at("/studies/0/repair/shortContext").asText()).isEqualTo("improved");
        assertThat(root.at("/studies/0/repair/repairedGain/lowNats").isNumber()).isTrue();

        ((ObjectNode) root.at("/studies/0")).remove(List.of("repair", "controls", "shares"));
        Files.write(file, new ObjectMapper().writeValueAsBytes(root));
        StudyReport before = ResultFile.read(file).studies().get(0);
        assertThat(before.repair()).isNull();
        assertThat(before.controls()).isEmpty();
        assertThat(before.shares()).isNull();
    }

    /** A gain whose shares nobody asked for may be one temperature, and the page says that it is not known. */
    @Test
    void aGainWithoutSharesSaysThatTheyAreNotKnown(@TempDir Path run) throws Exception {
        Map<String, TrialRow> rows = new HashMap<>();
        StudyReport studied = StudyReport.of(study(), searched(study(), rows).outcome(), rows, List.of());
        ReportWriter.write(run, SampleReport.report(RunState.FINISHED, List.of(studied)));
        assertThat(Markup.texts(Markup.parse(Files.readAllBytes(run.resolve("report.html"))), "p"))
                .filteredOn(text -> text.contains("controls: [common] in the experiment measures it"))
                .as("the first screen, and the study's section")
                .hasSize(2);
    }

    /** Both bands are best at 1.1, so that all of the gain is one temperature, and the page has to say so. */
    @Test
    void controlsAndSharesAreInResultPageAndHeadline(@TempDir Path run) throws Exception {
        Study study = study().withControls(List.of(Control.values()), SearchSettings.Common.START);
        Map<String, TrialRow> rows = new HashMap<>();
        StudyReport studied = StudyReport.of(study, searched(study, rows).outcome(), rows, List.of());
        ShareFigures shares = known(studied.shares());
        assertThat(shares.commonScale()).isCloseTo(1.1, within(1e-3));
        assertThat(shares.isMostlyCommon()).isTrue();
        assertThat(shares.common().repairedGain().estimate())
                .isCloseTo(0.8 * shares.common().gain().estimate(), within(1e-3));

        ReportWriter.write(run, SampleReport.report(RunState.FINISHED, List.of(studied)));
        JsonNode root = new ObjectMapper().readTree(Files.readAllBytes(run.resolve("result.json")));
        JsonNode stored = root.at("/studies/0");
        assertThat(stored.at("/shares/common/ofAll").asDouble()).isEqualTo(1);
        assertThat(stored.at("/shares/bands/gain/nats").asDouble()).isZero();
        assertThat(stored.path("controls").findValuesAsText("control"))
                .containsExactly("common", "random", "attention-factor");
        assertThat(stored.at("/controls/1/scales").size()).isEqualTo(4);
        assertThat(stored.at("/shares").has("mostlyCommon")).isFalse();

        Element page = Markup.parse(Files.readAllBytes(run.resolve("report.html")));
        List<String> paragraphs = Markup.texts(page, "p");
        assertThat(paragraphs)
                .filteredOn(text -> text.contains("Most of the gain is one temperature"))
                .as("the headline, and the study's section")
                .hasSize(2);
        assertThat(Markup.texts(page, "th")).anyMatch(text -> text.startsWith("one scale for all bands, 1.1"));
        assertThat(Markup.texts(page, "th")).anyMatch(text -> text.startsWith("attention-factor"));
    }
}
