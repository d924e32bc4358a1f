package qroar.reports.figure;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.w3c.dom.Element;
import qroar.experiments.attribution.Interval;
import qroar.experiments.trial.Standing;
import qroar.reports.Markup;
import qroar.reports.SampleReport;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.LengthRow;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudyState;
import qroar.reports.model.heldout.HeldOutDetail;

class FigureTest {
    private static final StudyReport DEMO = SampleReport.demo().studies().get(0);

    private static List<String> pictures(StudyReport study) {
        return Stream.of(
                        PerplexityFigure.draw("a", study),
                        PositionFigure.draw("p", study),
                        CandidateFigure.draw("b", study),
                        PressureFigure.draw("c", study),
                        TailFigure.draw("d", study))
                .filter(Objects::nonNull)
                .toList();
    }

    private static StudyReport with(List<CandidateRow> candidates, List<LengthRow> lengths) {
        return new StudyReport(
                DEMO.id(),
                StudyState.RUNNING,
                DEMO.settings(),
                DEMO.bands(),
                candidates,
                lengths,
                ObjectiveOutcome.UNKNOWN,
                List.of(),
                null,
                null,
                List.of(),
                null,
                HeldOutDetail.NONE,
                List.of());
    }

    @Test
    void everyPictureIsWellFormedAndStaysInItsFrame() {
        List<String> all = new ArrayList<>();
        RunReport sweep = SampleReport.sweep(10, 2);
        Stream.concat(sweep.studies().stream(), SampleReport.demo().studies().stream())
                .forEach(study -> all.addAll(pictures(study)));
        all.add(FactorFigure.draw("f", "gain", SweepFactor.of(sweep.studies())));
        all.add(OverviewFigure.draw("o", "overview", OverviewFigure.axis(sweep.studies()), overview(sweep)));
        all.add(BandCurveFigure.draw("s", curves(sweep)));
        assertThat(all).hasSizeGreaterThan(50);
        for (String markup : all) {
            Element svg = Markup.parse(markup);
            double width = Markup.number(svg, "width");
            double height = Markup.number(svg, "height");
            assertThat(svg.getAttribute("viewBox"))
                    .isEqualTo("0 0 " + svg.getAttribute("width") + " " + svg.getAttribute("height"));
            for (double[] point : Markup.points(svg)) {
                assertThat(point[0]).as(svg.getAttribute("id")).isBetween(0.0, width);
                assertThat(point[1]).as(svg.getAttribute("id")).isBetween(0.0, height);
            }
        }
    }

    private static List<BandCurveFigure.Curve> curves(RunReport run) {
        return run.studies().stream()
                .map(study -> new BandCurveFigure.Curve(study, "row-1", BandCurveFigure.Place.OTHER))
                .toList();
    }

    @Test
    void scalesOfStudiesWithOtherBandsLieOverTheSamePairs() {
        RunReport sweep = SampleReport.sweep(9, 2);
        Element svg = Markup.parse(Objects.requireNonNull(BandCurveFigure.draw("s", curves(sweep))));
        List<String> tips = Markup.texts(svg, "title");
        for (StudyReport study : sweep.studies()) {
            assertThat(tips)
                    .anyMatch(tip -> tip.startsWith(study.id() + ":")
                            && tip.split(" ").length == study.bands().size() + 1);
        }
        assertThat(BandCurveFigure.draw("s", curves(SampleReport.demo())))
                .as("one study with scales")
                .isNull();
    }

    @Test
    void lossAgainstPositionIsAPointPerRange() {
        Element svg = Markup.parse(Objects.requireNonNull(PositionFigure.draw("p", DEMO)));
        assertThat(Markup.texts(svg, "title"))
                .contains("quantized, up to 256: 1.500", "unquantized, up to 4096: 1.217");
        assertThat(PositionFigure.draw("p", SampleReport.running("r"))).isNull();
    }

    private static List<OverviewFigure.Row> overview(RunReport run) {
        return run.studies().stream()
                .map(study -> new OverviewFigure.Row(
                        study.id(),
                        study.objective().heldOutGain(),
                        study.objective().heldOutControlGain(),
                        OverviewFigure.Place.OTHER,
                        "row-1"))
                .toList();
    }

    @Test
    void textsOfAPictureDoNotCoverEachOther() {
        for (StudyReport study : SampleReport.sweep(9, 2).studies()) {
            for (String markup : pictures(study)) {
                List<Element> texts = Markup.all(Markup.parse(markup), "text").stream()
                        .filter(text -> !text.hasAttribute("transform"))
                        .toList();
                for (int a = 0; a < texts.size(); a++) {
                    for (int b = 0; b < a; b++) {
                        assertThat(overlap(texts.get(a), texts.get(b)))
                                .as(texts.get(a).getTextContent() + " | "
                                        + texts.get(b).getTextContent())
                                .isFalse();
                    }
                }
            }
        }
    }

