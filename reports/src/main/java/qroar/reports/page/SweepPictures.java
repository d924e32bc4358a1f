package qroar.reports.page;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.reports.best.Best;
import qroar.reports.figure.BandCurveFigure;
import qroar.reports.figure.FactorFigure;
import qroar.reports.figure.OverviewFigure;
import qroar.reports.figure.SweepFactor;
import qroar.reports.model.StudyReport;

/**
 * The studies of a sweep beside each other.
 *
 * @param overview gains of all of them; null with fewer than two or before anything is known
 * @param factors effect of each factor of the sweep; null where nothing varies
 * @param bandCurves found scales of all studies; null with fewer than two
 * @param varied what varies
 */
record SweepPictures(
        @Nullable Picture overview,
        @Nullable Picture factors,
        @Nullable Picture bandCurves,
        List<SweepFactor> varied) {
    SweepPictures {
        varied = List.copyOf(varied);
    }

    static SweepPictures of(List<StudyReport> studies, @Nullable Best best, @Nullable StudyReport largest) {
        List<SweepFactor> factors = SweepFactor.of(studies);
        boolean comparable = factors.stream().anyMatch(SweepFactor::isComparable);
        List<OverviewFigure.Row> rows = new ArrayList<>();
        for (int i = 0; i < studies.size(); i++) {
            StudyReport study = studies.get(i);
            rows.add(new OverviewFigure.Row(
                    study.id(),
                    study.objective().heldOutGain(),
                    study.objective().heldOutControlGain(),
                    best != null && best.isScaled() && study == best.study()
                            ? OverviewFigure.Place.BEST
                            : OverviewFigure.Place.OTHER,
                    Show.row(i + 1)));
        }
        return new SweepPictures(
                studies.size() < 2
                        ? null
                        : Picture.of(OverviewFigure.draw(
                                "overview", "Held-out gain of every study", OverviewFigure.axis(studies), rows)),
                comparable ? Picture.of(FactorFigure.draw("factors", OverviewFigure.axis(studies), factors)) : null,
                Picture.of(BandCurveFigure.draw("band-curves", curves(studies, best, largest))),
                factors);
    }

    private static List<BandCurveFigure.Curve> curves(
            List<StudyReport> studies, @Nullable Best best, @Nullable StudyReport largest) {
        List<BandCurveFigure.Curve> curves = new ArrayList<>();
        for (int i = 0; i < studies.size(); i++) {
            StudyReport study = studies.get(i);
            BandCurveFigure.Place place = best != null && best.isScaled() && study == best.study()
                    ? BandCurveFigure.Place.BEST
                    : study == largest ? BandCurveFigure.Place.LARGEST_GAIN : BandCurveFigure.Place.OTHER;
            curves.add(new BandCurveFigure.Curve(study, Show.row(i + 1), place));
        }
        return curves;
    }
}
