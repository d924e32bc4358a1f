package qroar.orchestrator.app.tasks;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import qroar.experiments.study.Study;
import qroar.experiments.study.StudyProgress;
import qroar.experiments.trial.Setting;
import qroar.orchestrator.app.input.AskedTask;
import qroar.orchestrator.app.input.ExperimentInput;
import qroar.orchestrator.coordinator.state.RunState;
import qroar.protocol.BadInput;
import qroar.protocol.band.BandScales;
import qroar.protocol.input.InputFile;
import qroar.protocol.trial.TrialSpec;
import qroar.reports.model.TaskScore;
import qroar.workers.tasks.TaskAccuracy;

/**
 * Scores of a run's studies on tasks, from the trials that its journal has. Runs of builds that asked the
 * questions behind the search, and kept scores in {@code tasks.json}, have no such trials; theirs are read from there.
 */
public final class StudyTasks {
    /** A few hundred for each score. */
    private static final long MAX_BYTES = 64 << 20;

    private static final Logger LOG = LoggerFactory.getLogger(StudyTasks.class);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final ExperimentInput input;
    private final Map<String, TaskAccuracy> recorded;
    /** Once known they stay. */
    private final Map<Place, TaskAccuracy> counted = new HashMap<>();

    private record Place(int study, String task, Setting setting) {}

    private StudyTasks(ExperimentInput input, Map<String, TaskAccuracy> recorded) {
        this.input = input;
        this.recorded = recorded;
    }

    /** Of a run, with what an earlier build left of it. */
    public static StudyTasks of(ExperimentInput input, Path runDirectory) {
        return new StudyTasks(input, input.tasks().isEmpty() ? Map.of() : scores(runDirectory.resolve("tasks.json")));
    }

    private static Map<String, TaskAccuracy> scores(Path file) {
        try {
            byte[] bytes = InputFile.bytesIfThere(file, MAX_BYTES);
            return bytes == null
                    ? Map.of()
                    : JSON.readValue(bytes, new TypeReference<HashMap<String, TaskAccuracy>>() {});
        } catch (IOException | BadInput e) {
            LOG.warn("{} is not readable: {}", file, e.getMessage());
            return Map.of();
        }
    }

    /** Scores of a study, as far as they are there. */
    public List<TaskScore> of(RunState state, int study) {
        List<TaskScore> scores = new ArrayList<>();
        for (AskedTask task : input.tasks()) {
            if (task.evaluation().needles() != null) {
                scores.addAll(NeedleTaskScores.of(state.progress().get(study), task));
                continue;
            }
            for (Setting setting : Setting.values()) {
                TaskAccuracy accuracy = accuracy(
                        state.progress().get(study),
                        new Place(study, task.scored().name(), setting),
                        task);
                if (accuracy != null) {
                    scores.add(new TaskScore(
                            task.evaluation().task(),
                            task.evaluation().shots(),
                            setting,
                            accuracy.questions(),
                            accuracy.accuracy(),
                            accuracy.accuracyStandardError(),
                            accuracy.normalised(),
                            accuracy.normalisedStandardError(),
                            null));
                }
            }
        }
        return scores;
    }

    private @Nullable TaskAccuracy accuracy(StudyProgress progress, Place place, AskedTask task) {
        TaskAccuracy known = counted.get(place);
        if (known != null) {
            return known;
        }
        double[] figures = progress.taskFigures(place.task(), place.setting());
        if (figures != null) {
            TaskAccuracy accuracy = task.accuracy(figures);
            counted.put(place, accuracy);
            return accuracy;
        }
        boolean chosen = !place.setting().isScaled() || progress.isDone();
        return recorded.isEmpty() || !chosen ? null : recorded.get(key(progress, task, place.setting()));
    }

    /** As earlier builds wrote it. */
    private static String key(StudyProgress progress, AskedTask task, Setting setting) {
        Study study = progress.study();
        Study.Weights weights = setting.isQuantized() ? study.quantized() : study.unquantized();
        TrialSpec spec = new TrialSpec(
                weights.checkpointDigest(),
                study.precision(),
                weights.quantization(),
                study.calibration(),
                study.rope(),
                setting.isScaled() ? progress.outcome().scales() : BandScales.identity(study.partition(), study.mode()),
                study.heldOutPlan(),
                TrialSpec.Probe.LOSSES);
        return task.evaluation().task().replace('_', '-') + " " + task.contentDigest() + " "
                + spec.key().hex();
    }
}
