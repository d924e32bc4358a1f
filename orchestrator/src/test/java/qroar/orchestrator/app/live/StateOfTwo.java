package qroar.orchestrator.app.live;

import java.util.List;
import qroar.experiments.study.TrialRequest;
import qroar.orchestrator.app.TwoBandStudy;
import qroar.orchestrator.coordinator.event.RunEvent;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunPlan;
import qroar.orchestrator.coordinator.state.RunState;

/** States of a run of two small studies, told event by event. */
final class StateOfTwo {
    private RunState state = RunState.of(
                    new RunPlan("run", List.of(TwoBandStudy.named("a"), TwoBandStudy.named("b")), 3))
            .apply(new RunEvent.RunBegun(1_000));

    RunState state() {
        return state;
    }

    StateOfTwo then(RunEvent event) {
        state = state.apply(event);
        return this;
    }

    /** Plans what a study wants first; each has a trial of its own. */
    StateOfTwo planned(int study) {
        for (TrialRequest request : state.progress().get(study).wanted()) {
            Integer known = state.trialNumber(request.spec().key());
            then(new RunEvent.RequestPlanned(
                    study,
                    request.label(),
                    known == null ? state.trials().size() : known,
                    request.spec().key().hex(),
                    request.windowLimit()));
        }
        return this;
    }

    RequestState request(int study, String label) {
        return state.requests().stream()
                .filter(request -> request.study() == study && request.label().equals(label))
                .findFirst()
                .orElseThrow();
    }

    /** Windows of a trial, leased where it is not. */
    StateOfTwo measured(int trial, String worker, double... losses) {
        if (state.trial(trial).portions().isEmpty()) {
            then(new RunEvent.TrialLeased(trial, 1, worker, 2_000));
        }
        return then(new RunEvent.WindowsMeasured(trial, 1, state.trial(trial).windows(), losses));
    }
}
