package qroar.reports.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import qroar.experiments.attribution.Interval;
import qroar.experiments.study.StudyOutcome.LayerTails;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Standing;
import qroar.protocol.band.BandPartition;
import qroar.protocol.band.ScaleMode;
import qroar.reports.Markup;
import qroar.reports.SampleReport;
import qroar.reports.model.BandReport;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.LengthRow;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.RunState;
import qroar.reports.model.ShareFigures;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudyReport.ControlRow;
import qroar.reports.model.StudySettings;
import qroar.reports.model.StudyState;
import qroar.reports.model.heldout.HeldOutDetail;

/** Whatever a run measured, or did not measure, or measured as nonsense: there is a page, and its pictures hold. */
class AnyReportTest {
    private static final double[] ODD = {
        Double.NaN,
        Double.POSITIVE_INFINITY,
        Double.NEGATIVE_INFINITY,
        0,
        -1,
        1,
        1e-300,
        1e300,
        -1e300,
        Double.MIN_VALUE
    };

    private final Random random = new Random();

    @Test
    void everyReportHasAPageWhosePicturesStayInTheirFrames() {
        long first = Long.getLong("seed", 1);
        long runs = System.getProperty("seed") == null ? 60 : 1;
        for (long seed = first; seed < first + runs; seed++) {
            random.setSeed(seed);
            List<StudyReport> studies = new ArrayList<>();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                studies.add(study("study-" + i));
            }
            String name = "seed " + seed;
            Element page;
            try {
                page = Markup.parse(Pages.report(SampleReport.report(any(RunState.values()), studies)));
            } catch (RuntimeException | AssertionError e) {
                throw new AssertionError(name + ": " + e.getMessage(), e);
            }
            for (Element svg : Markup.all(page, "svg")) {
                double width = Markup.number(svg, "width");
                double height = Markup.number(svg, "height");
                assertThat(Markup.points(svg).stream()
                                .filter(p -> !(p[0] >= 0 && p[0] <= width && p[1] >= 0 && p[1] <= height)))
                        .as(name + " " + svg.getAttribute("id"))
                        .isEmpty();
            }
        }
    }

    private StudyReport study(String id) {
        int bandCount = 1 + random.nextInt(9);
        List<BandReport> bands = new ArrayList<>();
        for (int b = 0; b < bandCount && random.nextInt(40) > 0; b++) {
            bands.add(band(b, bandCount));
        }
        List<CandidateRow> candidates = new ArrayList<>();
        for (int i = random.nextInt(60); i > 0; i--) {
            candidates.add(candidate(bandCount));
        }
        List<LengthRow> lengths = new ArrayList<>();
        for (int i = random.nextInt(5), length = 512; i > 0; i--, length *= 2) {
            lengths.add(new LengthRow(
                    length,
                    random.nextInt(4) == 0,
                    length,
                    value(5),
                    value(5),
                    value(5),
                    value(5),
                    gain(),
                    gain(),
                    gain(),
                    gain()));
        }
        return new StudyReport(
                id,
                any(StudyState.values()),
                new StudySettings(
                        "yarn:factor=4",
                        "rtn:bits=" + random.nextInt(9),
                        bandCount,
                        7,
                        any(ScaleMode.values()),
                        "o",
                        "line",
                        "none",
                        number(0.001)),
                bands,
                candidates,
                lengths,
                new ObjectiveOutcome(value(5), value(5), value(5), value(5), gain(), gain(), gain()),
                List.of(),
                random.nextBoolean() ? "text" : null,
                null,
                controls(bandCount),
                random.nextBoolean() ? null : new ShareFigures(number(0.9), share(), share(), "text"),
                HeldOutDetail.NONE,
                List.of());
    }

    private List<ControlRow> controls(int bandCount) {
        List<ControlRow> controls = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
            List<Double> scales = new ArrayList<>();
            for (int b = 0; b < bandCount; b++) {
                scales.add(number(1));
            }
            controls.add(new ControlRow(any(Control.values()), List.of(scales, scales), known(), known()));
        }
        return controls;
    }

    private ShareFigures.Share share() {
        return new ShareFigures.Share(known(), value(0.5), value(0.5), value(0.5), known());
    }

    private Interval known() {
        return new Interval(number(0.05), number(0.04), number(0.06));
    }

    private BandReport band(int b, int bandCount) {
        List<LayerTails> layers = new ArrayList<>();
        for (int layer = random.nextInt(2) * random.nextInt(100); layer > 0; layer--) {
            layers.add(new LayerTails(layer, number(1), number(1)));
        }
        BandPartition partition = BandPartition.logSpaced(64, bandCount);
        return new BandReport(
                partition.bands().get(b).fromPair(),
                partition.bands().get(b).toPair(),
                random.nextInt(5) == 0 ? null : Math.exp(0.2 * random.nextGaussian()),
                value(0.1),
                random.nextInt(5) == 0
                        ? null
                        : new BandReport.Diagnostics(4096, number(100), number(10), number(1), number(1), layers),
                random.nextInt(5) == 0
                        ? null
                        : new BandReport.Window(number(0.8), number(1.2), "why", any(BandReport.Place.values())));
    }

    private CandidateRow candidate(int bandCount) {
        List<Double> scales = new ArrayList<>();
        for (int b = 0; b < bandCount; b++) {
            scales.add(Math.exp(0.3 * random.nextGaussian()));
        }
        return new CandidateRow(
                1 + random.nextInt(9),
                random.nextInt(10) == 0 ? null : random.nextInt(bandCount),
                scales,
                any(Standing.values()),
                value(0.05),
                value(0.05),
                random.nextInt(80),
                random.nextInt(3) * 40,
                3,
                null,
                random.nextInt(6) == 0,
                null,
                null);
    }

    private @Nullable Interval gain() {
        return random.nextInt(4) == 0 ? null : known();
    }

    private @Nullable Double value(double scale) {
        return random.nextInt(5) == 0 ? null : number(scale);
    }

    private double number(double scale) {
        return random.nextInt(12) == 0
                ? ODD[random.nextInt(ODD.length)]
                : scale * Math.exp(random.nextGaussian()) * (random.nextInt(8) == 0 ? -1 : 1);
    }

    private <T> T any(T[] values) {
        return values[random.nextInt(values.length)];
    }
}
