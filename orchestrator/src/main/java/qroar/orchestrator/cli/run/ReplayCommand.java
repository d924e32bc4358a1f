package qroar.orchestrator.cli.run;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import qroar.experiments.study.Study;
import qroar.experiments.study.cost.Replay;
import qroar.orchestrator.app.run.RunReplay;
import qroar.orchestrator.cli.option.RunParameter;
import qroar.orchestrator.console.ExitCode;
import qroar.orchestrator.console.Output;
import qroar.protocol.OneLine;

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
        List<Map<String, Object>> studies = new RunReplay(rule, alpha, losses)
                .of(run.find()).stream().map(ReplayCommand::describe).toList();
        if (json) {
            System.out.println(Output.json(Map.of("stopping", rule, "studies", studies)));
        } else {
            print(studies);
        }
        return ExitCode.DONE.code();
    }

    private static Map<String, Object> describe(RunReplay.Decided decided) {
        Study study = decided.study();
        Replay replay = decided.replay();
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
                for (Object line : (List<?>) Objects.requireNonNull(study.get(list))) {
                    System.out.println("  " + (list.equals("changes") ? "changed: " : "cannot be decided: ")
                            + OneLine.of(line.toString()));
                }
            }
        }
    }
}
