package qroar.reports.page;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import qroar.reports.figure.PressureFigure;
import qroar.reports.figure.TailFigure;
import qroar.reports.model.BandReport;
import qroar.reports.model.StudyReport;

/**
 * The diagnostics of one RoPE scaling. They are taken of the unquantized model, so studies that differ in quantizer, grid
 * or objective have the same, and studies that differ in the number of bands have the same in coarser steps: only the
 * finest bands are drawn.
 *
 * @param rope the scaling
 * @param studies ids of those it is of
 * @param bands one table per number of bands, rising
 * @param pressure of the finest bands; null where nothing of it can be drawn
 * @param tails of the finest bands; null where layers were not kept apart
 */
public record DiagnosticsBlock(
        String rope,
        List<String> studies,
        List<List<BandReport>> bands,
        @Nullable Picture pressure,
        @Nullable Picture tails) {
    public DiagnosticsBlock {
        studies = List.copyOf(studies);
        bands = List.copyOf(bands);
    }

    static List<DiagnosticsBlock> allOf(List<StudyReport> studies) {
        Map<String, List<StudyReport>> byRope = new LinkedHashMap<>();
        for (StudyReport study : studies) {
            if (study.bands().stream().anyMatch(band -> band.diagnostics() != null)) {
                byRope.computeIfAbsent(study.settings().rope(), rope -> new ArrayList<>())
                        .add(study);
            }
        }
        List<DiagnosticsBlock> blocks = new ArrayList<>();
        byRope.forEach((rope, those) -> blocks.add(of(blocks.size() + 1, rope, those)));
        return blocks;
    }

    private static DiagnosticsBlock of(int number, String rope, List<StudyReport> studies) {
        Map<Integer, List<BandReport>> bands = new TreeMap<>();
        StudyReport finest = studies.get(0);
        for (StudyReport study : studies) {
            bands.putIfAbsent(study.bands().size(), study.bands());
            finest = study.bands().size() > finest.bands().size() ? study : finest;
        }
        String id = "diagnostics-" + number;
        return new DiagnosticsBlock(
                rope,
                studies.stream().map(StudyReport::id).toList(),
                List.copyOf(bands.values()),
                Picture.of(PressureFigure.draw(id + "-pressure", finest)),
                Picture.of(TailFigure.draw(id + "-tails", finest)));
    }
}
