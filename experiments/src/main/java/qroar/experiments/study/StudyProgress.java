package qroar.experiments.study;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.diagnosis.BandDiagnosis;
import qroar.experiments.objective.PlanWindows;
import qroar.experiments.search.Incumbent;
import qroar.experiments.stopping.Verdict;
import qroar.experiments.trial.Control;
import qroar.experiments.trial.Setting;
import qroar.experiments.trial.TrialLabel;
import qroar.protocol.band.BandScales;
import qroar.protocol.trial.LayerActivations;

/**
 * A study in progress, as an immutable state machine: diagnostics and baselines, then the search round by round, then the
 * chosen scales and their control on held-out documents. It says which trials are wanted and folds their results in any
 * order to the same decisions: what is wanted next depends only on complete sets of answers, and an answer is first cut to
 * what this study's rule asked for.
 *
 * <p>A trial that does not come out costs what depends on it and nothing else: without baseline nothing is searched,
 * without the unquantized distributions search windows are not shifted, a candidate just cannot win.
 */
public final class StudyProgress {
    /**
     * Raised whenever a study asks for other trials or decides otherwise, so that no journal is folded by rules that it was
     * not written under.
     */
    public static final int DECISIONS_VERSION = 2;

    private final Study study;
    private final Given given;
    private final Map<String, TrialResult> answers;
    private final @Nullable List<BandDiagnosis> bands;
    /** Null before it begins, and where nothing is searched. */
    private final @Nullable StudySearch search;

    private final List<TrialRequest> wanted;
    /** Made when first asked for; threads that ask at once make the same. */
    private @Nullable List<TrialRequest> foreseen;

    private volatile @Nullable StudyOutcome outcome;

    /** What does not change while the study runs, computed once. */
    private record Given(Study planned, PlanWindows searchPlan, List<TrialRequest> first) {
        /** Nothing quantized is asked for before it is known how. */
        static Given of(Study planned, Study study) {
            List<TrialRequest> first = StudyTrials.first(study).stream()
                    .filter(request -> !study.awaitsTails()
                            || !request.spec()
                                    .quantization()
                                    .equals(study.quantized().quantization()))
                    .toList();
            return new Given(planned, study.objective().windows(study.searchPlan()), first);
        }
    }

    private StudyProgress(
            Study study,
            Given given,
            Map<String, TrialResult> answers,
            @Nullable List<BandDiagnosis> bands,
            @Nullable StudySearch search) {
        this.study = study;
        this.given = given;
        this.answers = answers;
        this.bands = bands;
        this.search = search;
        List<TrialRequest> open = new ArrayList<>();
        given.first().stream().filter(r -> !answers.containsKey(r.label())).forEach(open::add);
        if (search != null) {
            open.addAll(search.wanted());
        }
        finalTrials().stream().filter(r -> !answers.containsKey(r.label())).forEach(open::add);
        open.sort(Comparator.comparingInt(TrialRequest::priority));
        this.wanted = List.copyOf(open);
    }

    /** Whether a label is a task's that this study, as its experiment is now, does not ask for: an earlier experiment did. */
    public boolean hasDropped(String label) {
        return TrialLabel.purpose(label) == TrialLabel.Purpose.TASKS
                && study.tasks().stream().noneMatch(task -> TrialLabel.isOf(label, task.name()));
    }

    /**
     * @throws qroar.protocol.BadInput when the objective asks for lengths that a plan does not have, or a joint search is too large
     */
    public static StudyProgress begin(Study study) {
        study.requireLengths();
        StudySearch.requireBounded(study);
        MeasuredTails.requireBands(study);
        return new StudyProgress(study, Given.of(study, study), Map.of(), null, null);
    }

    /** Trials wanted now, in dispatch order; stable until a result arrives. Empty when the study is done. */
    public List<TrialRequest> wanted() {
        return wanted;
    }

    public boolean isDone() {
        return wanted.isEmpty();
    }

    /**
     * Trials that may be wanted when those are answered that are wanted now, the likeliest first. Whether or not one is measured
     * before it is asked for changes no decision; it is for workers who would have nothing to do. Made when first asked for.
     */
    public List<TrialRequest> foreseen() {
        List<TrialRequest> known = foreseen;
        if (known == null) {
            known = search == null ? List.of() : search.foreseen(wanted);
            foreseen = known;
        }
        return known;
    }

