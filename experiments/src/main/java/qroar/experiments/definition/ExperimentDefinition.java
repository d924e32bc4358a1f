package qroar.experiments.definition;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.definition.sweep.Sweep;
import qroar.experiments.definition.task.ObjectiveNeedles;
import qroar.experiments.definition.task.TaskEvaluation;
import qroar.experiments.stopping.StoppingSettings;
import qroar.protocol.trial.Precision;

/**
 * A validated experiment file. Nothing in it depends on where the file lies: paths are absolute, globs are lists of
 * files, environment variables are replaced.
 *
 * @param name for the run's folder and report
 * @param model which one, and how it is computed
 * @param documents what is read
 * @param calibration how calibration documents are cut
 * @param reading how far documents are read, and in which windows
 * @param sweep the swept keys
 * @param search how scales are searched
 * @param stopping when candidates are given up
 * @param tasks what every study's models are asked once it has searched
 * @param needles what candidates are asked, where needles are an objective; null otherwise
 */
public record ExperimentDefinition(
        String name,
        ModelChoice model,
        DocumentSources documents,
        CalibrationSettings calibration,
        Reading reading,
        Sweep sweep,
        SearchChoice search,
        StoppingSettings stopping,
        List<TaskEvaluation> tasks,
        @Nullable ObjectiveNeedles needles) {
    public ExperimentDefinition {
        tasks = List.copyOf(tasks);
    }

    /** Context lengths in tokens, strictly rising, that candidates are compared at. */
    public List<Integer> lengths() {
        return reading.lengths();
    }

    /** Scored tokens in a window at most. */
    public int windowTokens() {
        return reading.windowTokens();
    }

    /** What is measured on held-out documents. */
    public HeldOutChoice heldOut() {
        return reading.heldOut();
    }

    /** Overrides the checkpoint's trained window, in tokens; null to believe the checkpoint. */
    public @Nullable Integer trainedWindow() {
        return model.trainedWindow();
    }

    /**
     * Type of the forward passes.
     *
     * @throws IllegalStateException while it is left to whoever knows checkpoint and devices
     */
    public Precision precision() {
        Precision precision = model.precision();
        if (precision == null) {
            throw new IllegalStateException("precision of '" + name + "' was not resolved");
        }
        return precision;
    }

    /** The same experiment in that precision. */
    public ExperimentDefinition in(Precision precision) {
        return new ExperimentDefinition(
                name,
                new ModelChoice(model.directory(), model.trainedWindow(), precision, model.control()),
                documents,
                calibration,
                reading,
                sweep,
                search,
                stopping,
                tasks,
                needles);
    }

    /** The experiment as a file with every default spelled out; reading that file gives an equal definition. */
    public String resolved() {
        return ResolvedFile.write(this);
    }

    /**
     * Every setting that may change a number, as key of the file to value: all but name, paths and tasks. In the order of the
     * file. Precision is among them where it is not float32, which earlier versions did not name.
     */
    public Map<String, String> settings() {
        return ResolvedFile.settings(this);
    }
}
