package qroar.experiments.definition.task;

import java.nio.file.Path;
import java.util.List;
import qroar.protocol.needle.HaystackKind;
import qroar.protocol.needle.NeedleTask;

/**
 * Questions that an objective asks: {@code samples} of every kind, length and depth, one of each in a round. Those that scales are
 * searched on have one seed, and those that they are judged by another.
 *
 * @param tasks kinds
 * @param haystack texts of the user's, for the kinds that hide their needles in one
 * @param lengths in tokens, what may be generated included
 * @param depthsPercent of the needle; empty where they are drawn
 * @param samples rounds
 * @param seed of the questions that are searched on
 * @param heldOutSeed of those that are reported
 */
public record ObjectiveNeedles(
        List<NeedleTask> tasks,
        List<Path> haystack,
        List<Integer> lengths,
        List<Double> depthsPercent,
        int samples,
        long seed,
        long heldOutSeed) {
    public ObjectiveNeedles {
        tasks = List.copyOf(tasks);
        haystack = List.copyOf(haystack);
        lengths = List.copyOf(lengths);
        depthsPercent = List.copyOf(depthsPercent);
    }

    /** Kind by kind, those that are searched on. */
    public List<TaskEvaluation.Needles> searched() {
        return asked(seed);
    }

    /** Kind by kind, those that are reported; studies have them as tasks. */
    public List<TaskEvaluation.Needles> reported() {
        return asked(heldOutSeed);
    }

    /** Questions of a round. */
    public int perRound() {
        return tasks.size() * lengths.size() * Math.max(1, depthsPercent.size());
    }

    private List<TaskEvaluation.Needles> asked(long withSeed) {
        return tasks.stream()
                .map(task -> new TaskEvaluation.Needles(
                        task,
                        task.haystack() == HaystackKind.TEXT ? haystack : List.of(),
                        lengths,
                        depthsPercent,
                        samples,
                        withSeed))
                .toList();
    }
}
