package qroar.orchestrator.cli.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.experiments.stopping.StoppingRule;
import qroar.experiments.stopping.StoppingSettings;
import qroar.experiments.study.Replay;
import qroar.experiments.study.Study;
import qroar.experiments.study.TrialResult;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.run.RecordedRun;
import qroar.orchestrator.cli.option.RunParameter;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.orchestrator.coordinator.state.RequestState;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.orchestrator.rundirectory.RunDirectory;
import qroar.protocol.BadInput;
import qroar.protocol.OneLine;
import qroar.protocol.storage.AtomicFile;

/** {@code qroar replay}: a recorded run under another stopping rule, without a forward pass. */
@Command(
        name = "replay",
        description = "Decides a recorded run again under another stopping rule, without a forward pass: decisions"
                + " changed, forward tokens saved. A run recorded with rule none can answer for every rule.",
        mixinStandardHelpOptions = true)
public final class ReplayCommand implements Callable<Integer> {
    @Mixin
    private RunParameter run = new RunParameter();

    @Option(names = "--stopping", required = true, paramLabel = "RULE", description = "one of ${bundle:stopping-rules}")
    private String rule = "";

    @Option(
            names = "--alpha",
            paramLabel = "A",
            description = "probability of giving up a winner; left out, as in the recorded run")
    private @Nullable Double alpha;

    @Option(
            names = "--losses",
            paramLabel = "DIR",
            description = "also write the window losses of full races, one file per study, for qroar calibrate")
    private @Nullable Path losses;

    @Option(names = "--json", description = "print JSON")
    private boolean json;

    @Override
    public Integer call() {
        RunDirectory directory = run.directory();
        ExperimentInput input = run.read(directory);
        RunState state = RecordedRun.read(directory, input);
        List<Map<String, Object>> studies = new ArrayList<>();
        for (int s = 0; s < state.progress().size(); s++) {
            Study study = state.plan().studies().get(s);
            Replay replay = Replay.of(study, results(state, s), settings(study));
            studies.add(describe(study, replay));
            if (losses != null) {
                write(losses, study, Replay.losses(state.progress().get(s)).write());
            }
        }
        if (json) {
            System.out.println(Output.json(Map.of("stopping", rule, "studies", studies)));
        } else {
            print(studies);
        }
        return ExitCode.DONE.code();
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

    private static Map<String, Object> describe(Study study, Replay replay) {
        Map<String, Object> row = new LinkedHashMap<>();
        row.put("study", study.id());
        row.put("recordedRule", study.stopping().rule().word());
        row.put("candidateTokensRecorded", replay.recorded().tokens().spent());
        row.put("candidateTokensReplayed", replay.replayed().tokens().spent());
        row.put("tokensSaved", replay.tokensSaved());
        row.put("sameScales", replay.isSameChoice());
        row.put("scalesRecorded", replay.recorded().scales().scales());
        row.put("scalesReplayed", replay.replayed().scales().scales());
        row.put(
                "changes",
                replay.changes().stream()
                        .map(change -> change.label() + ": "
                                + change.recorded().standing().word()
                                + (change.wasPromoted() ? ", promoted" : "") + " -> "
                                + change.replayed().standing().word()
                                + (change.isPromoted() ? ", promoted" : ""))
                        .toList());
        row.put(
                "undecidable",
                replay.undecidable().stream()
                        .map(each -> each.label() + " " + each.reason())
                        .toList());
        return row;
    }

    private void print(List<Map<String, Object>> studies) {
        for (Map<String, Object> study : studies) {
            System.out.println(study.get("study") + ": " + study.get("recordedRule") + " spent "
                    + study.get("candidateTokensRecorded") + " forward tokens on candidates, " + rule + " "
                    + study.get("candidateTokensReplayed") + "; "
                    + (Boolean.TRUE.equals(study.get("sameScales")) ? "same scales" : "OTHER SCALES"));
            for (String list : List.of("changes", "undecidable")) {
                for (Object line : (List<?>) java.util.Objects.requireNonNull(study.get(list))) {
                    System.out.println("  " + (list.equals("changes") ? "changed: " : "cannot be decided: ")
                            + OneLine.of(line.toString()));
                }
            }
        }
    }
}
