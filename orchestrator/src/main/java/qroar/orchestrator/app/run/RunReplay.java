package qroar.orchestrator.app.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.Study;
import qroar.experiments.study.TrialResult;
import qroar.experiments.study.cost.Replay;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.BadInput;
import qroar.protocol.storage.AtomicFile;

/**
 * A recorded run decided again under another stopping rule.
 *
 * @param rule its word
 * @param alpha probability of giving up a winner; null for what each study was recorded with
 * @param losses folder for the window losses of full races, one file per study; null for none
 */
public record RunReplay(
        String rule, @Nullable Double alpha, @Nullable Path losses) {
    /** One study's. */
    public record Decided(Study study, Replay replay) {}

    /** @throws BadInput in one line, where the rule is none or the run cannot be read */
    public List<Decided> of(RecordedRun run) {
        RunState state = run.state();
        List<Decided> studies = new ArrayList<>();
        for (int s = 0; s < state.progress().size(); s++) {
            Study study = state.progress().get(s).study();
            studies.add(new Decided(study, Replay.of(study, results(state, s), settings(study))));
            if (losses != null) {
                write(losses, study, Replay.losses(state.progress().get(s)).write());
            }
        }
        return studies;
    }

    private static void write(Path folder, Study study, String text) {
        try {
            Files.createDirectories(folder);
        } catch (IOException e) {
            throw new BadInput("--losses " + folder + " cannot be made a folder: " + e.getMessage(), e);
        }
        AtomicFile.write(folder.resolve(study.id() + ".json"), text);
    }

    private StoppingSettings settings(Study study) {
        double level = alpha == null ? study.stopping().alpha() : alpha;
        if (!(level > 0 && level <= 0.5)) {
            throw new BadInput("--alpha " + level + " must lie above 0 and at most at 0.5");
        }
        for (StoppingRule.Rule known : StoppingRule.Rule.values()) {
            if (known.word().equals(rule)) {
                return new StoppingSettings(known, level);
            }
        }
        throw new BadInput("--stopping '" + rule + "' is unknown; use one of " + StoppingRule.Rule.words());
    }

    private static Map<String, TrialResult> results(RunState state, int study) {
        Map<String, TrialResult> results = new HashMap<>();
        for (RequestState request : state.requests()) {
            TrialResult result = request.study() == study ? state.result(request) : null;
            if (result != null) {
                results.put(request.label(), result);
            }
        }
        return results;
    }
}