    /**
     * What the stopping rule says of a running trial.
     *
     * @param nllPrefix losses of its windows so far, in plan order
     * @return {@link Verdict#UNDECIDED} for trials that do not race or are not running any more
     */
    public Verdict judge(String label, double[] nllPrefix) {
        return search == null ? Verdict.UNDECIDED : search.judge(label, nllPrefix);
    }

    /**
     * What a running candidate will gain over the point that it is raced against, with an interval that shrinks as it goes on;
     * null for other trials and while nothing can be said. For people: nothing is decided by it.
     */
    public @Nullable Interval forecast(String label, double[] nllPrefix) {
        return search == null ? null : search.forecast(label, nllPrefix);
    }

    /** What is being done, in a few words, bands numbered as in labels: {@code pass 1 band 2 of 0..3}. */
    public String stage() {
        if (isDone()) {
            return "done";
        }
        if (searchIsOver()) {
            return "held-out";
        }
        return search == null ? "diagnostics" : search.stage();
    }

    /**
     * The study with one more result. Results of trials that are answered already change nothing; neither do results that
     * are shorter than what is wanted and not stopped by this study's own rule: such a trial stays wanted.
     *
     * @throws IllegalArgumentException when this study never asked for such a trial
     */
    public StudyProgress with(String label, TrialResult result) {
        if (search != null && search.races(label)) {
            StudySearch next = search.with(label, result);
            return next == search ? this : new StudyProgress(study, given, answers, bands, next);
        }
        for (TrialRequest request : wanted) {
            if (request.label().equals(label)) {
                TrialResult settled = Settlement.of(request, result);
                return settled == null ? this : answered(label, settled);
            }
        }
        if (!answers.containsKey(label) && (search == null || !search.hasRaced(label))) {
            throw new IllegalArgumentException("study " + study.id() + " did not ask for trial " + label);
        }
        return this;
    }

    private StudyProgress answered(String label, TrialResult settled) {
        Map<String, TrialResult> more = new TreeMap<>(answers);
        more.put(label, settled);
        StudyProgress next = new StudyProgress(study, given, Collections.unmodifiableMap(more), bands, search);
        if (MeasuredTails.areReady(next)) {
            return next.widened();
        }
        return bands == null && DiagnosisFold.isReady(next) ? next.diagnosed() : next;
    }

    /** The study that it would have been with the numbers in the file, the same answers given. */
    private StudyProgress widened() {
        Study resolved = MeasuredTails.in(this);
        return new StudyProgress(resolved, Given.of(given.planned(), resolved), answers, bands, search);
    }

    private StudyProgress diagnosed() {
        List<BandDiagnosis> diagnosed = DiagnosisFold.of(this);
        Incumbent baseline = start();
        StudySearch begun = baseline == null || study.isNoOp()
                ? null
                : StudySearch.begin(study, given.searchPlan(), baseline, diagnosed);
        return new StudyProgress(study, given, answers, diagnosed, begun);
    }

    /**
     * Held-out trials of the chosen scales and their controls; none before the search is over, nor when it kept the
     * unscaled model.
     */
    private List<TrialRequest> finalTrials() {
        if (search == null || !isScaled()) {
            return List.of();
        }
        BandScales chosen = search.incumbent().scales();
        List<TrialRequest> trials = new ArrayList<>(StudyTrials.last(study, chosen));
        trials.addAll(StudyTrials.controls(study, chosen, common()));
        trials.addAll(StudyTrials.lastTasks(study, chosen));
        trials.addAll(StudyTrials.controlTasks(study, chosen, common()));
        return trials;
    }

    /** Whether the search is over and chose scales. */
    boolean isScaled() {
        return search != null && search.isOver() && !search.incumbent().scales().isIdentity();
    }

    /** One scale for all bands; null where it was not sought, is not known yet, or gained nothing. */
    @Nullable BandScales common() {
        return search == null ? null : search.common();
    }

    /** Where the bands' search begins: 1, or the common scale. */
    double centre() {
        return search == null ? 1 : search.centre();
    }

