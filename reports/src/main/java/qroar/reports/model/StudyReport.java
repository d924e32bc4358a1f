package qroar.reports.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.ControlGain;
import qroar.experiments.attribution.Interval;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.trial.Control;
import qroar.protocol.trial.DocumentRef;
import qroar.reports.model.BandReport.LayerRange;
import qroar.reports.model.heldout.HeldOutDetail;

/**
 * One point of the sweep and what came of it.
 *
 * @param id unique in the run, usable as a file name
 * @param state how it stands
 * @param settings what makes it this study
 * @param bands in the order of falling frequency
 * @param candidates every candidate that was compared, in the order of the search
 * @param lengths held-out figures per context length, rising
 * @param objective before and after
 * @param tasks multiple-choice scores, empty where none were asked for
 * @param attribution one sentence: what the gain repairs; null until the control is measured
 * @param repair what the gain repairs, in figures; null until the control is measured
 * @param controls what the found scales are compared with, quantized; empty where nothing is, or it is not measured yet
 * @param shares what one scale for all bands gains and what bands add; null until it is measured
 * @param heldOut what the held-out means are made of: documents and positions
 * @param notes what a reader must know: a quantized model that beats the unquantized one, a no-op, a winner on an edge
 */
public record StudyReport(
        String id,
        StudyState state,
        StudySettings settings,
        List<BandReport> bands,
        List<CandidateRow> candidates,
        List<LengthRow> lengths,
        ObjectiveOutcome objective,
        List<TaskScore> tasks,
        @Nullable String attribution,
        @Nullable RepairFigures repair,
        List<ControlRow> controls,
        @Nullable ShareFigures shares,
        HeldOutDetail heldOut,
        List<String> notes) {
    public StudyReport {
        bands = List.copyOf(bands);
        candidates = List.copyOf(candidates);
        lengths = List.copyOf(lengths);
        tasks = List.copyOf(tasks);
        controls = List.copyOf(controls);
        notes = List.copyOf(notes);
    }

    /** The same as part of a run that was stopped. */
    StudyReport stopped() {
        return state != StudyState.RUNNING
                ? this
                : new StudyReport(
                        id,
                        StudyState.STOPPED,
                        settings,
                        bands,
                        candidates,
                        lengths,
                        objective,
                        tasks,
                        attribution,
                        repair,
                        controls,
                        shares,
                        heldOut,
                        notes);
    }

    /**
     * What a study's outcome says to a reader.
     *
     * @param rows the study's trials by label, as far as they are wanted
     * @param tasks scores, as far as they are there
     */
    public static StudyReport of(Study study, StudyOutcome outcome, Map<String, TrialRow> rows, List<TaskScore> tasks) {
        Attribution attribution = outcome.attribution();
        boolean begun = rows.values().stream().anyMatch(row -> row.state().isFinal());
        int windows = study.searchPlan().windows().size();
        return new StudyReport(
                study.id(),
                StudyState.of(outcome.status(), begun),
                StudySettings.of(study),
                outcome.bands().stream()
                        .map(band -> BandReport.of(study, outcome, band))
                        .toList(),
                outcome.candidates().stream()
                        .map(candidate -> CandidateRow.of(candidate, rows.get(candidate.label()), windows))
                        .toList(),
                LengthRow.allOf(study, outcome),
                ObjectiveOutcome.of(study.objective().aim(), outcome),
                tasks,
                attribution == null ? null : attribution.sentence(),
                attribution == null || !attribution.hasControl() ? null : RepairFigures.of(attribution),
                outcome.controls().stream().map(ControlRow::of).toList(),
                outcome.shares() == null ? null : ShareFigures.of(outcome.shares()),
                HeldOutDetail.of(
                                outcome.heldOut(),
                                study.heldOutPlan().documents().stream()
                                        .map(DocumentRef::name)
                                        .toList())
                        .beside(outcome.comparison().reference()),
                outcome.notes());
    }

    /** Its bands, group of layers by group: one list where all layers share. */
    public List<List<BandReport>> bandsByLayers() {
        Map<Optional<LayerRange>, List<BandReport>> groups = new LinkedHashMap<>();
        for (BandReport band : bands) {
            groups.computeIfAbsent(Optional.ofNullable(band.layers()), layers -> new ArrayList<>())
                    .add(band);
        }
        return List.copyOf(groups.values());
    }

    /** One for every band, with the tails of all layers; scales are those of the first group. */
    public List<BandReport> bandsOverLayers() {
        List<List<BandReport>> groups = bandsByLayers();
        if (groups.size() < 2) {
            return bands;
        }
        List<BandReport> pooled = new ArrayList<>(groups.get(0));
        for (List<BandReport> group : groups.subList(1, groups.size())) {
            for (int b = 0; b < pooled.size() && b < group.size(); b++) {
                pooled.set(b, pooled.get(b).withLayersOf(group.get(b)));
            }
        }
        return pooled;
    }

    /**
     * A control, quantized, on the held-out documents. Of several draws the gains are those of the mean of ln J.
     *
     * @param control which one
     * @param scales per draw, of every band
     * @param gain over the quantized model with all scales 1
     * @param tunedBeyondGain what the tuned scales gain beyond it
     */
    public record ControlRow(Control control, List<List<Double>> scales, Interval gain, Interval tunedBeyondGain) {
        public ControlRow {
            scales = List.copyOf(scales);
        }

        static ControlRow of(ControlGain gain) {
            return new ControlRow(gain.control(), gain.draws(), gain.gain(), gain.tunedBeyond());
        }
    }
}
