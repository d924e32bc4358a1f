package qroar.orchestrator.app.result;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import qroar.experiments.plan.PlanNote;
import qroar.experiments.study.StudyOutcome;
import qroar.experiments.study.StudyProgress;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.app.tasks.StudyTasks;
import qroar.orchestrator.console.Version;
import qroar.orchestrator.coordinator.CoordinatorCommand.RunView;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.input.HubCache;
import qroar.protocol.message.WorkerProfile;
import qroar.reports.model.DocumentSummary;
import qroar.reports.model.Failure;
import qroar.reports.model.ModelSummary;
import qroar.reports.model.RunReport;
import qroar.reports.model.RunSummary;
import qroar.workers.config.ModelConfig;
import qroar.workers.text.TokenizedDocument;

/** The reports of a run as it goes: what its state says to a reader, with who took part and on what. */
public final class RunReports {
    private final ExperimentInput input;
    private final StudyTasks tasks;
    private final Map<String, String> versions;
    /** Who took part since this process started, in the order of their coming. */
    private final Set<String> hardware;

    private final EngineGuard engines;

    public RunReports(
            ExperimentInput input,
            StudyTasks tasks,
            Map<String, String> versions,
            List<String> hardware,
            EngineGuard engines) {
        this.input = input;
        this.tasks = tasks;
        this.versions = versions;
        this.hardware = new LinkedHashSet<>(hardware);
        this.engines = engines;
    }

    /** Remembers who works for the run. */
    public void see(RunView view) {
        hardware.addAll(hardware(view.workers()));
        engines.see(view.workers());
    }

    /** A run under way or finished. */
    public RunReport report(RunView view) {
        boolean finished = view.state().phase() == RunState.Phase.FINISHED;
        return report(view, finished ? qroar.reports.model.RunState.FINISHED : qroar.reports.model.RunState.RUNNING);
    }

    /** A run that ended before it was complete. */
    public RunReport stopped(RunView view) {
        return report(view, qroar.reports.model.RunState.STOPPED);
    }

    private RunReport report(RunView view, qroar.reports.model.RunState standing) {
        RunState state = view.state();
        TrialRows trials = new TrialRows(state);
        List<StudyOutcome> outcomes =
                state.progress().stream().map(StudyProgress::outcome).toList();
        return RunReport.of(
                summary(view, standing, trials),
                state.progress().stream().map(StudyProgress::study).toList(),
                outcomes,
                study -> tasks.of(state, study),
                trials.rows(),
                RunCosts.of(state));
    }

    private RunSummary summary(RunView view, qroar.reports.model.RunState standing, TrialRows trials) {
        RunState state = view.state();
        List<String> notes = Stream.concat(
                        input.plan().notes().stream().map(PlanNote::toString), engines.notes().stream())
                .toList();
        List<Failure> failures = trials.failures();
        return new RunSummary(
                input.definition().name(),
                input.fingerprint().hex(),
                standing,
                Instant.ofEpochMilli(state.begunAtMillis()),
                standing == qroar.reports.model.RunState.FINISHED
                        ? Instant.ofEpochMilli(state.finishedAtMillis())
                        : null,
                model(),
                documents(),
                versions,
                List.copyOf(hardware),
                notes,
                failures,
                input.definition().resolved());
    }

    private ModelSummary model() {
        ModelConfig config = input.checkpoint().config();
        return new ModelSummary(
                modelName(input.definition().model().directory()),
                input.facts().checkpointDigest(),
                config.architecture().modelType(),
                input.checkpoint().parameterCount(),
                config.layerCount(),
                config.headCount(),
                config.keyValueHeadCount(),
                config.headDim(),
                config.geometry().theta(),
                trainedWindow());
    }

    /**
     * Its name in a Hugging Face cache, or the checkpoint's folder or file with the folder it lies in: many are called {@code model} or
     * {@code snapshot}.
     */
    public static String modelName(Path checkpoint) {
        String published = HubCache.nameOf(checkpoint);
        if (published != null) {
            return published;
        }
        Path directory = checkpoint.toAbsolutePath().normalize();
        int names = directory.getNameCount();
        return names < 2
                ? directory.toString()
                : directory.subpath(names - 2, names).toString();
    }

    private int trainedWindow() {
        Integer override = input.definition().trainedWindow();
        return override == null ? input.facts().trainedWindow() : override;
    }

    private List<DocumentSummary> documents() {
        List<DocumentSummary> all = new ArrayList<>();
        add(all, DocumentSummary.Role.SEARCH, input.search());
        add(all, DocumentSummary.Role.HELD_OUT, input.heldOut());
        boolean calibrated = input.plan().studies().stream()
                .anyMatch(study -> study.quantization().weights().isCalibrated());
        add(all, DocumentSummary.Role.CALIBRATION, calibrated ? input.calibration() : List.of());
        return all;
    }

    private static void add(List<DocumentSummary> all, DocumentSummary.Role role, List<TokenizedDocument> documents) {
        for (TokenizedDocument document : documents) {
            all.add(new DocumentSummary(
                    role,
                    document.ref().name(),
                    document.ref().digest(),
                    document.ref().tokens()));
        }
    }

    /** What computes the numbers here. */
    public static Map<String, String> versions(@Nullable String pytorch) {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("qroar", Version.text());
        versions.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.version"));
        if (pytorch != null) {
            versions.put("pytorch", pytorch);
        }
        return versions;
    }

    /** One line per worker. */
    public static List<String> hardware(List<WorkerProfile> workers) {
        return workers.stream()
                .map(w -> w.device() + ", " + w.threads() + " thread" + (w.threads() == 1 ? "" : "s") + ", "
                        + (w.memoryBytes() >> 20) + " MiB, " + w.engine() + " (" + w.id() + ")")
                .toList();
    }
}
