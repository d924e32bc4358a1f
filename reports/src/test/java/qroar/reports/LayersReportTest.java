package qroar.reports;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Element;
import qroar.protocol.band.BandScales;
import qroar.protocol.band.LayerGroups;
import qroar.reports.figure.LayerScalesFigure;
import qroar.reports.figure.SweepFactor;
import qroar.reports.figure.TailFigure;
import qroar.reports.model.RunReport;
import qroar.reports.model.StudyReport;

/** A study whose groups of layers have scales of their own, as its files and its page show it. */
class LayersReportTest {
    private static final StudyReport PLAIN = SampleReport.demo().studies().get(0);
    private static final StudyReport STUDY = SampleReport.layered(PLAIN);

    @TempDir
    Path folder;

    private static RunReport report(StudyReport study) {
        RunReport demo = SampleReport.demo();
        return new RunReport(demo.run(), List.of(study), demo.trials(), demo.cost());
    }

    @Test
    void theSidecarHoldsTheScalesOfEveryGroup() {
        ReportWriter.write(folder, report(STUDY));
        BandScales scales =
                ScalesSidecar.read(ReportWriter.sidecar(folder, STUDY.id())).scales();
        assertThat(scales.partition().layers()).isEqualTo(LayerGroups.of(5, 3));
        assertThat(scales.partition().bandCount()).isEqualTo(4);
        for (int cell = 0; cell < 8; cell++) {
            assertThat(scales.scale(cell)).isEqualTo(STUDY.bands().get(cell).scale());
        }
    }

    @Test
    void theResultComesBackAsItWasAndOthersNameNoLayers() throws IOException {
        ReportWriter.write(folder, report(STUDY));
        assertThat(ResultFile.read(folder.resolve(ReportWriter.RESULT))
                        .studies()
                        .get(0))
                .isEqualTo(STUDY);
        byte[] plain = ResultFile.bytes(report(PLAIN));
        String text = new String(plain, StandardCharsets.UTF_8);
        assertThat(text).doesNotContain("\"layers\" : {", "\"layers\" : null");
        assertThat(new String(TrialsCsv.bytes(report(PLAIN)), StandardCharsets.UTF_8))
                .startsWith(TrialsCsv.HEADER + "\r\n");
    }

    @Test
    void trialsNameTheLayersOfTheirCandidateInALastColumn() {
        String csv = new String(TrialsCsv.bytes(report(STUDY)), StandardCharsets.UTF_8);
        List<String> lines = csv.lines().toList();
        assertThat(lines.get(0)).isEqualTo(TrialsCsv.HEADER + ",layers");
        int columns = lines.get(0).split(",", -1).length;
        assertThat(lines).allMatch(line -> line.contains("\"") || line.split(",", -1).length == columns);
        List<String> candidates =
                lines.stream().filter(line -> line.endsWith(",3-4")).toList();
        assertThat(candidates).isNotEmpty();
        assertThat(candidates).allMatch(line -> line.split(",", -1)[13].matches("[0-3]"));
    }

    @Test
    void thePageShowsScalesPerGroupAndBandInATableAndAPicture() throws IOException {
        ReportWriter.write(folder, report(STUDY));
        String page = Files.readString(folder.resolve(ReportWriter.REPORT));
        assertThat(page)
                .contains("Best scale per band and group of layers")
                .contains("layers 3\u20134 \u00b7 0\u20137")
                .contains("Scale per band and group of layers, study " + STUDY.id())
                .contains("in groups of 3 layers");
        Element svg = Markup.parse(Objects.requireNonNull(LayerScalesFigure.draw("l", STUDY)));
        double width = Markup.number(svg, "width");
        double height = Markup.number(svg, "height");
        for (double[] point : Markup.points(svg)) {
            assertThat(point[0]).isBetween(0.0, width);
            assertThat(point[1]).isBetween(0.0, height);
        }
        assertThat(Markup.texts(svg, "text")).contains("0-2", "3-4", "1.160", "0.862");
        assertThat(LayerScalesFigure.draw("l", PLAIN)).isNull();
        assertThat(Markup.parse(Objects.requireNonNull(TailFigure.draw("t", STUDY))))
                .isNotNull();
    }

    @Test
    void layersAreAFactorOfASweep() {
        assertThat(SweepFactor.of(List.of(PLAIN, STUDY)))
                .anyMatch(factor -> factor.name().equals("layers") && factor.isComparable());
    }
}
