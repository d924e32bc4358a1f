package qroar.experiments.definition;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import qroar.experiments.stopping.StoppingSettings;

/**
 * A validated experiment file. Nothing in it depends on where the file lies: paths are absolute, globs are lists of
 * files, environment variables are replaced.
 *
 * @param name for the run's folder and report
 * @param model directory of the checkpoint, absolute
 * @param documents what is read
 * @param calibration how calibration documents are cut
 * @param lengths context lengths in tokens, strictly rising
 * @param windowTokens scored tokens in a window at most
 * @param trainedWindow overrides the checkpoint's trained window, in tokens; null to believe the checkpoint
 * @param sweep the swept keys
 * @param search how scales are searched
 * @param stopping when candidates are given up
 * @param tasks multiple-choice tasks that every study's models answer
 */
public record ExperimentDefinition(
        String name,
        Path model,
        DocumentSources documents,
        CalibrationSettings calibration,
        List<Integer> lengths,
        int windowTokens,
        @Nullable Integer trainedWindow,
        Sweep sweep,
        SearchChoice search,
        StoppingSettings stopping,
        List<TaskEvaluation> tasks) {
    public ExperimentDefinition {
        lengths = List.copyOf(lengths);
        tasks = List.copyOf(tasks);
    }

    /** The experiment as a file with every default spelled out; reading that file gives an equal definition. */
    public String resolved() {
        return ResolvedFile.write(this);
    }

    /**
     * Every setting that may change a number, as key of the file to value: all but name, paths and tasks. In the order of the
     * file.
     */
    public Map<String, String> settings() {
        return ResolvedFile.settings(this);
    }
}
