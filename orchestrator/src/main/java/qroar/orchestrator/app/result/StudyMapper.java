package qroar.orchestrator.app.result;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Attribution;
import qroar.experiments.attribution.HeldOutFigures;
import qroar.experiments.attribution.Interval;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyOutcome.BandOutcome;
import qroar.experiments.study.StudyOutcome.CandidateOutcome;
import qroar.orchestrator.coordinator.RequestState;
import qroar.orchestrator.coordinator.RunState;
import qroar.orchestrator.coordinator.TrialState;
import qroar.protocol.quantization.QuantizationText;
import qroar.protocol.rope.RopeScalingSpec;
import qroar.protocol.trial.WindowSpan;
import qroar.reports.model.BandDiagnostics;
import qroar.reports.model.BandReport;
import qroar.reports.model.CandidateRow;
import qroar.reports.model.LengthRow;
import qroar.reports.model.ObjectiveOutcome;
import qroar.reports.model.PairedGain;
import qroar.reports.model.SearchWindow;
import qroar.reports.model.StudyReport;
import qroar.reports.model.StudySettings;
import qroar.reports.model.StudyState;
import qroar.reports.model.TaskScore;

/** Says what a study's outcome means to a reader. */
final class StudyMapper {
    private final RunState state;
    private final int number;
    private final Study study;
    private final StudyOutcome outcome;
    private final TrialRows trials;
    private final List<TaskScore> tasks;

    private StudyMapper(RunState state, int number, TrialRows trials, List<TaskScore> tasks) {
        this.state = state;
        this.number = number;
        this.study = state.plan().studies().get(number);
        this.outcome = state.progress().get(number).outcome();
        this.trials = trials;
        this.tasks = tasks;
    }

    static StudyReport of(RunState state, int number, TrialRows trials, List<TaskScore> tasks) {
        return new StudyMapper(state, number, trials, tasks).report();
    }

    private StudyReport report() {
        Attribution attribution = outcome.attribution();
        return new StudyReport(
                study.id(),
                standing(),
                settings(),
                outcome.bands().stream().map(this::band).toList(),
                candidates(),
                lengths(),
                objective(),
                tasks,
                attribution == null ? null : attribution.sentence(),
                outcome.notes());
    }

    private StudyState standing() {
        boolean begun = state.requests().stream().anyMatch(r -> r.study() == number && !r.isOpen());
        return switch (outcome.status()) {
            case DIAGNOSING -> begun ? StudyState.RUNNING : StudyState.PLANNED;
            case SEARCHING, CONFIRMING -> StudyState.RUNNING;
            case DONE -> StudyState.FINISHED;
            case NO_OP -> StudyState.NO_OP;
            case FAILED -> StudyState.FAILED;
        };
    }

    private StudySettings settings() {
        String lengths = String.join(
                ",", study.objective().lengths().stream().map(String::valueOf).toList());
        String weights = String.join(
                ",",
                study.objective().weights().stream()
                        .map(w -> String.format(java.util.Locale.ROOT, "%.3g", w))
                        .toList());
        return new StudySettings(
                RopeScalingSpec.format(study.rope()),
                QuantizationText.format(study.quantization()),
                study.partition().bandCount(),
                study.search().gridSize(),
                study.mode(),
                "lengths " + lengths + " weighted " + weights,
                study.search().strategy().word(),
                study.stopping().rule().word() + " alpha=" + study.stopping().alpha(),
                study.search().minGain());
    }

    private BandReport band(BandOutcome band) {
        SearchWindow.WinnerPlace place =
                outcome.status() == StudyOutcome.Status.DIAGNOSING || outcome.status() == StudyOutcome.Status.SEARCHING
                        ? SearchWindow.WinnerPlace.UNDECIDED
                        : band.onEdge() ? SearchWindow.WinnerPlace.ON_EDGE : SearchWindow.WinnerPlace.INSIDE;
        var diagnosis = band.diagnosis();
        return new BandReport(
                diagnosis.band().fromPair(),
                diagnosis.band().toPair(),
                band.scale(),
                finite(diagnosis.gradient()),
                new BandDiagnostics(
                        study.searchPlan().maxLength(),
                        diagnosis.interpolationPressure(),
                        diagnosis.phaseDeviation(),
                        diagnosis.tailInflationBefore(),
                        diagnosis.tailInflationAfter(),
                        band.layers().stream()
                                .map(l -> new BandDiagnostics.LayerTails(
                                        l.layer(), l.beforeRotation(), l.afterRotation()))
                                .toList()),
                new SearchWindow(
                        diagnosis.window().low(),
                        diagnosis.window().high(),
                        diagnosis.window().why(),
                        place));
    }

