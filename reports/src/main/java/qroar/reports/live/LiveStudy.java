package qroar.reports.live;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.List;
import org.jspecify.annotations.Nullable;
import qroar.experiments.attribution.Interval;
import qroar.reports.model.StudyState;

/**
 * A study at one moment.
 *
 * @param stage what is being done, in a few words
 * @param windowsDone windows that it rests on so far
 * @param windowsExpected a guess for the whole study, at least {@code windowsDone}
 * @param searchGain largest gain on search documents so far, nats of ln J; null while none is known
 * @param heldOutGain the same on held-out documents, once it is measured
 * @param secondsLeft of all workers' time, a guess; null while there is none
 * @param workers who measure for it now
 */
public record LiveStudy(
        String id,
        StudyState state,
        String stage,
        long windowsDone,
        long windowsExpected,
        @Nullable Double searchGain,
        @Nullable Interval heldOutGain,
        @Nullable Double secondsLeft,
        List<String> workers) {
    public LiveStudy {
        workers = List.copyOf(workers);
    }

    /** From 0 to 1. */
    @JsonIgnore
    public double share() {
        return state.isOver() ? 1 : windowsExpected == 0 ? 0 : (double) windowsDone / windowsExpected;
    }

    /** Of the search, NaN while it is not known. */
    @JsonIgnore
    double gain() {
        return searchGain == null ? Double.NaN : searchGain;
    }

    LiveStudy ended() {
        return new LiveStudy(
                id,
                state == StudyState.RUNNING ? StudyState.STOPPED : state,
                stage,
                windowsDone,
                windowsExpected,
                searchGain,
                heldOutGain,
                null,
                List.of());
    }
}
