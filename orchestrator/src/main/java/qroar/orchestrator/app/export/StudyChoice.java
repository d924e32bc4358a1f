package qroar.orchestrator.app.export;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyOutcome;
import qroar.orchestrator.console.Notes;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.reports.best.Best;
import qroar.reports.best.BestWords;
import qroar.reports.best.Worth;
import qroar.reports.model.StudyReport;

/**
 * Which model of a run is written.
 *
 * @param study null for the best, as the run's report has it
 * @param scales whether the study's scales are part of it
 */
public record StudyChoice(@Nullable String study, Scales scales) {
    /** What becomes of the scales that a study found. */
    public enum Scales {
        /** They are put in; of the best study only where they are worth using. */
        FOUND,
        /** All are 1. */
        NONE;

        BandScales of(Study study, StudyOutcome outcome) {
            return this == FOUND ? outcome.scales() : BandScales.identity(study.partition(), study.mode());
        }
    }

    /** @throws BadInput where there is no such study, it is not done, or a choice has to be made that nobody made */
    int of(String run, RunState state, Notes notes) {
        return study == null ? best(run, state, notes) : named(run, state, study);
    }

    private int best(String run, RunState state, Notes notes) {
        if (state.phase() != RunState.Phase.FINISHED) {
            throw new BadInput("run " + run + " is not finished; resume it, or name a study that is with --study");
        }
        List<StudyReport> studies = new ArrayList<>();
        for (int s = 0; s < state.progress().size(); s++) {
            StudyOutcome outcome = state.progress().get(s).outcome();
            studies.add(StudyReport.of(state.progress().get(s).study(), outcome, Map.of(), List.of()));
        }
        Best best = Best.of(studies);
        if (best == null) {
            throw new BadInput("no study of run " + run + " has a model measured on held-out documents");
        }
        requireWorthUsing(best, Best.largestGain(studies));
        notes.tell("the best of " + studies.size() + (studies.size() == 1 ? " study: " : " studies: ")
                + BestWords.model(best) + ", " + BestWords.figures(best));
        return studies.indexOf(best.study());
    }

    /** Nobody gets scales that may be worth nothing without having asked for them. */
    private void requireWorthUsing(Best best, @Nullable StudyReport largest) {
        boolean none = best.worth() == Worth.NOT_SEARCHED || best.worth() == Worth.UNSCALED;
        if (scales == Scales.NONE || best.isScaled() || none) {
            return;
        }
        throw new BadInput("the best model is " + best.study().settings().quantizer() + " under "
                + best.study().settings().rope() + ", and no scales are worth using: " + BestWords.whyNoScales(best)
                + "; --unscaled writes it without scales, --study "
                + best.study().id() + " with them nevertheless"
                + (largest == null ? "" : elsewhere(best, largest)));
    }

    private static String elsewhere(Best best, StudyReport largest) {
        Interval gain = largest.objective().heldOutGain();
        boolean isProven = gain != null && gain.isPositive() && largest != best.study();
        return isProven ? "; the largest gain is --study " + largest.id() : "";
    }

    private static int named(String run, RunState state, String id) {
        List<String> ids = state.plan().studies().stream().map(Study::id).toList();
        int number = ids.indexOf(id);
        if (number < 0) {
            throw new BadInput("--study " + id + " is none of run " + run + ", which has " + ids);
        }
        if (!state.progress().get(number).isDone()) {
            throw new BadInput("--study " + id + " of run " + run + " is not done");
        }
        return number;
    }
}