    private List<CandidateRow> candidates() {
        int planned = study.searchPlan().windows().size();
        List<CandidateRow> rows = new ArrayList<>();
        for (CandidateOutcome candidate : outcome.candidates()) {
            RequestState request = request(candidate.label());
            Verdict verdict = candidate.verdict();
            TrialState trial = request == null ? null : state.trial(request.trial());
            qroar.reports.model.TrialState standing =
                    request == null ? qroar.reports.model.TrialState.PLANNED : trials.standing(request);
            rows.add(new CandidateRow(
                    candidate.pass(),
                    candidate.band() < 0 ? null : candidate.band(),
                    java.util.Arrays.stream(candidate.scales().scales()).boxed().toList(),
                    standing,
                    verdict == null ? finite(candidate.gain()) : finite(verdict.gainEstimate()),
                    verdict == null ? null : finite(verdict.gainUpperBound()),
                    candidate.windowsSeen(),
                    planned,
                    verdict == null ? 0 : verdict.looks(),
                    standing == qroar.reports.model.TrialState.SHARED && trial != null
                            ? trial.key().hex()
                            : null,
                    candidate.promoted()));
        }
        return rows;
    }

    private @Nullable RequestState request(String label) {
        Integer request = state.requestByLabel().get(new RunState.StudyLabel(number, label));
        return request == null ? null : state.request(request);
    }

    private List<LengthRow> lengths() {
        List<LengthRow> rows = new ArrayList<>();
        List<Integer> lengths = study.heldOutPlan().lengths();
        Attribution attribution = outcome.attribution();
        for (int i = 0; i < lengths.size(); i++) {
            int length = lengths.get(i);
            rows.add(new LengthRow(
                    length,
                    length == study.trainedWindow(),
                    scoredTokens(length),
                    perplexity("baseline", length),
                    perplexity("tuned", length),
                    perplexity("unquantized", length),
                    perplexity("control", length),
                    attribution == null ? null : gain(attribution.gain().lengths(), length),
                    attribution == null ? null : gain(attribution.controlGain().lengths(), length),
                    attribution == null ? null : gain(attribution.repairedByLength(), length),
                    attribution == null ? null : gain(attribution.quantizing().lengths(), length)));
        }
        return rows;
    }

    private long scoredTokens(int length) {
        long sum = 0;
        for (WindowSpan window : study.heldOutPlan().windows()) {
            sum += window.toPosition() <= length ? window.tokens() : 0;
        }
        return sum;
    }

    private @Nullable Double perplexity(String setting, int length) {
        Map<String, HeldOutFigures> figures = outcome.heldOut();
        HeldOutFigures of = figures.get(setting);
        return of == null
                ? null
                : of.perplexities().stream()
                        .filter(p -> p.length() == length)
                        .map(p -> p.perplexity().estimate())
                        .findFirst()
                        .orElse(null);
    }

    private static @Nullable PairedGain gain(
            List<qroar.experiments.attribution.PairedGain.LengthGain> gains, int length) {
        return gains.stream()
                .filter(g -> g.length() == length)
                .map(g -> paired(g.nats()))
                .findFirst()
                .orElse(null);
    }

    private static PairedGain paired(Interval interval) {
        return new PairedGain(interval.estimate(), interval.lower(), interval.upper(), Interval.CONFIDENCE);
    }

    private ObjectiveOutcome objective() {
        StudyOutcome.SearchFigures search = outcome.search();
        HeldOutFigures baseline = outcome.heldOut().get("baseline");
        HeldOutFigures tuned = outcome.heldOut().get("tuned");
        Attribution attribution = outcome.attribution();
        return new ObjectiveOutcome(
                search == null ? null : search.objectiveBefore(),
                search == null ? null : search.objectiveAfter(),
                baseline == null ? null : baseline.objective().estimate(),
                tuned == null ? null : tuned.objective().estimate(),
                search == null ? null : paired(search.gainInterval()),
                attribution == null ? null : paired(attribution.gain().objective()),
                attribution == null ? null : paired(attribution.controlGain().objective()));
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
