package qroar.reports.live;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.reports.model.RunState;

/**
 * A run at one moment.
 *
 * @param head what is run, and how it stands
 * @param work how far it is
 * @param studies in the order of the sweep
 * @param trials under way
 * @param workers everyone enlisted
 * @param queue what waits for a worker
 * @param ends trials that were given up, diverged or failed, the latest first; not all of many
 */
public record LiveRun(
        Head head,
        Work work,
        List<LiveStudy> studies,
        List<LiveTrial> trials,
        List<LiveWorker> workers,
        Queue queue,
        List<LiveEnd> ends) {
    public LiveRun {
        studies = List.copyOf(studies);
        trials = List.copyOf(trials);
        workers = List.copyOf(workers);
        ends = List.copyOf(ends);
    }

    /**
     * What is run.
     *
     * @param run name of its folder
     * @param experiment its name
     * @param model the checkpoint's
     * @param at when it was as told here
     * @param begun first start; null before it
     */
    public record Head(
            String run,
            String experiment,
            String model,
            RunState state,
            Instant at,
            @Nullable Instant begun) {}

    /**
     * How far a run is.
     *
     * @param windowsDone windows that settled trials rest on, and those of trials under way
     * @param windowsExpected a guess for the whole run, at least {@code windowsDone}
     * @param settled trials that ended, however
     * @param tokensPerSecond scored tokens of late, all workers together; 0 while it is not known
     * @param secondsLeft a guess; null while there is none
     */
    public record Work(
            long windowsDone,
            long windowsExpected,
            int settled,
            double tokensPerSecond,
            @Nullable Double secondsLeft) {
        /** From 0 to 1. */
        @JsonIgnore
        public double share() {
            return windowsExpected == 0 ? 0 : (double) windowsDone / windowsExpected;
        }
    }

    /**
     * Trials that wait for a worker.
     *
     * @param waiting how many
     * @param next the first of them, as study and label
     */
    public record Queue(int waiting, List<String> next) {
        public Queue {
            next = List.copyOf(next);
        }
    }

    /** Studies of which nothing is to be measured any more. */
    @JsonIgnore
    public long studiesDone() {
        return studies.stream().filter(study -> study.state().isOver()).count();
    }

    /** The first study that is being worked on; null where none is. */
    @JsonIgnore
    public @Nullable LiveStudy current() {
        return studies.stream()
                .filter(study -> trials.stream().anyMatch(trial -> trial.study().equals(study.id())))
                .filter(study -> !study.state().isOver())
                .findFirst()
                .orElse(studies.stream()
                        .filter(study -> !study.state().isOver())
                        .findFirst()
                        .orElse(null));
    }

    /** The study with the largest gain on search documents so far; null while none is known. */
    @JsonIgnore
    public @Nullable LiveStudy best() {
        return studies.stream()
                .filter(study -> study.searchGain() != null)
                .max(Comparator.comparingDouble(LiveStudy::gain))
                .orElse(null);
    }

    /** The same when its process has ended without a word: nothing is under way, and nobody works. */
    public LiveRun stopped() {
        return head.state() == RunState.RUNNING ? ended(RunState.STOPPED) : this;
    }

    /** The same as it stands when its process is over. */
    public LiveRun ended(RunState how) {
        Head now = new Head(head.run(), head.experiment(), head.model(), how, head.at(), head.begun());
        Work left = new Work(work.windowsDone(), work.windowsExpected(), work.settled(), 0, null);
        return new LiveRun(
                now,
                left,
                studies.stream().map(LiveStudy::ended).toList(),
                List.of(),
                List.of(),
                new Queue(0, List.of()),
                ends);
    }
}