    /** By a mean width of 0.5 em: real fonts are about that wide. */
    private static boolean overlap(Element a, Element b) {
        return Math.abs(Markup.number(a, "y") - Markup.number(b, "y")) < 8
                && left(a) + width(a) > left(b)
                && left(b) + width(b) > left(a);
    }

    private static double width(Element text) {
        String size = ((Element) text.getParentNode()).getAttribute("font-size");
        return text.getTextContent().length() * 0.5 * Double.parseDouble(size);
    }

    private static double left(Element text) {
        double share = text.getAttribute("text-anchor").equals("end")
                ? 1
                : text.getAttribute("text-anchor").equals("middle") ? 0.5 : 0;
        return Markup.number(text, "x") - share * width(text);
    }

    @Test
    void perplexitiesStandHighestWhereTheyAreLargest() {
        Element svg = Markup.parse(Objects.requireNonNull(PerplexityFigure.draw("p", DEMO)));
        List<Element> marks = Markup.all(svg, "path").stream()
                .filter(path -> !Markup.texts(path, "title").isEmpty())
                .toList();
        assertThat(marks).hasSize(16);
        assertThat(Markup.texts(svg, "title"))
                .contains("quantized, 4096 tokens: 3.783", "quantized, scaled, 2048 tokens: 3.536");
        double[] quantized = start(marks, "quantized, 4096 tokens: 3.783");
        double[] scaled = start(marks, "quantized, scaled, 4096 tokens: 3.567");
        double[] shorter = start(marks, "quantized, 2048 tokens: 3.751");
        assertThat(quantized[1]).isLessThan(scaled[1]);
        assertThat(quantized[0]).isGreaterThan(shorter[0]);
    }

    private static double[] start(List<Element> marks, String title) {
        Element mark = marks.stream()
                .filter(path -> Markup.texts(path, "title").contains(title))
                .findFirst()
                .orElseThrow();
        String[] point = mark.getAttribute("d").substring(1).split("[ aL]");
        return new double[] {Double.parseDouble(point[0]), Double.parseDouble(point[1])};
    }

    @Test
    void stoppedCandidatesTellWhereTheyStopped() {
        CandidateRow stopped = new CandidateRow(
                1, 0, List.of(0.8, 1.0, 1.0, 1.0), Standing.STOPPED, -0.01, -0.002, 20, 80, 5, null, false, null, null);
        CandidateRow full = new CandidateRow(
                1, 0, List.of(1.16, 1.0, 1.0, 1.0), Standing.FINISHED, 0.02, null, 80, 80, 0, null, true, null, null);
        Element svg = Markup.parse(
                Objects.requireNonNull(CandidateFigure.draw("c", with(List.of(stopped, full), List.of()))));
        assertThat(Markup.texts(svg, "text")).contains("25%").doesNotContain("100%");
        assertThat(Markup.texts(svg, "title"))
                .contains("scale 0.800, pass 1: \u22120.0100, stopped after 20/80", "best scale 1.160");
    }

    @Test
    void notANumberIsLeftOutAndNeverDrawn() {
        CandidateRow diverged = new CandidateRow(
                1,
                1,
                List.of(1.0, 1.25, 1.0, 1.0),
                Standing.DIVERGED,
                Double.NaN,
                null,
                3,
                80,
                0,
                null,
                false,
                null,
                null);
        CandidateRow endless = new CandidateRow(
                1,
                1,
                List.of(1.0, 0.8, 1.0, 1.0),
                Standing.STOPPED,
                -0.5,
                Double.POSITIVE_INFINITY,
                3,
                80,
                1,
                null,
                false,
                null,
                null);
        LengthRow broken = new LengthRow(
                512,
                true,
                10,
                Double.NaN,
                Double.POSITIVE_INFINITY,
                3.0,
                null,
                new Interval(Double.NaN, Double.NaN, Double.NaN),
                null,
                null,
                null);
        List<String> drawn = pictures(with(List.of(diverged, endless), List.of(broken)));
        assertThat(drawn).hasSize(4).noneMatch(markup -> markup.contains("NaN\"") || markup.contains("Infinity"));
        drawn.forEach(Markup::parse);
    }

    @Test
    void nothingToShowIsNoPicture() {
        assertThat(pictures(with(List.of(), List.of()))).hasSize(2);
        assertThat(OverviewFigure.draw("o", "x", "gain", List.of())).isNull();
        assertThat(FactorFigure.draw("f", "gain", List.of())).isNull();
    }

    @Test
    void factorsAreWhatDiffersBetweenStudies() {
        List<SweepFactor> factors = SweepFactor.of(SampleReport.sweep(18, 1).studies());
        assertThat(factors).extracting(SweepFactor::name).containsExactly("quantizer", "bands", "grid");
        SweepFactor.Level two = factors.get(1).levels().get(0);
        assertThat(two.value()).isEqualTo("2");
        assertThat(two.gains()).hasSize(6);
        assertThat(two.mean())
                .isEqualTo(two.gains().stream().mapToDouble(g -> g).sum() / 6);
    }
}