    List<LayerActivations> activations(String label) {
        return answers.get(label) instanceof TrialResult.Measured measured ? measured.activations() : List.of();
    }

    /** The unscaled model on all search documents; null until it is measured, and where it was not. */
    @Nullable Incumbent start() {
        double[] nll = losses(TrialLabel.BASELINE);
        return nll == null
                ? null
                : new Incumbent(
                        TrialLabel.BASELINE,
                        Collections.nCopies(study.partition().cellCount(), 0),
                        BandScales.identity(study.partition(), study.mode()),
                        nll,
                        study.objective().value(given.searchPlan(), nll));
    }

    /** Losses of a trial that was measured to the end; null otherwise. */
    double @Nullable [] losses(String label) {
        return answers.get(label) instanceof TrialResult.Measured measured ? measured.nllNats() : null;
    }

    /**
     * Losses of a model as {@link Study#judgedPlan} has them; null while a part of them is not known.
     *
     * @param heldOut label of its trial on held-out documents
     * @param ofTask label of its trial in a task
     */
    double @Nullable [] judgedLosses(String heldOut, Function<ScoredTask, String> ofTask) {
        double[] texts = losses(heldOut);
        Study.Asked asked = study.asked();
        if (texts == null || asked == null) {
            return texts;
        }
        List<double[]> figures = new ArrayList<>();
        for (ScoredTask task : asked.tasks()) {
            double[] figure = losses(ofTask.apply(task));
            if (figure == null) {
                return null;
            }
            figures.add(figure);
        }
        return asked.losses(texts, figures);
    }

    /**
     * What a setting's model made of a task's items, figure by figure as its plan has them; null while that is not known. Where
     * the search kept the unscaled model, tuned is the baseline and the control is the unquantized model.
     */
    public double @Nullable [] taskFigures(String task, Setting setting) {
        boolean unscaled = setting.isScaled() && searchIsOver() && !isScaled();
        return losses(TrialLabel.task(task, unscaled ? setting.unscaled() : setting));
    }

    /** The same of a control's models, draw by draw; none until all its draws are measured. */
    public List<double[]> taskFigures(ScoredTask task, Control control) {
        if (search == null || !isScaled()) {
            return List.of();
        }
        List<double[]> draws = new ArrayList<>();
        for (ControlTrial trial : ControlTrial.allOf(study, search.incumbent().scales(), common())) {
            if (trial.control() == control) {
                double[] figures = losses(trial.label(task));
                if (figures == null) {
                    return List.of();
                }
                draws.add(figures);
            }
        }
        return draws;
    }

    /**
     * What is known so far, for reports; final when {@link #isDone()}. Folded once: a report asks for it every few seconds,
     * and most studies of a sweep have not changed since. Threads that ask at once may each fold it, to equal outcomes.
     */
    public StudyOutcome outcome() {
        StudyOutcome known = outcome;
        if (known == null) {
            known = OutcomeFold.of(this);
            outcome = known;
        }
        return known;
    }

    /** Gain on the search documents so far, in nats of ln J, without the rest of an {@link #outcome}; NaN before there is one. */
    public double searchGain() {
        Incumbent start = start();
        Incumbent best = incumbent();
        return start == null ? Double.NaN : start.gainOf(best == null ? start : best);
    }

    /** As it is carried out: with tails that were measured, once they are. */
    public Study study() {
        return study;
    }

    /** As the experiment has it. */
    Study planned() {
        return given.planned();
    }

    /** The best scales so far; null before the search begins, and for studies that search nothing. */
    @Nullable Incumbent incumbent() {
        return search == null ? null : search.incumbent();
    }

    PlanWindows searchPlan() {
        return given.searchPlan();
    }

    @Nullable List<BandDiagnosis> bands() {
        return bands;
    }

    /** The round that is raced now; null before the search and after it. */
    @Nullable RoundState round() {
        return search == null ? null : search.round();
    }

    /** Rounds whose candidates are all answered, in their order. */
    public List<CompletedRound> history() {
        return search == null ? List.of() : search.history();
    }

    Map<String, TrialResult> answers() {
        return answers;
    }

    boolean searchIsOver() {
        return search == null ? bands != null || !study.search().searches() : search.isOver();
    }
}
